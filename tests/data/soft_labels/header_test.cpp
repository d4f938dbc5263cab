#include "data/soft_labels/header.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "support/hostile_input.h"
#include "support/soft_label_samples.h"

namespace retort::data {
namespace {

using tests::refusal_of;

const SoftLabelHeader usual_header = tests::soft_label_header(10, 5, SoftLabelFormat::quantised8, 8);

std::string refusal_with(const std::string& pointer, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(soft_label_header_text(usual_header));
  json[nlohmann::json::json_pointer(pointer)] = value;
  return refusal_of([&] { parse_soft_label_header(json.dump(), "a.soft"); });
}

TEST(SoftLabelHeader, ComesBackAsItWas) {
  EXPECT_EQ(parse_soft_label_header(soft_label_header_text(usual_header), "a.soft"), usual_header);
}

TEST(SoftLabelHeader, NamesTheEntryThatIsWrong) {
  EXPECT_EQ(refusal_with("/classes", "ten"), "a.soft: header: 'classes' should be a whole number");
  EXPECT_EQ(refusal_with("/seed", uint64_t{1} << 63), "a.soft: header: 'seed' should be a whole number");
  EXPECT_EQ(refusal_with("/augmented", 1), "a.soft: header: 'augmented' should be true or false");
  EXPECT_EQ(refusal_with("/transforms", {"flip", 3}), "a.soft: header: 'transforms' should hold texts");
  EXPECT_EQ(refusal_with("/data", {"cifar10"}), "a.soft: header: data: should be a JSON object");
  EXPECT_EQ(refusal_with("/format", "fp4"),
            "a.soft: header: 'format' is 'fp4', should be one of fp32, fp16, quantised8");
  EXPECT_EQ(refusal_of([] { parse_soft_label_header("{}", "a.soft"); }), "a.soft: header: 'data' is missing");
}

TEST(SoftLabelHeader, HoldsNumbersToTheirRange) {
  EXPECT_EQ(refusal_with("/classes", 0), "a.soft: its header speaks of 0 classes");
  EXPECT_EQ(refusal_with("/classes", int64_t{1} << 40), "a.soft: its header speaks of 1099511627776 classes");
  EXPECT_EQ(refusal_with("/top_k", 11), "a.soft: its header speaks of the 11 largest of 10 classes");
  EXPECT_EQ(refusal_with("/epochs", -1), "a.soft: its header speaks of -1 epochs");
  EXPECT_EQ(refusal_with("/data/samples", int64_t{1} << 60),
            "a.soft: its header speaks of 1152921504606846976 samples");
  EXPECT_EQ(refusal_with("/feature/width", 0), "a.soft: its header speaks of the feature 'avgpool' of width 0");
  auto wrong = usual_header;
  wrong.top_k = 0;
  EXPECT_THROW(require_valid(wrong), Fault);
}

}  // namespace
}  // namespace retort::data
