// Networks against what tests/data/keys/record_keys.py recorded of the published ones: names and shapes of all tensors,
// the number of parameters, and the result for weights and pictures drawn from hashes, in float64.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "io/array.h"
#include "io/atomic_file.h"
#include "nn/dit.h"
#include "nn/network.h"
#include "nn/unet.h"
#include "support/network_registries.h"

namespace retort::nn {
namespace {

/// record_keys.py's hash_values: numbers in [-1, 1) that depend on the name and the place alone.
at::Tensor hash_values(const std::string& name, at::IntArrayRef shape) {
  uint32_t seed = 2166136261U;
  for (const char byte : name) seed = (seed ^ static_cast<unsigned char>(byte)) * 16777619U;
  auto tensor = at::empty(shape, at::kDouble);
  double* values = tensor.data_ptr<double>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    uint32_t mixed = seed + static_cast<uint32_t>(i) * 2654435761U;
    mixed = (mixed ^ (mixed >> 16)) * 0x7FEB352DU;
    mixed = (mixed ^ (mixed >> 15)) * 0x846CA68BU;
    values[i] = (mixed ^ (mixed >> 16)) / 2147483648.0 - 1;
  }
  return tensor;
}

/// record_keys.py's hash_weight.
at::Tensor hash_weight(const WeightRequest& request) {
  const auto& shape = request.shape;
  if (request.counter) return at::zeros(shape, at::kLong);
  const auto values = hash_values(request.name, shape);
  if (shape.size() >= 2 && shape[0] > 1) return values * std::sqrt(3.0 * double(shape[0]) / double(values.numel()));
  const auto& name = request.name;
  const bool near_one = name.ends_with("weight") || name.ends_with("alpha") || name.ends_with("running_var");
  return 0.2 * values + (near_one ? 1.0 : 0.0);
}

/// Gives what a network asks for and keeps a list of it.
class ListingSource : public WeightSource {
 public:
  /// float64 weights from hashes, or float32 zeros, which cost nothing.
  explicit ListingSource(bool hashed) : hashed_(hashed) {}

  at::Tensor get(const WeightRequest& request) override {
    if (shapes.emplace(request.name, request.shape).second && !request.buffer) {
      int64_t count = 1;
      for (const int64_t side : request.shape) count *= side;
      parameters += count;
    }
    return hashed_ ? hash_weight(request) : at::zeros(request.shape, request.counter ? at::kLong : at::kFloat);
  }

  std::map<std::string, std::vector<int64_t>> shapes;
  int64_t parameters = 0;

 private:
  bool hashed_;
};

/// Generators take more than a picture; record_keys.py gives them these times and labels, the second being the null.
Network generator_network(
    const std::string& name, const std::vector<double>& times,
    const std::function<at::Tensor(const Scope&, const at::Tensor&, const at::Tensor&, const at::Tensor&)>& run) {
  return {.name = name, .forward = [run, times](const Scope& scope, const at::Tensor& x) {
            const std::vector<int64_t> labels = {3, 10};
            return run(scope, x, at::tensor(times, x.options()), at::tensor(labels, at::kLong));
          }};
}

std::shared_ptr<const Network> recorded_network(const Registries& registries, const std::string& name,
                                                int64_t classes) {
  if (name == "dit")
    return std::make_shared<const Network>(
        generator_network(name, {12.5, 800}, [](const auto& scope, const auto& x, const auto& t, const auto& y) {
          return dit(scope, x, t, y, {.classes = 10});
        }));
  if (name == "unet")
    return std::make_shared<const Network>(
        generator_network(name, {-0.7, 0.4}, [](const auto& scope, const auto& x, const auto& t, const auto& y) {
          return unet(scope, x, t, y, {.classes = 10});
        }));
  return registries.networks.get(name).make(classes);
}

/// One line for each tensor that only one side has or that the sides have in different shapes.
std::string differences(const std::map<std::string, std::vector<int64_t>>& ours,
                        const std::map<std::string, std::vector<int64_t>>& theirs) {
  std::string lines;
  for (const auto& [name, shape] : theirs) {
    const auto found = ours.find(name);
    if (found == ours.end())
      lines += fmt::format("{} {} is missing\n", name, io::shape_text(shape));
    else if (found->second != shape)
      lines += fmt::format("{} is {}, published {}\n", name, io::shape_text(found->second), io::shape_text(shape));
  }
  for (const auto& [name, shape] : ours)
    if (theirs.count(name) == 0) lines += fmt::format("{} {} is ours alone\n", name, io::shape_text(shape));
  return lines;
}

class NetworkKeys : public testing::TestWithParam<std::string> {};

TEST_P(NetworkKeys, AreThePublishedAndGiveThePublishedResult) {
  const auto file = std::filesystem::path(RETORT_SOURCE_DIR "/tests/data/keys") / (GetParam() + ".json");
  const auto record = nlohmann::json::parse(io::read_whole_file(file, 1 << 20));
  const auto network = recorded_network(tests::network_registries(), GetParam(), record.at("classes").get<int64_t>());
  const bool has_result = record.contains("image");
  auto shape = network->image;
  shape.insert(shape.begin(), 1);
  const auto image =
      has_result ? hash_values("image", record.at("image").get<std::vector<int64_t>>()) : at::zeros(shape);
  ListingSource source(has_result);
  const at::NoGradGuard no_grad;
  const auto output = network->forward(Scope(source), image);
  EXPECT_EQ(differences(source.shapes, record.at("shapes")), "") << record.at("source");
  EXPECT_EQ(source.parameters, record.at("parameters").get<int64_t>());
  if (!has_result) return;

  const auto first = record.at("output").get<std::vector<double>>();
  const auto got = output.flatten().slice(0, 0, int64_t(first.size()));
  EXPECT_TRUE(at::allclose(got, at::tensor(first, at::kDouble), 1e-5, 1e-6)) << got;
  EXPECT_NEAR(output.norm().item<double>() / record.at("output_norm").get<double>(), 1, 1e-6);
}

std::vector<std::string> recorded_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(RETORT_SOURCE_DIR "/tests/data/keys"))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Recorded, NetworkKeys, testing::ValuesIn(recorded_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace retort::nn
