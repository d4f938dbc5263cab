// Auxiliary wrappers of torchdistill (models/wrapper.py): which layer each of their modules works on. The modules
// themselves come with the terms of the loss here.
#include <fmt/core.h>

#include <functional>

#include "core/text.h"
#include "distil/model/torchdistill/stage_model.h"

namespace retort::torchdistill {

namespace {
/// {path, io} of a layer.
std::string layer_of(Section layer, const StageModel& model) {
  const auto path = layer.required_text("path");
  const auto io = layer.text("io", "output");
  auto tap = hooked_tap(model, path, io, layer.line(), layer.path(), layer.notes());
  layer.finish();
  return tap;
}

std::string output_of(Section& section, const std::string& key, const StageModel& model) {
  return hooked_tap(model, section.required_text(key), "output", section.line_of(key), section.path_of(key),
                    section.notes());
}

/// torch.nn.Linear: its sizes follow from the layers but for the output's.
void read_linear(Section linear, StageModel& model) {
  linear.integer("in_features", 0);
  model.numbers["dimensions"] = double(linear.integer("out_features", 0));
  linear.require_flag("bias", true, true, "embeddings have a bias");
  linear.finish();
}

/// Convolutions of the paraphraser and the translator.
void read_factor_convolutions(Section section, StageModel& model, bool normalised_here) {
  model.numbers["rate"] = section.number("k", 0.5);
  section.integer("num_input_channels", 0);
  section.integer("num_output_channels", 0);
  section.require_number("kernel_size", 3, 3, "its convolutions are 3x3");
  section.require_number("stride", 1, 1, "its convolutions keep the size");
  section.require_number("padding", 1, 1, "its convolutions keep the size");
  if (section.flag("uses_bn", true) != normalised_here) {
    section.notes().left_out(section.line_of("uses_bn"), section.path_of("uses_bn"),
                             normalised_here
                                 ? "the translator has batch norm here, as in the published comparison"
                                 : "the paraphraser has no batch norm here, as in the published comparison");
  }
  section.finish();
}

void wrapped_for_ft_teacher(Section& a, StageModel& model) {
  a.leave_out("minimal", "the teacher runs no further than its last tap anyway");
  model.sources["paraphraser"] = output_of(a, "input_module_path", model);
  read_factor_convolutions(a.section("paraphraser_kwargs"), model, false);
  a.leave_out("paraphraser_ckpt", "modules of the loss live on from stage to stage by themselves");
  a.flag("uses_decoder", true);
}

void wrapped_for_ft_student(Section& a, StageModel& model) {
  model.sources["translator"] = output_of(a, "input_module_path", model);
  read_factor_convolutions(a.section("translator_kwargs"), model, true);
}

void wrapped_for_crd(Section& a, StageModel& model) {
  model.sources["normalizer"] = output_of(a, "input_module_path", model);
  read_linear(a.section("linear_kwargs"), model);
  a.require_number("power", 2, 2, "embeddings have length 1");
}

void wrapped_for_cc(Section& a, StageModel& model) {
  model.sources["linear"] = layer_of(a.section("input_module"), model);
  read_linear(a.section("linear_kwargs"), model);
}

void wrapped_for_srd(Section& a, StageModel& model) {
  model.sources["norm_layer"] = layer_of(a.section("input_module"), model);
  auto norm = a.section("norm_kwargs");
  norm.integer("num_features", 0);
  norm.require_number("eps", 1e-5, 1e-4, "both sides are standardised with it");
  norm.require_flag("affine", true, false, "both sides are standardised without weights");
  norm.finish();
  model.has_projector = a.find("linear_kwargs") != nullptr;
  if (model.has_projector) read_linear(a.section("linear_kwargs"), model);
}

void wrapped_for_vid(Section& a, StageModel& model) {
  auto regressors = a.section("regressors");
  for (const auto& entry : regressors.value().entries) {
    auto regressor = regressors.section(entry.key);
    auto sizes = regressor.section("regressor_kwargs");
    sizes.integer("in_channels", 0);
    if (sizes.integer("middle_channels", 0) != sizes.integer("out_channels", 0)) {
      sizes.fault("middle_channels", "regressors are as wide inside as at their end");
    }
    sizes.require_number("eps", 1e-5, 1e-5, "the least variance");
    sizes.require_number("init_pred_var", 5, 5, "the variance to begin with");
    sizes.finish();
    const auto path = regressor.required_text("path");
    const auto io = regressor.text("io", "output");
    model.sources["regressor_dict." + entry.key] =
        hooked_tap(model, path, io, regressor.line(), regressor.path(), regressor.notes());
    regressor.finish();
  }
  regressors.finish();
}

void wrapped_for_ickd(Section& a, StageModel& model) {
  auto embeddings = a.section("embeddings");
  for (const auto& entry : embeddings.value().entries) {
    auto embedding = embeddings.section(entry.key);
    embedding.integer("in_channels", 0);
    embedding.integer("out_channels", 0);
    const auto path = embedding.required_text("path");
    const auto io = embedding.text("io", "output");
    model.sources["embed_dict." + entry.key] =
        hooked_tap(model, path, io, embedding.line(), embedding.path(), embedding.notes());
    embedding.finish();
  }
  embeddings.finish();
}

void wrapped_for_pad(Section& a, StageModel& model) {
  model.sources["var_estimator"] = layer_of(a.section("input_module"), model);
  a.integer("feat_dim", 0);
  a.leave_out("var_estimator_ckpt", "modules of the loss are in the run's checkpoints");
}

void wrapped_for_sskd(Section& a, StageModel& model) {
  model.sources["ss_module"] = layer_of(a.section("input_module"), model);
  a.integer("feat_dim", 0);
  a.flag("freezes_ss_module", false);
  a.leave_out("ss_module_ckpt", "modules of the loss live on from stage to stage by themselves");
}

/// Fusions, from the shallowest layer to the pooled vector; abf_modules.0 is that of the last.
void wrapped_for_review(Section& a, StageModel& model) {
  const Value* fusions = a.find("abfs");
  if (!fusions || fusions->kind != Value::Kind::list) {
    a.fault("abfs", "a list is expected");
    return;
  }
  for (size_t i = 0; i < fusions->items.size(); ++i) {
    Section fusion(fusions->items[i], fmt::format("{}.{}", a.path_of("abfs"), i), a.notes());
    auto sizes = fusion.section("kwargs");
    for (const char* key : {"in_channels", "mid_channels", "out_channels"}) sizes.integer(key, 0);
    sizes.finish();
    const auto path = fusion.required_text("path");
    const auto io = fusion.text("io", "output");
    model.sources[fmt::format("abf_modules.{}", fusions->items.size() - 1 - i)] =
        hooked_tap(model, path, io, fusion.line(), fusion.path(), fusion.notes());
    fusion.finish();
  }
  a.leave_out("sizes", "fused maps take the sizes of the teacher's");
}

void wrapped_for_boundaries(Section& a, StageModel& model) {
  auto connectors = a.section("connectors");
  for (const auto& entry : connectors.value().entries) {
    auto connector = connectors.section(entry.key);
    const auto path = connector.required_text("path");
    const auto io = connector.text("io", "output");
    model.sources["connector_dict." + entry.key] =
        hooked_tap(model, path, io, connector.line(), connector.path(), connector.notes());
    connector.leave_out("conv2d_kwargs", "connectors are 1x1 convolutions to the teacher's width");
    connector.leave_out("bn2d_kwargs", "connectors end in a batch norm");
    connector.finish();
  }
  connectors.finish();
}

struct KnownWrapper {
  const char* key;
  std::function<void(Section&, StageModel&)> read;
};

const std::vector<KnownWrapper>& known_wrappers() {
  static const std::vector<KnownWrapper> wrappers = {{"EmptyModule", [](Section&, StageModel&) {}},
                                                     {"Teacher4FactorTransfer", wrapped_for_ft_teacher},
                                                     {"Student4FactorTransfer", wrapped_for_ft_student},
                                                     {"Linear4CRD", wrapped_for_crd},
                                                     {"Linear4CCKD", wrapped_for_cc},
                                                     {"SRDModelWrapper", wrapped_for_srd},
                                                     {"VariationalDistributor4VID", wrapped_for_vid},
                                                     {"Student4ICKD", wrapped_for_ickd},
                                                     {"VarianceBranch4PAD", wrapped_for_pad},
                                                     {"SSWrapper4SSKD", wrapped_for_sskd},
                                                     {"Student4KnowledgeReview", wrapped_for_review},
                                                     {"Connector4DAB", wrapped_for_boundaries}};
  return wrappers;
}
}  // namespace

void read_wrapper(Section& section, StageModel& model) {
  if (!section.find("auxiliary_model_wrapper")) return;
  auto wrapper = section.section("auxiliary_model_wrapper");
  model.wrapper = wrapper.required_text("key");
  auto arguments = wrapper.section("kwargs");
  std::vector<std::string> names;
  for (const auto& known : known_wrappers()) {
    names.emplace_back(known.key);
    if (model.wrapper != known.key) continue;
    known.read(arguments, model);
    arguments.finish();
    wrapper.finish();
    return;
  }
  if (!model.wrapper.empty()) {
    wrapper.fault("key",
                  fmt::format("wrapper '{}' has no counterpart{}", model.wrapper, did_you_mean(model.wrapper, names)));
  }
}

}  // namespace retort::torchdistill
