#include "distil/field/gaussians/lpips_evaluation.h"

#include <algorithm>
#include <filesystem>

#include "core/errors.h"
#include "weights/store.h"

namespace retort::field {

namespace {
/// A trunk and what the catalogue of published weights calls its files.
struct PublishedLpips {
  metrics::LpipsTrunk trunk;
  const char* trunk_name;
  const char* heads_name;
};

PublishedLpips published_lpips(LpipsChoice choice) {
  switch (choice) {
    case LpipsChoice::alex:
      return {metrics::LpipsTrunk::alex, "alexnet", "lpips-alex"};
    case LpipsChoice::squeeze:
      return {metrics::LpipsTrunk::squeeze, "squeezenet1_1", "lpips-squeeze"};
    default:
      return {metrics::LpipsTrunk::vgg, "vgg16", "lpips-vgg"};
  }
}

std::filesystem::path lpips_file(const std::string& place, const char* published) {
  return weights::locate_weights(place == "auto" ? std::string("weights:") + published : place);
}
}  // namespace

void fields(OptionVisitor& v, EvaluateOptions& o) {
  v("lpips", o.lpips, "trunk of LPIPS, which the evaluation at the end measures too, or none");
  v("lpips_trunk", o.lpips_trunk,
    "the trunk's weights, as torchvision ships them: a file, weights:NAME, or auto: what `retort weights get` fetched");
  v("lpips_heads", o.lpips_heads, "LPIPS's own weights for that trunk (v0.1): a file, weights:NAME, or auto");
  v("lpips_scaling", o.lpips_scaling,
    "to_minus_one_one (right), or as_given: for figures of papers that left [0, 1] as it is");
}

std::optional<LpipsNetwork> open_lpips(const EvaluateOptions& options, const Scene& scene,
                                       const std::vector<int>& views) {
  if (options.lpips == LpipsChoice::none) return std::nullopt;
  const auto published = published_lpips(options.lpips);
  LpipsNetwork network{.options = {.trunk = published.trunk, .scaling = options.lpips_scaling}, .weights = {}};
  const auto least = metrics::lpips_least_side(network.options.trunk);
  for (const int index : views) {
    const auto& view = scene.views[index];
    if (std::min(view.camera.width, view.camera.height) < least) {
      user_error("{}: {}x{} pixels are too small for LPIPS with this trunk, which needs sides of {}", view.name,
                 view.camera.width, view.camera.height, least);
    }
  }
  // One after the other: the larger download is named first when both are missing.
  const auto trunk = lpips_file(options.lpips_trunk, published.trunk_name);
  const auto heads = lpips_file(options.lpips_heads, published.heads_name);
  network.weights = metrics::load_lpips(trunk, heads, network.options);
  return network;
}

}  // namespace retort::field
