#include "distil/model/torchdistill/network_words.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"
#include "distil/model/torchdistill/object_call.h"

namespace retort::torchdistill {

namespace {
struct KnownNetwork {
  std::string torchdistill, retort;
  PathStyle style = PathStyle::same;
  std::vector<int64_t> blocks = {};
};

/// torchdistill looks in torchvision first; then in its own models, which are the CIFAR ones.
std::vector<KnownNetwork> known_networks() {
  std::vector<KnownNetwork> networks = {{"resnet18", "resnet18", PathStyle::imagenet_resnet, {2, 2, 2, 2}},
                                        {"resnet34", "resnet34", PathStyle::imagenet_resnet, {3, 4, 6, 3}},
                                        {"resnet50", "resnet50", PathStyle::imagenet_resnet, {3, 4, 6, 3}},
                                        {"resnet101", "resnet101", PathStyle::imagenet_resnet, {3, 4, 23, 3}},
                                        {"mobilenet_v2", "mobilenet_v2"}};
  for (const int64_t depth : {20, 32, 44, 56, 110}) {
    const auto name = fmt::format("resnet{}", depth);
    const int64_t blocks = (depth - 2) / 6;
    networks.push_back({name, name, PathStyle::cifar_resnet, {blocks, blocks, blocks}});
  }
  return networks;
}

KnownNetwork wide_network(int64_t depth, int64_t width) {
  const int64_t blocks = (depth - 4) / 6;
  return {fmt::format("wide_resnet{}_{}", depth, width),
          fmt::format("wrn_{}_{}", depth, width),
          PathStyle::wide_resnet,
          {blocks, blocks, blocks}};
}

const std::vector<std::pair<int64_t, int64_t>> wide_sizes = {{16, 1}, {16, 2}, {16, 8}, {28, 10},
                                                             {40, 1}, {40, 2}, {40, 4}};

/// The network that `key` names; for the general wide_resnet its arguments say which. Null, with a fault, if none.
const KnownNetwork* find_network(Section& model, Section& arguments, const std::string& key) {
  static const std::vector<KnownNetwork> known = [] {
    auto networks = known_networks();
    for (const auto& [depth, width] : wide_sizes) networks.push_back(wide_network(depth, width));
    return networks;
  }();
  std::string name = key;
  if (key == "wide_resnet") {
    name = fmt::format("wide_resnet{}_{}", arguments.integer("depth", 0), arguments.integer("k", 0));
  }
  std::vector<std::string> names = {"wide_resnet"};
  for (const auto& network : known) {
    if (network.torchdistill == name) return &network;
    names.push_back(network.torchdistill);
  }
  if (!key.empty()) {
    model.fault("key", fmt::format("model '{}' has no counterpart{}; `retort list networks` names what there is", name,
                                   did_you_mean(name, names)));
  }
  return nullptr;
}

/// What the builder's arguments say of trained weights: "" for none.
std::string published_weights(Section& arguments) {
  if (const Value* weights = arguments.find("weights")) {
    const auto name = attribute_name(*weights);
    if (name.empty()) arguments.fault("weights", fmt::format("'{}' names no weights", shown(*weights)));
    return last_word(name);
  }
  return arguments.flag("pretrained", false) ? "pretrained" : "";
}

void read_weights(Section& model, Section& arguments, NetworkWords& words) {
  auto& notes = model.notes();
  const auto published = published_weights(arguments);
  words.weights = model.text("src_ckpt");
  const bool is_address = words.weights.starts_with("http://") || words.weights.starts_with("https://");
  if (is_address) {
    const auto address = words.weights;
    words.weights = address.substr(address.rfind('/') + 1);
    notes.left_out(model.line_of("src_ckpt"), model.path_of("src_ckpt"),
                   fmt::format("nothing is fetched: get {} and name the file as the weights", one_line(address)));
  } else if (words.weights.empty() && !published.empty()) {
    words.weights = fmt::format("{}-{}.pth", words.name, published);
    notes.left_out(model.line_of("kwargs"), model.path_of("kwargs"),
                   fmt::format("nothing is fetched: get the weights '{}' of {} and name their file as the weights",
                               one_line(published), words.name));
  }
  if (words.style == PathStyle::wide_resnet && !words.weights.empty()) {
    notes.left_out(
        model.line_of("key"), model.path_of("key"),
        "weights of torchdistill's wide ResNets need other names here: layerN.K is blockN.layer.K, shortcut.0 "
        "is convShortcut");
  }
}

/// Names that a path may begin with.
std::vector<std::string> first_modules(const NetworkWords& network) {
  if (network.style == PathStyle::same) return {};
  std::vector<std::string> names = {"conv1", "bn1", "relu", "layer1", "layer2", "layer3", "avgpool", "fc"};
  if (network.style == PathStyle::imagenet_resnet) {
    names.insert(names.end(), {"layer4", "maxpool"});
  }
  return names;
}

/// "layer1.-1" with the number of the last block.
std::string numbered(const std::string& part, const std::vector<std::string>& before, const NetworkWords& network) {
  int64_t index = 0;
  if (before.size() != 1 || !before[0].starts_with("layer") || !parse_integer(part, index) || index >= 0) return part;
  int64_t stage = 0;
  if (!parse_integer(before[0].substr(5), stage) || stage < 1 || stage > int64_t(network.blocks.size())) return part;
  return std::to_string(network.blocks[size_t(stage - 1)] + index);
}
}  // namespace

NetworkWords read_network(Section model, bool is_teacher) {
  NetworkWords words{.line = model.line()};
  const auto key = model.required_text("key");
  auto arguments = model.section("kwargs");
  if (const auto* known = find_network(model, arguments, key)) {
    words.name = known->retort;
    words.style = known->style;
    words.blocks = known->blocks;
  }
  words.classes = arguments.integer("num_classes", 0);
  arguments.flag("progress", true);
  if (words.style == PathStyle::wide_resnet) {
    // 0.3 is the default of torchdistill's builders. A teacher that predicts drops nothing.
    const double dropout = arguments.number("dropout_p", 0.3);
    if (dropout != 0 && !is_teacher) {
      arguments.fault("dropout_p", fmt::format("dropout of {} has no counterpart; say `dropout_p: 0.0` to convert a "
                                               "student without",
                                               dropout));
    }
    model.notes().left_out(model.line_of("key"), model.path_of("key"),
                           "the shortcut of a block that widens takes the activated input here, as in the paper; "
                           "torchdistill's takes the input itself");
  }
  read_weights(model, arguments, words);
  if (model.find("repo_or_dir")) model.fault("repo_or_dir", "models of torch.hub have no counterpart");
  model.require_flag("quantized", false, false, "networks are not quantised");
  model.leave_out("sync_bn", "one process trains: batch norm sees the whole batch");
  model.leave_out("dst_ckpt", "a run writes weights.safetensors in its own folder");
  arguments.finish();
  model.finish();
  return words;
}

std::string tap_of(const NetworkWords& network, const std::string& module_path, const std::string& io, int line,
                   const std::string& path, Notes& notes) {
  if (io != "input" && io != "output") {
    notes.fault(line, path, fmt::format("'{}' is neither input nor output", io));
    return "";
  }
  std::vector<std::string> parts;
  for (const auto& part : split(module_path, '.')) parts.push_back(numbered(part, parts, network));
  const auto known = first_modules(network);
  if (!known.empty() && std::find(known.begin(), known.end(), parts.front()) == known.end()) {
    notes.fault(
        line, path,
        fmt::format("'{}' is no module of {}{}", module_path, network.name, did_you_mean(parts.front(), known)));
    return "";
  }
  if (network.style == PathStyle::wide_resnet && parts.front().starts_with("layer")) {
    parts.front().replace(0, 5, "block");
    if (parts.size() > 1) parts.insert(parts.begin() + 1, "layer");
  }
  return join(parts, ".") + (io == "input" ? ".input" : "");
}

}  // namespace retort::torchdistill
