#include "nn/network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "io/tensor/tensor_io.h"
#include "nn/cifar_resnet.h"
#include "nn/wide_resnet.h"
#include "support/network_registries.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::nn {
namespace {

// 320,010: sheet dataset-distillation-bases, section 2. The others: `sum(p.numel())` of the authors' networks with the
// classes given.
TEST(Network, ParameterCountsAreTheAuthors) {
  const auto registries = tests::network_registries();
  const auto count = [&](const char* name, int64_t classes) {
    return parameter_count(create_weights(*registries.networks.get(name).make(classes), RandomTree(0)));
  };
  EXPECT_EQ(count("convnet_d3", 10), 320'010);
  EXPECT_EQ(count("resnet20_a", 10), 269'722);
  EXPECT_EQ(count("resnet56_a", 10), 853'018);
}

TEST(Network, WeightsComeInTheOrderOfTheLayersAndRoundTripThroughAFlatVector) {
  const auto network = tests::network_registries().networks.get("resnet8").make(10);
  const auto weights = create_weights(*network, RandomTree(3));
  ASSERT_GE(weights.parameter_order.size(), 3U);
  EXPECT_EQ(weights.parameter_order[0], "conv1.weight");
  EXPECT_EQ(weights.parameter_order[1], "bn1.weight");
  EXPECT_EQ(weights.parameter_order.back(), "fc.bias");
  const auto flat = flat_parameters(weights);
  EXPECT_EQ(parameter_count(weights), flat.numel());
  EXPECT_EQ(flat.numel(), parameter_count(weights));
  const auto views = weights_on(flat, weights);
  for (const auto& [name, tensor] : weights.parameters) EXPECT_TRUE(at::equal(tensor, views.parameters.at(name)));
  EXPECT_TRUE(views.parameters.at("fc.bias").is_alias_of(flat));
}

TEST(Network, EveryRegisteredNetworkRunsAndMeetsItsTaps) {
  const auto registries = tests::network_registries();
  for (const auto& [name, entry] : registries.networks.entries()) {
    if (tests::is_large_network(name)) continue;
    SCOPED_TRACE(name);
    const auto network = entry.make(7);
    const auto weights = create_weights(*network, RandomTree(1));
    GivenSource source(weights);
    std::vector<std::string> wanted = network->stages;
    wanted.insert(wanted.end(), network->stages_before_activation.begin(), network->stages_before_activation.end());
    wanted.push_back(network->pooled);
    wanted.push_back(network->classifier);
    Taps taps(wanted);
    const at::NoGradGuard no_grad;
    auto shape = network->image;
    shape.insert(shape.begin(), 2);
    const auto logits = network->forward(Scope(source, &taps), at::ones(shape));
    if (network->dense) {
      EXPECT_EQ(logits.sizes(), (std::vector<int64_t>{2, 7, shape[2], shape[3]}));
      EXPECT_EQ(taps.at(network->classifier).dim(), 4);
      EXPECT_EQ(taps.at(network->classifier).size(1), 7);
    } else {
      EXPECT_EQ(logits.sizes(), (std::vector<int64_t>{2, 7}));
      EXPECT_TRUE(at::equal(taps.at(network->classifier), logits));
    }
    EXPECT_EQ(taps.at(network->pooled).dim(), 2);
    for (size_t i = 0; i < network->stages.size(); ++i) {
      const auto after = taps.at(network->stages[i]), before = taps.at(network->stages_before_activation[i]);
      EXPECT_EQ(after.dim(), 4);
      EXPECT_EQ(after.size(0), before.size(0));
    }
    const auto& norms = network->norms_before_activation;
    EXPECT_TRUE(norms.empty() || norms.size() == network->stages_before_activation.size());
    for (size_t i = 0; i < norms.size(); ++i) {
      const auto scale = weights.find(norms[i] + ".weight");
      ASSERT_TRUE(scale.defined()) << norms[i];
      EXPECT_EQ(scale.size(0), taps.at(network->stages_before_activation[i]).size(1)) << norms[i];
    }
    EXPECT_TRUE(source.unused().empty());
  }
}

TEST(Network, WeightsOfAnotherNetworkAreRefusedWithThreeLists) {
  const tests::TemporaryFolder folder;
  const auto network = tests::network_registries().networks.get("resnet8").make(10);
  auto stored = named_tensors(create_weights(*network, RandomTree(0)));
  stored.erase("fc.bias");
  stored["fc.weight"] = at::ones({3, 64});
  stored["head.weight"] = at::ones({1});
  io::save_safetensors(folder / "w.safetensors", stored);
  const auto message = tests::user_error_of([&] { load_network_weights(*network, folder / "w.safetensors"); });
  EXPECT_NE(message.find("1 missing: fc.bias"), std::string::npos) << message;
  EXPECT_NE(message.find("1 unexpected: head.weight"), std::string::npos) << message;
  EXPECT_NE(message.find("1 of another shape: fc.weight: [3, 64], wanted [10, 64]"), std::string::npos) << message;
}

TEST(Network, PublishedCifarCheckpointsLoadByName) {
  const auto file = tests::shared_data("data/weights_cifar10_resnet/resnet20-12fca82f.th");
  if (!file) GTEST_SKIP() << "no shared data";
  const auto network = tests::network_registries().networks.get("resnet20_a").make(10);
  const auto weights = load_network_weights(*network, *file);
  EXPECT_EQ(parameter_count(weights), 269'722);
  const auto fresh = create_weights(*network, RandomTree(0));
  for (const auto& [name, tensor] : weights.parameters) EXPECT_FALSE(at::equal(tensor, fresh.find(name))) << name;
}

}  // namespace
}  // namespace retort::nn
