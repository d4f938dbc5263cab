#include "distil/field/teachers/feature_map.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/errors.h"
#include "core/random.h"
#include "io/atomic_file.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

at::Tensor noisy_map(int64_t channels, int64_t height, int64_t width, uint64_t seed) {
  auto map = at::empty({channels, height, width}, at::kFloat);
  auto generator = RandomTree(seed).generator();
  for (int64_t i = 0; i < map.numel(); ++i) map.data_ptr<float>()[i] = static_cast<float>(generator.normal());
  return map;
}

std::vector<MappedView> four_views() {
  std::vector<MappedView> views;
  for (const char* stem : {"a", "b", "c", "d"}) views.push_back({stem, 96, 72, true});
  views[1].training = false;
  return views;
}

void write_maps(const std::filesystem::path& folder, int64_t channels = 8) {
  uint64_t seed = 0;
  for (const auto& view : four_views())
    write_feature_map(folder, view.stem, noisy_map(channels, 6, 8, seed++), MapFormat::npy);
}

std::string opening_error(const std::filesystem::path& folder, const TeacherMapsOptions& options = {}) {
  return tests::user_error_of([&] { TeacherMaps(folder, four_views(), options); });
}

TEST(TeacherMaps, GiveTheStoredHalvesInAnyOrder) {
  const tests::TemporaryFolder folder;
  write_maps(folder.path());
  TeacherMaps maps(folder.path(), four_views(), {.cache_bytes = 1});
  EXPECT_EQ(maps.channels(), 8);
  EXPECT_EQ(maps.shape(2), (MapShape{8, 6, 8}));
  EXPECT_EQ(maps.total_bytes(), 4 * 8 * 6 * 8 * 2);
  for (const int64_t view : {3, 0, 2, 1, 3, 0}) {
    maps.prefetch((view + 1) % 4);
    EXPECT_TRUE(at::equal(maps.get(view), noisy_map(8, 6, 8, view).to(at::kHalf).permute({1, 2, 0}))) << view;
    EXPECT_LE(maps.cache().bytes(), 8 * 6 * 8 * 2);
  }
}

TEST(TeacherMaps, ReducedMapsAreTheSameWhateverTheOrderOfCalls) {
  const tests::TemporaryFolder folder;
  write_maps(folder.path());
  TeacherMaps one(folder.path(), four_views(), {.reduce_to = 3}), other(folder.path(), four_views(), {.reduce_to = 3});
  EXPECT_EQ(one.channels(), 3);
  EXPECT_EQ(one.stored_channels(), 8);
  EXPECT_EQ(one.read_stored(0).size(0), 8);
  for (const int64_t view : {0, 1, 2, 3}) other.prefetch(view);
  for (const int64_t view : {3, 2, 1, 0}) EXPECT_TRUE(at::equal(one.get(view), other.get(view)));
  EXPECT_TRUE(at::equal(one.get(1), one.basis()->reduce_map(one.read_stored(1)).permute({1, 2, 0})));
  EXPECT_EQ(one.get(1).sizes(), (std::vector<int64_t>{6, 8, 3}));
  EXPECT_NE(opening_error(folder.path(), {.reduce_to = 9}).find("the maps have 8 channels, reduce_to wants 9"),
            std::string::npos);
}

TEST(TeacherMaps, HeldOutViewsMayLackAMapTrainingViewsMayNot) {
  const tests::TemporaryFolder folder;
  write_maps(folder.path());
  std::filesystem::remove(folder / "b_fmap_CxHxW.npy");
  const TeacherMaps maps(folder.path(), four_views(), {});
  EXPECT_FALSE(maps.has(1));
  EXPECT_TRUE(maps.has(0));
  std::filesystem::remove(folder / "c_fmap_CxHxW.npy");
  const auto message = opening_error(folder.path());
  EXPECT_NE(message.find("1 of 3 training views have no teacher map: c; each needs"), std::string::npos) << message;
  EXPECT_NE(message.find("retort teach"), std::string::npos) << message;
}

TEST(TeacherMaps, OtherChannelsAreRefusedWithBothViews) {
  const tests::TemporaryFolder folder;
  write_maps(folder.path());
  write_feature_map(folder.path(), "d", noisy_map(5, 6, 8, 0), MapFormat::npy);
  const auto message = opening_error(folder.path());
  EXPECT_NE(message.find("d_fmap_CxHxW.npy: has 5 channels, but that of view 'a' has 8"), std::string::npos) << message;
}

TEST(TeacherMaps, OtherAspectIsRefusedUnlessAllowed) {
  const tests::TemporaryFolder folder;
  write_maps(folder.path());
  write_feature_map(folder.path(), "c", noisy_map(8, 8, 8, 0), MapFormat::npy);
  const auto message = opening_error(folder.path());
  EXPECT_NE(message.find("the map is 8x8 (width x height), its photo 96x72: another aspect"), std::string::npos)
      << message;
  EXPECT_EQ(opening_error(folder.path(), {.any_aspect = true}), "(no UserError)");
  // A pixel of the map more or less is rounding.
  write_feature_map(folder.path(), "c", noisy_map(8, 7, 8, 0), MapFormat::npy);
  EXPECT_EQ(opening_error(folder.path()), "(no UserError)");
}

TEST(TeacherMaps, DamageFoundLateComesOutAtGet) {
  const tests::TemporaryFolder folder;
  write_maps(folder.path());
  TeacherMaps maps(folder.path(), four_views(), {});
  io::write_whole_file(folder / "c_fmap_CxHxW.npy", "nonsense");
  maps.prefetch(2);
  EXPECT_NE(tests::user_error_of([&] { maps.get(2); }).find("c_fmap_CxHxW.npy"), std::string::npos);
  write_feature_map(folder.path(), "d", noisy_map(8, 3, 4, 0), MapFormat::npy);
  EXPECT_NE(tests::user_error_of([&] { maps.get(3); }).find("has become [8, 3, 4]"), std::string::npos);
}

TEST(TeacherMaps, FolderIsFoundOrNamed) {
  const tests::TemporaryFolder scene;
  EXPECT_FALSE(find_teacher_folder(scene.path(), "auto").has_value());
  std::filesystem::create_directory(scene / "teacher_deeplab_v3");
  EXPECT_EQ(find_teacher_folder(scene.path(), "auto"), scene / "teacher_deeplab_v3");
  std::filesystem::create_directory(scene / "sam_embeddings");
  EXPECT_EQ(find_teacher_folder(scene.path(), "auto"), scene / "sam_embeddings");
  EXPECT_FALSE(find_teacher_folder(scene.path(), "none").has_value());
  EXPECT_EQ(find_teacher_folder("/elsewhere", scene.path().string()), scene.path());
  EXPECT_NE(tests::user_error_of([&] { find_teacher_folder(scene.path(), "maps"); }).find("no such folder"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::field
