#include "distil/model/engine/distillation_job.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/recipe.h"
#include "io/image.h"
#include "io/tensor/tensor_io.h"
#include "run/state.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort {
void register_cifar_resnet(Registries&);
void register_classification_sets(Registries&);
void register_crop(Registries&);
void register_normalise(Registries&);
}  // namespace retort

namespace retort::model {
namespace {

/// Forgets everything but the last value of each curve.
class LastValues : public run::Recorder {
 public:
  void scalar(const std::string& name, double value) override { values[name] = value; }
  void timing(const std::string&, double) override {}
  void image(const std::string&, const io::Image&) override {}
  void status(const std::string&) override {}
  std::map<std::string, double> values;
};

/// Three classes that a colour tells apart: `count` pictures of each, for training and for tests.
void write_colours(const std::filesystem::path& folder, int count) {
  const std::array<const char*, 3> names = {"blue", "green", "red"};
  for (const char* split : {"train", "test"}) {
    for (int label = 0; label < 3; ++label) {
      const auto place = folder / split / names[label];
      std::filesystem::create_directories(place);
      for (int i = 0; i < count; ++i) {
        io::Image image{.width = 32, .height = 32, .channels = 3, .pixels = {}};
        for (int p = 0; p < 32 * 32; ++p)
          for (int c = 0; c < 3; ++c)
            image.pixels.push_back(static_cast<uint8_t>((c == 2 - label ? 150 : 60) + (p * 7 + i * 31 + c) % 60));
        io::write_png(place / (std::to_string(i) + ".png"), image);
      }
    }
  }
}

struct TinyDistillation {
  tests::TemporaryFolder folder;
  Registries registries;
  ThreadPool pool{1};
  StopFlag stop;
  Context context{pool, RandomTree(0), *spdlog::default_logger(), stop};
  ModelOptions options;

  TinyDistillation() {
    at::set_num_threads(1);
    register_cifar_resnet(registries);
    register_classification_sets(registries);
    register_crop(registries);
    register_normalise(registries);
    write_colours(folder.path(), 8);
    options.data.train = "image_folder/train";
    options.data.test = "image_folder/test";
    options.data.path = folder.path().string();
    options.data.batch_size = 6;
    options.data.workers = 0;
    options.data.transforms = {"flip", "normalise(cifar10)"};
    options.student.network = "resnet8";
    options.train.epochs = 3;
    options.train.schedule.milestones = {2};
  }

  /// A teacher of fresh weights, as a file.
  void give_teacher() {
    const auto network = registries.networks.get("resnet14").make(3);
    const auto weights = nn::create_weights(*network, RandomTree(9));
    auto tensors = weights.parameters;
    tensors.insert(weights.buffers.begin(), weights.buffers.end());
    io::save_safetensors(folder / "teacher.safetensors", tensors);
    options.teacher.network = "resnet14";
    options.teacher.weights = (folder / "teacher.safetensors").string();
  }

