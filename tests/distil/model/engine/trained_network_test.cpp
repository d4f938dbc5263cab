#include "distil/model/engine/trained_network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/weight_export.h"
#include "io/safetensors.h"
#include "io/tensor/tensor_io.h"
#include "support/network_registries.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// Fresh weights of a network for so many classes and channels, as a file.
std::filesystem::path write_fresh(const tests::TemporaryFolder& folder, const Registries& registries,
                                  const std::string& name, int64_t classes, int64_t channels = 3) {
  auto network = *registries.networks.get(name).make(classes);
  network.image = {channels, 32, 32};
  const auto file = folder / (name + ".safetensors");
  io::save_safetensors(file, nn::named_tensors(nn::create_weights(network, RandomTree(3))));
  return file;
}

TEST(TrainedNetwork, TakesClassesAndChannelsFromItsWeights) {
  const tests::TemporaryFolder folder;
  const auto registries = tests::network_registries();
  for (const char* name : {"resnet8", "resnet20_a", "vit_tiny_distilled_patch4_32"}) {
    const auto file = write_fresh(folder, registries, name, 7);
    const auto open = open_trained_network(registries, name, file.string(), {0, 32, 32});
    EXPECT_EQ(open.network->classes, 7) << name;
    EXPECT_EQ(open.network->image, (std::vector<int64_t>{3, 32, 32})) << name;
    EXPECT_EQ(open.weights.origin, file.string());
  }
  const auto grey = write_fresh(folder, registries, "resnet8", 4, 1);
  EXPECT_EQ(open_trained_network(registries, "resnet8", grey.string(), {0, 28, 28}).network->image,
            (std::vector<int64_t>{1, 28, 28}));
  EXPECT_NE(tests::user_error_of([&] {
              open_trained_network(registries, "resnet8", grey.string(), {3, 32, 32});
            }).find("of another shape"),
            std::string::npos);
  EXPECT_NE(tests::user_error_of([&] {
              open_trained_network(registries, "resnet14", grey.string(), {0, 32, 32});
            }).find("missing"),
            std::string::npos);
}

TEST(TrainedNetwork, ABodyKeepsItsWeightsAndGetsAnotherClassifier) {
  const tests::TemporaryFolder folder;
  const auto registries = tests::network_registries();
  const auto file = write_fresh(folder, registries, "resnet8", 7);
  const auto network = registries.networks.get("resnet8").make(4);
  const auto fresh = nn::create_weights(*network, RandomTree(11));
  const auto loaded = load_body_weights(registries, *network, fresh, file.string());
  const auto given = nn::load_weights(file);
  EXPECT_TRUE(at::equal(loaded.find("layer3.0.conv2.weight"), given.find("layer3.0.conv2.weight")));
  EXPECT_TRUE(at::equal(loaded.find("fc.weight"), fresh.find("fc.weight")));
  EXPECT_FALSE(loaded.find("fc.weight").is_alias_of(fresh.find("fc.weight")));
  EXPECT_EQ(loaded.parameter_order, fresh.parameter_order);
  const auto other = write_fresh(folder, registries, "resnet14", 7);
  EXPECT_NE(
      tests::user_error_of([&] { load_body_weights(registries, *network, fresh, other.string()); }).find("unexpected"),
      std::string::npos);
}

TEST(TrainedNetwork, NamesOfWeightsArePathsStoresAndRuns) {
  EXPECT_EQ(locate_model_weights("a/b.pth"), "a/b.pth");
  EXPECT_NE(tests::user_error_of([] { locate_model_weights("weights:../x"); }).find("comes a name"), std::string::npos);
  EXPECT_NE(tests::user_error_of([] { locate_model_weights("run:nobody-made-this"); }).find("#weights"),
            std::string::npos);
}

TEST(WeightExport, IsReadBackWithTheSameLogitsAndSaysWhatItIs) {
  const tests::TemporaryFolder folder;
  const auto registries = tests::network_registries();
  const auto model =
      open_trained_network(registries, "resnet8", write_fresh(folder, registries, "resnet8", 2).string(), {3, 32, 32});
  const auto metadata = export_metadata(model, {.class_names = {"cat", "do\"g"},
                                                .image = model.network->image,
                                                .normalisation = data::ChannelStatistics{{0.5}, {0.25}},
                                                .version = "9.9"});
  export_weights(model.weights, folder / "out.safetensors", metadata, false);
  const auto whole = check_export(model, *model.network, folder / "out.safetensors");
  EXPECT_LE(whole.largest_difference, 1e-5 * whole.largest_logit);
  const auto file = io::read_safetensors(folder / "out.safetensors");
  EXPECT_EQ(file.metadata.at("network"), model.network->name);
  EXPECT_EQ(file.metadata.at("classes"), "2");
  EXPECT_EQ(file.metadata.at("class_names"), R"(["cat","do\"g"])");
  EXPECT_EQ(file.metadata.at("image_size"), "[3,32,32]");
  EXPECT_EQ(file.metadata.at("mean"), "[0.5]");
  EXPECT_EQ(file.metadata.at("std"), "[0.25]");
  EXPECT_EQ(file.metadata.at("retort_version"), "9.9");
  EXPECT_EQ(file.tensors.size(), model.weights.names().size());

  export_weights(model.weights, folder / "half.safetensors", metadata, true);
  const auto half = check_export(model, *model.network, folder / "half.safetensors");
  EXPECT_GT(half.largest_difference, whole.largest_difference);
  EXPECT_LT(half.largest_difference, 0.02 * half.largest_logit);
  EXPECT_LT(std::filesystem::file_size(folder / "half.safetensors"),
            0.6 * double(std::filesystem::file_size(folder / "out.safetensors")));
}

TEST(WeightExport, FoldedNormsGiveTheSameLogitsWithoutNorms) {
  const tests::TemporaryFolder folder;
  const auto registries = tests::network_registries();
  auto model =
      open_trained_network(registries, "resnet8", write_fresh(folder, registries, "resnet8", 2).string(), {3, 32, 32});
  // Norms that do nothing would be folded right by leaving them out.
  for (auto& [name, tensor] : model.weights.buffers)
    if (tensor.is_floating_point()) tensor = tensor + 0.3 + 0.1 * at::sin(at::arange(tensor.numel(), at::kFloat));
  const auto folded = with_folded_norms(model);
  EXPECT_FALSE(folded.weights.find("bn1.running_mean").defined());
  EXPECT_TRUE(folded.weights.find("conv1.bias").defined());
  export_weights(folded.weights, folder / "folded.safetensors", export_metadata(folded, {.folded_norms = true}), false);
  EXPECT_EQ(io::read_safetensors(folder / "folded.safetensors").metadata.at("folded_norms"), "true");
  const auto check = check_export(model, *folded.network, folder / "folded.safetensors");
  EXPECT_LE(check.largest_difference, 1e-4 * check.largest_logit);
}

TEST(WeightExport, HalfPrecisionRefusesWhatItCannotHold) {
  const tests::TemporaryFolder folder;
  nn::Weights weights{.parameters = {{"fc.weight", at::full({2, 2}, 1e5)}}, .buffers = {}};
  const auto message = tests::user_error_of([&] { export_weights(weights, folder / "out.safetensors", {}, true); });
  EXPECT_NE(message.find("'fc.weight'"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(folder / "out.safetensors"));
}

}  // namespace
}  // namespace retort::model
