// Pools without labels: what joins a training set, and which pictures a teacher's scores choose.
#include "data/pool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "data/sets/catalogue.h"
#include "data/sets/joined.h"
#include "data/soft_labels/data_set_checksum.h"
#include "data/soft_labels/file.h"
#include "io/image.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort {
void register_classification_sets(Registries&);
}

namespace retort::data {
namespace {

/// Two splits of three classes, four small pictures of each.
struct PooledFolder {
  tests::TemporaryFolder folder;
  Registries registries;
  PoolOptions pool;

  PooledFolder() {
    register_classification_sets(registries);
    for (const char* split : {"train", "test"})
      for (const char* name : {"blue", "green", "red"}) write_pictures(folder / split / name, name[0] + split[0]);
    pool.set = "image_folder/test";
    pool.path = folder.path().string();
  }

  static void write_pictures(const std::filesystem::path& place, int shade) {
    std::filesystem::create_directories(place);
    for (int i = 0; i < 4; ++i) {
      io::Image image{.width = 2, .height = 2, .channels = 3, .pixels = {}};
      for (int p = 0; p < 12; ++p) image.pixels.push_back(static_cast<uint8_t>(shade + 5 * i + p));
      io::write_png(place / (std::to_string(i) + ".png"), image);
    }
  }

  /// Scores of the twelve pictures: picture i is sure of class i % 3, the more so the later it comes.
  void score(const std::string& checksum = {}) {
    const auto set = open_dataset_of_pool();
    const SoftLabelHeader header{
        .data = {.name = pool.set, .samples = 12, .checksum = checksum.empty() ? data_set_checksum(*set) : checksum},
        .teacher = {.network = "resnet8", .weights = "t", .checksum = "f00d"},
        .transforms = {"normalise(cifar10)"},
        .batch_size = 4,
        .classes = 3,
        .top_k = 3,
        .format = SoftLabelFormat::fp32};
    pool.scores = (folder / "pool.soft").string();
    SoftLabelWriter writer(pool.scores, header);
    for (int i = 0; i < 12; ++i) {
      std::vector<float> logits(3);
      logits[size_t(i % 3)] = 1 + float(i);
      writer.add(logits, {});
    }
    writer.commit();
  }

  DatasetPtr open_dataset_of_pool() const {
    auto whole = pool;
    whole.scores.clear();
    return open_pool(registries, whole);
  }
};

TEST(Pool, KeepsTheSurestOfEachClass) {
  PooledFolder folder;
  EXPECT_EQ(open_pool(folder.registries, folder.pool)->size(), 12);
  folder.score();
  folder.pool.per_class = 2;
  const auto chosen = open_pool(folder.registries, folder.pool), whole = folder.open_dataset_of_pool();
  ASSERT_EQ(chosen->size(), 6);
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(chosen->sample_name(i), whole->sample_name(6 + i));
}

TEST(Pool, RefusesScoresOfAnotherSet) {
  PooledFolder folder;
  folder.score("c0ffee");
  EXPECT_NE(tests::user_error_of([&] { open_pool(folder.registries, folder.pool); }).find("holds scores of"),
            std::string::npos);
  folder.score();
  folder.pool.samples = 5;
  EXPECT_NE(tests::user_error_of([&] { open_pool(folder.registries, folder.pool); }).find("has 5, or others"),
            std::string::npos);
}

TEST(Pool, JoinsATrainingSetWithoutLabels) {
  PooledFolder folder;
  const auto labelled = open_dataset(folder.registries.data_sets, "image_folder/train", folder.pool.path);
  const auto joined = join_unlabelled(labelled, open_pool(folder.registries, folder.pool));
  ASSERT_EQ(joined->size(), 24);
  EXPECT_EQ(joined->class_names(), labelled->class_names());
  EXPECT_EQ(joined->label(11), 2);
  EXPECT_EQ(joined->label(23), 0);
  EXPECT_EQ(joined->sample(23).label, 0);
  EXPECT_EQ(joined->sample(23).image, folder.open_dataset_of_pool()->sample(11).image);
  EXPECT_EQ(joined->sample_name(0), labelled->sample_name(0));
}

}  // namespace
}  // namespace retort::data
