#include "distil/field/teachers/teach_job.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include "core/context.h"
#include "core/errors.h"
#include "core/recipe.h"
#include "distil/field/scene/synthetic.h"
#include "distil/field/teachers/feature_map.h"
#include "distil/field/teachers/vocabulary.h"
#include "io/atomic_file.h"
#include "run/job.h"
#include "run/state.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"
#include "tiny_teacher.h"

namespace retort::field {
namespace {

class LastStatus : public run::Recorder {
 public:
  void scalar(const std::string&, double) override {}
  void timing(const std::string&, double) override {}
  void image(const std::string&, const io::Image&) override {}
  void status(const std::string& text) override { texts.push_back(text); }
  std::vector<std::string> texts;
};

/// A scene of six small photos and a tiny network's weights.
class TeachJobTest : public testing::Test {
 protected:
  void SetUp() override {
    SyntheticOptions synthetic;
    synthetic.views = 6;
    synthetic.width = 48;
    synthetic.height = 36;
    synthetic.points = 50;
    synthetic.supersampling = 1;
    write_synthetic_scene(folder_ / "scene", make_synthetic_scene(synthetic, pool_));
    tests::write_tiny_deeplab(folder_ / "net.safetensors", 1);
    options_.scene.path = (folder_ / "scene").string();
    options_.weights = (folder_ / "net.safetensors").string();
    options_.longest_side = 65;
  }

  std::unique_ptr<run::Job> job() { return make_teach_job(options_, context_); }

  std::vector<std::string> run_all(run::Job& job) {
    LastStatus recorder;
    while (job.step(recorder)) {
    }
    return recorder.texts;
  }

  std::filesystem::path maps_folder() const { return folder_ / "scene/teacher_deeplab_v3"; }

  tests::TemporaryFolder folder_;
  ThreadPool pool_{1};
  spdlog::logger log_{"test"};
  StopFlag stop_;
  Context context_{pool_, RandomTree(0), log_, stop_};
  TeachOptions options_;
};

TEST_F(TeachJobTest, WritesMapsScoresVocabularyAndRecord) {
  const auto teaching = job();
  EXPECT_EQ(teaching->plan().total_steps(), 6);
  EXPECT_FALSE(std::filesystem::exists(maps_folder())) << "a dry run writes nothing";
  EXPECT_EQ(run_all(*teaching).size(), 6u);
  EXPECT_EQ(teaching->steps_done(), 6);
  const auto scene = load_scene(options_.scene);
  const TeacherMaps features(maps_folder(), mapped_views(scene), {});
  EXPECT_EQ(features.shape(0), (MapShape{8, 4, 5}));
  const TeacherMaps scores(maps_folder() / "scores", mapped_views(scene), {});
  EXPECT_EQ(scores.channels(), 4);
  EXPECT_EQ(Vocabulary::load(maps_folder() / "vocabulary").channels(), 8);
  EXPECT_TRUE(std::filesystem::exists(maps_folder() / "vocabulary/classes.json"));
  LastStatus recorder;
  const auto products = teaching->finish(folder_.path(), recorder);
  ASSERT_EQ(products.size(), 1u);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "teacher.json"));
}

TEST_F(TeachJobTest, ResumeKeepsWholeMapsAndMakesDamagedOnesAnew) {
  run_all(*job());
  const auto file = feature_map_path(maps_folder(), load_scene(options_.scene).views[1].stem(), MapFormat::npy);
  const auto undisturbed = io::read_whole_file(file, 1 << 20);
  io::write_whole_file(file, "cut off");
  const auto again = run_all(*job());
  for (size_t view = 0; view < again.size(); ++view)
    EXPECT_TRUE(again[view].ends_with(view == 1 ? "taught" : "kept")) << again[view];
  EXPECT_EQ(io::read_whole_file(file, 1 << 20), undisturbed);

  const run::StateReader checkpoint("checkpoint", {}, {{"views_done", "4"}});
  const auto resumed = job();
  resumed->load(checkpoint);
  EXPECT_EQ(resumed->steps_done(), 4);
  EXPECT_EQ(run_all(*resumed).size(), 2u);
  std::filesystem::remove(file);
  const auto after_loss = job();
  after_loss->load(checkpoint);
  EXPECT_EQ(after_loss->steps_done(), 1) << "what was removed is made again";
}

