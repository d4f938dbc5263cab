// Pools without labels: what joins a training set, and which pictures a teacher's scores choose.
#include "data/pool.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "data/near_duplicates.h"
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

/// A picture of a few smooth waves, at any size.
Picture waves(int size, double phase, int brighter = 0) {
  auto picture = make_picture(3, size, size);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x) {
        const double u = (x + 0.5) / size, v = (y + 0.5) / size;
        const double value = 110 + 50 * std::sin(9 * u + 4 * v + phase) + 40 * std::cos(7 * v - 5 * u + 2 * phase);
        picture.row(c, y)[x] = static_cast<uint8_t>(value + brighter);
      }
  return picture;
}

TEST(NearDuplicates, HashesOutliveScalingAndBrightness) {
  const auto distance = [](const Picture& a, const Picture& b) {
    return std::popcount(difference_hash(a) ^ difference_hash(b));
  };
  for (const double phase : {0.0, 1.0, 2.0}) {
    EXPECT_LE(distance(waves(72, phase), waves(144, phase)), 3) << phase;
    EXPECT_EQ(distance(waves(72, phase), waves(72, phase, 12)), 0) << phase;
    EXPECT_GT(distance(waves(72, phase), waves(72, phase + 1)), 8) << phase;
  }
  EXPECT_EQ(difference_hash(make_picture(1, 2, 2)), 0U);  // smaller than the cells
}

TEST(Pool, LeavesOutWhatLooksLikeAnotherSetBeforeItChooses) {
  PooledFolder pooled;
  const auto write = [&](const std::string& split, const std::string& name, int number, const Picture& picture) {
    const auto place = pooled.folder / "photos" / split / name;
    std::filesystem::create_directories(place);
    io::write_png(place / (std::to_string(number) + ".png"), to_interleaved(picture));
  };
  for (int i = 0; i < 6; ++i) write("pool", "any", i, waves(64, i));
  write("kept_apart", "any", 0, waves(96, 2));
  write("kept_apart", "any", 1, waves(64, 5, 10));
  pooled.pool = {.set = "image_folder/pool", .path = (pooled.folder / "photos").string()};
  EXPECT_EQ(open_pool(pooled.registries, pooled.pool)->size(), 6);
  pooled.pool.unlike = "image_folder/kept_apart";
  pooled.pool.unlike_path = pooled.pool.path;
  const auto rest = open_pool(pooled.registries, pooled.pool);
  ASSERT_EQ(rest->size(), 4);
  for (int64_t i = 0; i < 4; ++i)
    for (const char* gone : {"/2.png", "/5.png"})
      EXPECT_EQ(rest->sample_name(i).find(gone), std::string::npos) << rest->sample_name(i);
  pooled.pool.unlike_bits = 63;
  EXPECT_NE(tests::user_error_of([&] { open_pool(pooled.registries, pooled.pool); }).find("unlike_bits"),
            std::string::npos);
}

TEST(Pool, ScoresAreThoseOfTheWholePoolWhateverIsLeftOut) {
  PooledFolder pooled;
  // Twelve pictures that a hash tells apart, in place of the fixture's.
  int number = 0;
  for (const char* name : {"blue", "green", "red"})
    for (int i = 0; i < 4; ++i)
      io::write_png(pooled.folder / "test" / name / (std::to_string(i) + ".png"), to_interleaved(waves(64, number++)));
  pooled.score();
  pooled.pool.per_class = 1;
  const auto names = [&] {
    std::vector<std::string> found;
    const auto chosen = open_pool(pooled.registries, pooled.pool);
    for (int64_t i = 0; i < chosen->size(); ++i) {
      const auto name = chosen->sample_name(i);
      found.push_back(name.substr(name.size() - 5));
    }
    return found;
  };
  EXPECT_EQ(names(), (std::vector<std::string>{"1.png", "2.png", "3.png"}));  // pictures 9, 10, 11: red
  std::filesystem::create_directories(pooled.folder / "apart" / "any");
  std::filesystem::copy_file(pooled.folder / "test" / "red" / "3.png", pooled.folder / "apart" / "any" / "0.png");
  pooled.pool.unlike = "image_folder/apart";
  pooled.pool.unlike_path = pooled.pool.path;
  // Picture 11 is gone: of its class, 2, picture 8 is the surest now.
  EXPECT_EQ(names(), (std::vector<std::string>{"0.png", "1.png", "2.png"}));
}

}  // namespace
}  // namespace retort::data