  std::unique_ptr<DistillationJob> job() { return std::make_unique<DistillationJob>(options, "", registries, context); }
};

std::map<std::string, at::Tensor> everything(const DistillationJob& job) {
  run::StateWriter state;
  job.save(state);
  std::map<std::string, at::Tensor> copies;
  for (const auto& [name, tensor] : state.tensors()) copies[name] = tensor.clone();
  return copies;
}

TEST(DistillationJob, LearnsColoursFromLabels) {
  TinyDistillation tiny;
  auto job = tiny.job();
  LastValues recorder;
  EXPECT_EQ(job->plan().total_steps(), 12);
  while (job->step(recorder)) {
  }
  EXPECT_EQ(job->steps_done(), 12);
  const auto products = job->finish(tiny.folder.path(), recorder);
  ASSERT_EQ(products.size(), 2U);
  EXPECT_EQ(products[0].kind, "weights");
  EXPECT_GT(recorder.values.at("eval/top1"), 0.9);
  const auto evaluation = nlohmann::json::parse(std::ifstream(tiny.folder / "evaluation.json"));
  EXPECT_EQ(evaluation.at("student").at("samples"), 24);
  EXPECT_EQ(evaluation.at("student").at("top1_of_class").size(), 3U);
}

TEST(DistillationJob, AResumedRunGivesTheSameBits) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  tiny.options.loss.sp.weight = 1;
  tiny.options.loss.crd = {.weight = 0.8, .dimensions = 16, .negatives = 12};
  tiny.options.loss.mgd.weight = 1e-3;
  tiny.options.loss.reviewkd = {.weight = 1, .warm_up_epochs = 2};
  auto whole = tiny.job(), first = tiny.job(), second = tiny.job();
  LastValues recorder;
  while (whole->step(recorder)) {
  }
  for (int i = 0; i < 5; ++i) first->step(recorder);  // in the middle of the second epoch
  run::StateWriter state;
  first->save(state);
  second->load(run::StateReader("test", state.tensors(), state.texts()));
  while (second->step(recorder)) {
  }
  const auto want = everything(*whole), got = everything(*second);
  ASSERT_EQ(want.size(), got.size());
  for (const auto& [name, tensor] : want) EXPECT_TRUE(at::equal(tensor, got.at(name))) << name;
}

TEST(DistillationJob, TheOrderInMemoryChangesRoundingOnly) {
  std::map<std::string, at::Tensor> after[2];
  for (const bool channels_last : {false, true}) {
    TinyDistillation tiny;
    tiny.options.train.channels_last = channels_last;
    auto job = tiny.job();
    LastValues recorder;
    job->step(recorder);
    after[channels_last] = everything(*job);
  }
  for (const auto& [name, tensor] : after[0]) {
    if (!tensor.is_floating_point()) continue;
    EXPECT_TRUE(at::allclose(tensor, after[1].at(name), 1e-3, 1e-4)) << name;
  }
}

TEST(DistillationJob, TheTeacherStaysAsItIsInEvalMode) {
  for (const auto mode : {TeacherMode::eval, TeacherMode::train}) {
    TinyDistillation tiny;
    tiny.give_teacher();
    tiny.options.teacher.mode = mode;
    tiny.options.loss.kd.weight = 1;
    auto job = tiny.job();
    const auto before = everything(*job);
    LastValues recorder;
    job->step(recorder);
    const auto after = everything(*job);
    EXPECT_EQ(at::equal(before.at("teacher.bn1.running_mean"), after.at("teacher.bn1.running_mean")),
              mode == TeacherMode::eval);
    EXPECT_FALSE(at::equal(before.at("student.conv1.weight"), after.at("student.conv1.weight")));
  }
}

TEST(DistillationJob, RefusesAMistypedNetworkAndForeignWeights) {
  TinyDistillation tiny;
  tiny.options.student.network = "resnet21";
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("did you mean 'resnet20'"), std::string::npos);
  TinyDistillation other;
  other.give_teacher();
  other.options.teacher.network = "resnet20";
  other.options.loss.kd.weight = 1;
  EXPECT_NE(tests::user_error_of([&] { other.job(); }).find("missing"), std::string::npos);
}

TEST(DistillationJob, ALossThatIsNotFiniteNamesItsTerm) {
  TinyDistillation tiny;
  tiny.options.train.optimiser.learning_rate = 1e30;
  auto job = tiny.job();
  LastValues recorder;
  try {
    while (job->step(recorder)) {
    }
    FAIL() << "nothing was thrown";
  } catch (const Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find("the term 'ce'"), std::string::npos) << fault.what();
  }
}

TEST(ModelOptions, SayWhatIsMissing) {
  const auto read = [](const std::string& text) {
    return tests::user_error_of([&] { Recipe::parse(text, "r.yaml").read<ModelOptions>(); });
  };
  EXPECT_NE(read("distil: model\nmethod: kd\n").find("names no data set"), std::string::npos);
  EXPECT_NE(read("distil: model\nmethod: kd\ndata: {train: cifar10/train}\nloss: {kd: {weight: 1}}\n")
                .find("needs a teacher"),
            std::string::npos);
  EXPECT_NE(read("distil: model\nmethod: kd\ndata: {train: cifar10/train}\nloss: {kd: {wieght: 1}}\n")
                .find("did you mean 'weight'"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::model
