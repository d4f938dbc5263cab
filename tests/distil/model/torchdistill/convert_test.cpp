#include "distil/model/torchdistill/convert.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <sstream>

#include "core/text.h"
#include "support/hostile_input.h"
#include "support/user_error.h"

namespace retort::torchdistill {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream stream(std::string(RETORT_SOURCE_DIR) + "/tests/distil/model/torchdistill/data/" + file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string converted(const std::string& text) { return convert_recipe(text, "file.yaml", "/home/me"); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return place == std::string::npos ? text : text.replace(place, from.size(), to);
}

/// Values of a recipe by their paths: "loss.kd.weight"; lists as "[a, b]"; "(none)" for absent ones.
class ConvertedRecipe {
 public:
  explicit ConvertedRecipe(const std::string& file) : text(converted(text_of(file))), root_(YAML::Load(text)) {}

  std::string operator[](const std::string& path) const {
    YAML::Node node = YAML::Clone(root_);
    for (const auto& key : split(path, '.')) {
      if (!node.IsMap() || !node[key]) return "(none)";
      node.reset(node[key]);
    }
    if (node.IsScalar()) return node.Scalar();
    std::vector<std::string> items;
    for (const auto& item : node) items.push_back(node.IsMap() ? item.first.Scalar() : item.Scalar());
    return "[" + join(items, ", ") + "]";
  }

  std::string text;

 private:
  YAML::Node root_;
};

std::string refusal(const std::string& text) {
  return tests::user_error_of([&] { converted(text); });
}

TEST(TorchdistillConvert, DistillsClassProbabilities) {
  const ConvertedRecipe recipe("kd.yaml");
  EXPECT_EQ(recipe["distil"], "model");
  EXPECT_EQ(recipe["method"], "kd");
  EXPECT_EQ(recipe["data.train"], "cifar10/train");
  EXPECT_EQ(recipe["data.test"], "cifar10/test");
  EXPECT_EQ(recipe["data.path"], "/home/me/data/cifar10/cifar-10-batches-py");
  EXPECT_EQ(recipe["data.batch_size"], "64");
  EXPECT_EQ(recipe["data.test_batch_size"], "128");
  EXPECT_EQ(recipe["data.transforms"],
            "[random_crop(size=32, padding=4), flip(probability=0.5), normalise(mean=0.5 0.4 0.3, stddev=0.25 0.2 "
            "0.3)]");
  EXPECT_EQ(recipe["data.test_transforms"], "[normalise(mean=0.5 0.4 0.3, stddev=0.25 0.2 0.3)]");
  EXPECT_EQ(recipe["data.drop_last"], "false");
  EXPECT_EQ(recipe["data.workers"], "2");
  EXPECT_EQ(recipe["teacher.network"], "resnet56");
  EXPECT_EQ(recipe["teacher.weights"], "./teacher.pt");
  EXPECT_EQ(recipe["student.network"], "resnet20");
  EXPECT_EQ(recipe["student.weights"], "");
  EXPECT_EQ(recipe["loss"], "[ce, kd]");
  EXPECT_EQ(recipe["loss.ce.weight"], "0.2");  // 2 alpha
  EXPECT_EQ(recipe["loss.kd.weight"], "1.8");  // 2 (1 - alpha)
  EXPECT_EQ(recipe["loss.kd.temperature"], "4");
  EXPECT_EQ(recipe["train.epochs"], "20");
  EXPECT_EQ(recipe["train.log_every"], "100");
  EXPECT_EQ(recipe["train.optimiser.kind"], "sgd");
  EXPECT_EQ(recipe["train.optimiser.learning_rate"], "0.1");
  EXPECT_EQ(recipe["train.optimiser.momentum"], "0.9");
  EXPECT_EQ(recipe["train.optimiser.nesterov"], "false");
  EXPECT_EQ(recipe["train.optimiser.weight_decay"], "0.0001");
  EXPECT_EQ(recipe["train.schedule.kind"], "multi_step");
  EXPECT_EQ(recipe["train.schedule.milestones"], "[10, 15]");
  EXPECT_EQ(recipe["train.schedule.gamma"], "0.2");
  EXPECT_EQ(recipe["before"], "(none)");
  EXPECT_NE(recipe.text.find("train.train_data_loader.cache_output: `retort cache`"), std::string::npos);
  EXPECT_NE(recipe.text.find("train.teacher.wrapper: one process"), std::string::npos);
}

// The authors' quirk: without alpha the divergence has no factor tau^2, which the term kd has.
TEST(TorchdistillConvert, KeepsTheQuirkOfAlphaZero) {
  const auto recipe = YAML::Load(converted(replaced(text_of("kd.yaml"), "alpha: 0.1", "alpha: 0")));
  EXPECT_EQ(recipe["loss"]["ce"]["weight"].as<double>(), 0);
  EXPECT_EQ(recipe["loss"]["kd"]["weight"].as<double>(), 2.0 / 16);
}

TEST(TorchdistillConvert, PairsMapsOfAttention) {
  const ConvertedRecipe recipe("at.yaml");
  EXPECT_EQ(recipe["method"], "at");
  EXPECT_EQ(recipe["loss"], "[kd, ce, at]");
  EXPECT_EQ(recipe["loss.kd.weight"], "0");
  EXPECT_EQ(recipe["loss.ce.weight"], "1");
  EXPECT_EQ(recipe["loss.at.weight"], "1000");
  EXPECT_EQ(recipe["loss.at.power"], "2");
  EXPECT_EQ(recipe["loss.at.taps.student"], "[layer2, layer3]");
  EXPECT_EQ(recipe["loss.at.taps.teacher"], "[layer2, layer3]");
  EXPECT_EQ(recipe["student.frozen"], "[conv1, layer1.0]");
}

TEST(TorchdistillConvert, CountsLayersFromTheEndAndStepsOfTheRate) {
  const ConvertedRecipe recipe("sp.yaml");
  EXPECT_EQ(recipe["loss.sp.weight"], "3000");
  EXPECT_EQ(recipe["loss.sp.taps.student"], "[layer3.2.relu]");
  EXPECT_EQ(recipe["loss.sp.taps.teacher"], "[layer3]");
  EXPECT_EQ(recipe["train.schedule.milestones"], "[8, 16]");
  EXPECT_EQ(recipe["train.schedule.gamma"], "0.5");
}

TEST(TorchdistillConvert, RunsEarlierStagesBefore) {
  const ConvertedRecipe recipe("ft.yaml");
  EXPECT_EQ(recipe["before"], "[stage1]");
  EXPECT_EQ(recipe["before.stage1.epochs"], "3");
  EXPECT_EQ(recipe["before.stage1.train_student"], "false");
  EXPECT_EQ(recipe["before.stage1.loss"], "[ce, kd, ft_paraphraser]");
  EXPECT_EQ(recipe["before.stage1.loss.ce.weight"], "0");
  EXPECT_EQ(recipe["before.stage1.loss.ft_paraphraser.weight"], "1");
  EXPECT_EQ(recipe["before.stage1.loss.ft_paraphraser.rate"], "0.5");
  EXPECT_EQ(recipe["before.stage1.loss.ft_paraphraser.factor_l1"], "0");
  EXPECT_EQ(recipe["before.stage1.loss.ft_paraphraser.tap"], "layer3");
  EXPECT_EQ(recipe["before.stage1.optimiser.learning_rate"], "0.01");
  EXPECT_EQ(recipe["before.stage1.schedule.kind"], "constant");
  EXPECT_EQ(recipe["before.stage1.optimiser.parts"], "[]");
  EXPECT_EQ(recipe["loss.ft.weight"], "500");
  EXPECT_EQ(recipe["loss.ft.form"], "whole");
  EXPECT_EQ(recipe["loss.ft.taps.student"], "[layer3]");
  EXPECT_EQ(recipe["train.epochs"], "20");
  EXPECT_EQ(recipe["train.optimiser.learning_rate"], "0.1");
}

TEST(TorchdistillConvert, TakesNegativesFromTheDataSetWrapper) {
  const ConvertedRecipe recipe("crd.yaml");
  EXPECT_EQ(recipe["method"], "crd");
  EXPECT_EQ(recipe["loss.crd.weight"], "0.8");
  EXPECT_EQ(recipe["loss.crd.dimensions"], "128");
  EXPECT_EQ(recipe["loss.crd.negatives"], "4096");
  EXPECT_EQ(recipe["loss.crd.temperature"], "0.07");
  EXPECT_EQ(recipe["loss.crd.momentum"], "0.5");
  EXPECT_EQ(recipe["loss.crd.taps.student"], "[avgpool]");
  const auto other = replaced(text_of("crd.yaml"), "{num_negative_samples: 4096", "{num_negative_samples: 1024");
  EXPECT_NE(refusal(other).find("CRDDatasetWrapper draws 1024"), std::string::npos);
}

TEST(TorchdistillConvert, SplitsTheSimpleRecipe) {
  const ConvertedRecipe recipe("srd.yaml");
  EXPECT_EQ(recipe["data.train"], "image_folder/train");
  EXPECT_EQ(recipe["data.test"], "image_folder/val");
  EXPECT_EQ(recipe["data.path"], "/home/me/data/photos");
  EXPECT_EQ(recipe["teacher.network"], "resnet34");
  EXPECT_EQ(recipe["teacher.weights"], "resnet34-IMAGENET1K_V1.pth");
  EXPECT_EQ(recipe["loss.srd.weight"], "2");
  EXPECT_EQ(recipe["loss.srd.taps.student"], "[avgpool]");
  EXPECT_EQ(recipe["loss.kd.weight"], "0.25");  // 1 / tau^2
  EXPECT_EQ(recipe["loss.kd.temperature"], "2");
}

TEST(TorchdistillConvert, NamesWideNetworks) {
  const ConvertedRecipe recipe("wide.yaml");
  EXPECT_EQ(recipe["teacher.network"], "wrn_40_4");
  EXPECT_EQ(recipe["student.network"], "wrn_40_1");
  EXPECT_EQ(recipe["train.schedule.kind"], "cosine");
  EXPECT_EQ(recipe["train.schedule.final_factor"], "0.01");
  const auto dropping = replaced(text_of("wide.yaml"), "dropout_p: 0.0", "dropout_p: 0.3");
  EXPECT_NE(refusal(dropping).find("dropout"), std::string::npos);
}

TEST(TorchdistillConvert, TrainsAloneWithRatesOfModules) {
  const ConvertedRecipe recipe("alone.yaml");
  EXPECT_EQ(recipe["method"], "ce");
  EXPECT_EQ(recipe["teacher"], "(none)");
  EXPECT_EQ(recipe["student.network"], "resnet20");
  EXPECT_EQ(recipe["train.accumulate"], "4");
  EXPECT_EQ(recipe["train.optimiser.kind"], "adamw");
  EXPECT_EQ(recipe["train.optimiser.weight_decay"], "0.01");
  EXPECT_EQ(recipe["train.optimiser.beta2"], "0.999");
  EXPECT_EQ(recipe["train.optimiser.max_gradient_norm"], "1");
  EXPECT_EQ(recipe["train.optimiser.parts"], "[student:0, student.layer3:0.5, student.fc:1]");
}

TEST(TorchdistillConvert, RefusesWhatWouldChangeTheResult) {
  const auto kd = text_of("kd.yaml");
  const auto refuses = [&](const char* from, const char* to, const char* message) {
    const auto said = refusal(replaced(kd, from, to));
    EXPECT_NE(said.find(message), std::string::npos) << said;
    EXPECT_EQ(said.find("file.yaml:"), 0u) << said;
  };
  refuses("num_epochs:", "num_epoch:", "train.num_epoch: unknown key; did you mean 'num_epochs'?");
  refuses("'KDLoss'", "'KdLoss'", "loss 'KdLoss' has no counterpart; did you mean 'KDLoss'?");
  refuses("torchvision.datasets.CIFAR10", "mine.CIFAR10", "data set 'mine.CIFAR10' has no counterpart");
  refuses("RandomCrop", "RandomRotation", "transform 'torchvision.transforms.RandomRotation' has no counterpart");
  refuses("'resnet20'", "'densenet'", "model 'densenet' has no counterpart");
  refuses("'SGD'", "'Rprop'", "optimiser 'Rprop' has no counterpart");
  refuses("'MultiStepLR'", "'LambdaLR'", "scheduler 'LambdaLR' has no counterpart");
  refuses("'batchmean'", "'sum'", "'sum' has no counterpart");
  refuses("RandomSampler", "SequentialSampler", "training draws in random order");
  refuses("dataset_id: *train_id", "dataset_id: cifar10/trian", "did you mean 'cifar10/train'?");
  refuses("!import_get", "!import_got", "unknown tag '!import_got'; did you mean '!import_get'?");
  refuses("temperature: 4.0", "temperature: warm", "'warm' is not a number");
}

TEST(TorchdistillConvert, ReportsAllFaultsInTheFilesOrder) {
  auto text = replaced(text_of("kd.yaml"), "'resnet56'", "'resnet57'");
  text = replaced(text, "num_epochs:", "num_epoch:");
  const auto said = refusal(text);
  EXPECT_LT(said.find("resnet57"), said.find("num_epoch"));
  EXPECT_NE(said.find("num_epoch"), std::string::npos);
}

TEST(TorchdistillConvert, SurvivesDamage) {
  const auto text = text_of("kd.yaml");
  for (size_t length = 0; length < text.size(); length += 17) {
    tests::expect_accepted_or_refused([&] { converted(text.substr(0, length)); }, "cut at " + std::to_string(length));
  }
  for (size_t place = 0; place < text.size(); place += 13) {
    auto damaged = text;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x11);
    tests::expect_accepted_or_refused([&] { converted(damaged); }, "flipped at " + std::to_string(place));
  }
}

TEST(TorchdistillConvert, BoundsDepthSizeAndAliases) {
  EXPECT_NE(refusal("a: " + std::string(200, '[') + std::string(200, ']')).find("levels deep"), std::string::npos);
  tests::refusal_of([] { converted("a: " + std::string(100'000, '[')); });
  EXPECT_NE(refusal("#" + std::string(2 << 20, 'x')).find("too large"), std::string::npos);
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto before = std::to_string(i - 1), own = std::to_string(i);
    bomb += "a" + own + ": &a" + own + " [*a" + before + ", *a" + before + "]\n";
  }
  EXPECT_NE(refusal(bomb).find("aliases"), std::string::npos);
  std::string join = "_a0: &a0 !join [xxxxxxxx, xxxxxxxx]\n";
  for (int i = 1; i < 30; ++i) {
    const auto before = std::to_string(i - 1), own = std::to_string(i);
    join += "_a" + own + ": &a" + own + " !join [*a" + before + ", *a" + before + "]\n";
  }
  tests::refusal_of([&] { converted(join); });
  EXPECT_NE(refusal("a: 1\na: 2\n").find("given twice"), std::string::npos);
  tests::refusal_of([] { converted("- a list"); });
  tests::refusal_of([] { converted("!join: !join {a: !getattr [!import_get x]}"); });
}

}  // namespace
}  // namespace retort::torchdistill
