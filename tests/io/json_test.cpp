#include "io/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/hostile_input.h"

namespace retort::io {
namespace {

using tests::refusal_of;

TEST(Json, bounds_depth_and_refuses_repeated_keys) {
  EXPECT_NE(refusal_of([] { parse_json(std::string(1'000'000, '['), "deep"); }).find("nested deeper"),
            std::string::npos);
  EXPECT_NE(refusal_of([] { parse_json(R"({"a":{"b":1,"b":2}})", "twice"); }).find("'b' twice"), std::string::npos);
  EXPECT_NO_THROW(parse_json(R"({"a":{"b":1},"b":{"b":2}})", "fine"));
}

}  // namespace
}  // namespace retort::io
