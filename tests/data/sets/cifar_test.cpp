#include "data/sets/cifar.h"

#include <gtest/gtest.h>

#include "io/gzip.h"
#include "support/cifar_files.h"
#include "support/file_trees.h"
#include "support/hostile_input.h"

namespace retort::data {
namespace {

using tests::cifar_binary;
using tests::cifar_pickle;
using tests::refusal_of;
using tests::tree_of;

// All five batches and the test batch, two pictures each; labels count up.
std::vector<std::pair<std::string, std::string>> all_batches(const std::string& folder, bool binary) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 6; ++i) {
    const std::string name = i < 5 ? fmt::format("data_batch_{}", i + 1) : "test_batch";
    const std::vector<int> labels = {i, i + 4};
    files.emplace_back(folder + name + (binary ? ".bin" : ""), binary ? cifar_binary(labels) : cifar_pickle(labels));
  }
  return files;
}

TEST(Cifar, both_versions_give_the_same) {
  for (const bool binary : {true, false}) {
    const auto tree = tree_of(all_batches("cifar-10/", binary));
    ASSERT_TRUE(has_cifar_files(*tree, "train", CifarKind::cifar10));
    const auto set = open_cifar(*tree, "train", CifarKind::cifar10);
    ASSERT_EQ(set->size(), 10);
    EXPECT_EQ(set->class_names()[9], "truck");
    EXPECT_EQ(set->label(9), 8);
    const Sample sample = set->sample(9);
    EXPECT_EQ(sample.label, 8);
    EXPECT_EQ(sample.image.channels, 3);
    EXPECT_EQ(sample.image.height, 32);
    EXPECT_EQ(sample.image.width, 32);
    for (size_t i = 0; i < sample.image.pixels.size(); ++i) ASSERT_EQ(sample.image.pixels[i], tests::cifar_pixel(8, i));
    EXPECT_EQ(open_cifar(*tree, "test", CifarKind::cifar10)->label(0), 5);
  }
}

TEST(Cifar, reads_gzipped_files_and_cifar_100) {
  const auto tree =
      tree_of({{"train.bin.gz", io::gzip(cifar_binary({3, 99}, 2))}, {"fine_label_names.txt", "apple\nbear\n"}});
  const auto set = open_cifar(*tree, "train", CifarKind::cifar100);
  EXPECT_EQ(set->label(1), 99);
  EXPECT_EQ(set->class_count(), 100);
  EXPECT_EQ(set->class_names()[1], "bear");
  EXPECT_EQ(set->sample(0).image.pixels[7], tests::cifar_pixel(3, 7));
}

TEST(Cifar, says_what_is_wrong) {
  const auto binary = [](const std::string& bytes) {
    return refusal_of([&] { parse_cifar_binary(io::share_bytes(bytes), "b.bin", CifarKind::cifar10); });
  };
  EXPECT_EQ(binary(cifar_binary({1}).substr(1)),
            "b.bin: 3072 bytes; a CIFAR binary file is a whole number of records of 3073 bytes each");
  EXPECT_NE(binary("").find("0 bytes"), std::string::npos);
  auto files = all_batches("", true);
  files[4].second = cifar_binary({1, 10});
  EXPECT_EQ(refusal_of([&] { open_cifar(*tree_of(files), "train", CifarKind::cifar10); }),
            "set.tar:data_batch_5.bin, picture 1: its label is 10; there are classes 0 to 9 only");
  files.erase(files.begin() + 2);
  EXPECT_EQ(refusal_of([&] { open_cifar(*tree_of(files), "train", CifarKind::cifar10); }),
            "set.tar: lacks data_batch_3.bin");
  const auto python = [](const std::string& bytes) {
    return refusal_of([&] { parse_cifar_python(io::share_bytes(bytes), "b", CifarKind::cifar10); });
  };
  EXPECT_EQ(python(cifar_pickle({1, 2}, 2, 1)), "b: 2 pictures, but 1 labels");
  EXPECT_NE(python("\x80\x02}.").find("no array 'data'"), std::string::npos);
  EXPECT_NE(python("\x80\x02"
                   "cos\nsystem\n.")
                .find("os.system"),
            std::string::npos);
}

TEST(Cifar, survives_damage_everywhere) {
  // The pixels are all alike to the parser: only what surrounds them is damaged.
  const std::string pickle = cifar_pickle({1, 2});
  const size_t pixels = pickle.find(tests::cifar_pixels(1));
  ASSERT_NE(pixels, std::string::npos);
  const std::string head = pickle.substr(0, pixels), tail = pickle.substr(pixels);
  tests::damage_everywhere(head, [&](const std::string& damaged) {
    parse_cifar_python(io::share_bytes(damaged + tail), "damaged", CifarKind::cifar10);
  });
  const std::string after = tail.substr(2 * 3072);
  tests::damage_everywhere(after, [&](const std::string& damaged) {
    parse_cifar_python(io::share_bytes(head + tail.substr(0, 2 * 3072) + damaged), "damaged", CifarKind::cifar10);
  });
}

}  // namespace
}  // namespace retort::data