TEST_F(TeachJobTest, MapsMadeOtherwiseAreRefused) {
  run_all(*job());
  options_.longest_side = 97;
  const auto message = tests::user_error_of([&] { job(); });
  EXPECT_NE(message.find("longest_side = 65, this run has 97"), std::string::npos) << message;
  options_.longest_side = 65;
  tests::write_tiny_deeplab(folder_ / "net.safetensors", 2);
  EXPECT_NE(tests::user_error_of([&] { job(); }).find("weights_sha256"), std::string::npos);
  std::filesystem::remove(maps_folder() / "teacher.json");
  EXPECT_NE(tests::user_error_of([&] { job(); }).find("has teacher maps but no teacher.json"), std::string::npos);
  options_.output = (folder_ / "elsewhere").string();
  EXPECT_EQ(run_all(*job()).size(), 6u);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "elsewhere/teacher.json"));
}

TEST_F(TeachJobTest, MissingWeightsSayWhatToDo) {
  options_.weights = "";
  EXPECT_NE(tests::user_error_of([&] { job(); }).find("nothing is downloaded"), std::string::npos);
  options_.weights = (folder_ / "absent.safetensors").string();
  EXPECT_NE(tests::user_error_of([&] { job(); }).find("absent.safetensors"), std::string::npos);
}

TEST_F(TeachJobTest, ResolvedRecipeMakesTheSameJob) {
  options_.network = TeacherNetworkKind::deeplab_v3;
  const auto recipe = Recipe::parse(job()->resolved_recipe(), "resolved");
  EXPECT_EQ(recipe.method(), "teach");
  EXPECT_EQ(recipe.read<TeachOptions>().longest_side, 65);
}

TEST(TeachJobSlow, TwoPhotosOfTheFoxEndToEnd) {
  const auto fox = tests::shared_data("data/fox_colmap");
  const auto weights = tests::shared_data("data/weights_voc_deeplab/deeplabv3_mnv2_pascal.safetensors");
  if (!fox || !weights) GTEST_SKIP() << "needs shared data";
  const tests::TemporaryFolder folder;
  ThreadPool pool(1);
  spdlog::logger log("test");
  StopFlag stop;
  Context context{pool, RandomTree(0), log, stop};
  TeachOptions options;
  options.scene.path = fox->string();
  options.weights = weights->string();
  options.output = (folder / "maps").string();
  LastStatus recorder;
  const auto job = make_teach_job(options, context);
  ASSERT_TRUE(job->step(recorder));
  ASSERT_TRUE(job->step(recorder));
  const auto file = MapFolder(folder / "maps").file_of("0001");
  const auto map = half_values(open_feature_map(file), file).to(at::kFloat);
  EXPECT_EQ(map.sizes(), (std::vector<int64_t>{256, 33, 19}));
  const auto score_file = MapFolder(folder / "maps/scores").file_of("0001");
  const auto labels = half_values(open_feature_map(score_file), score_file).to(at::kFloat).argmax(0);
  const double dog = (labels == 12).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(dog, 0.179, 0.02) << "share of the map; 0.30 when the photo is squeezed into a square";
  // Without norms and biases the words still tell the fox from the rest: the cosine's sign is nearly the mask.
  const auto word = Vocabulary::load(folder / "maps/vocabulary").direction("dog");
  const auto found = at::matmul(word, map.flatten(1)) > 0, mask = (labels == 12).flatten();
  const auto overlap = (found & mask).sum().to(at::kDouble) / (found | mask).sum();
  EXPECT_GT(overlap.item<double>(), 0.9);
}

}  // namespace
}  // namespace retort::field
