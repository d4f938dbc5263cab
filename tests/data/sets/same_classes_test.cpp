#include "data/sets/same_classes.h"

#include <gtest/gtest.h>

#include "data/sets/memory_set.h"
#include "support/user_error.h"

namespace retort::data {
namespace {

DatasetPtr set_of_classes(std::vector<std::string> names) {
  MemorySetParts parts{.channels = 1, .height = 1, .width = 1};
  parts.class_names = std::move(names);
  return make_memory_set(std::move(parts));
}

std::string classes_refusal(std::vector<std::string> train, std::vector<std::string> test) {
  return tests::user_error_of(
      [&] { require_same_classes(*set_of_classes(std::move(train)), *set_of_classes(std::move(test))); });
}

TEST(SameClasses, EqualOnesAndMissingLastOnesAreFine) {
  EXPECT_EQ(classes_refusal({"cat", "dog"}, {"cat", "dog"}), "(no UserError)");
  EXPECT_EQ(classes_refusal({"cat", "dog"}, {"cat"}), "(no UserError)");
}

TEST(SameClasses, MoreOrShiftedOnesAreNot) {
  EXPECT_NE(classes_refusal({"0", "1"}, {"0", "1", "2"}).find("data.test: has 3 classes, the training set 2"),
            std::string::npos);
  EXPECT_NE(
      classes_refusal({"ape", "cat", "dog"}, {"cat", "dog"}).find("its class 0 is 'cat', the training set's is 'ape'"),
      std::string::npos);
}

}  // namespace
}  // namespace retort::data
