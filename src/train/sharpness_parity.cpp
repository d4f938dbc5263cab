// GSAM's two pure functions held to the numbers of the code that FTD and DATM train their experts with.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <vector>

#include "core/registries.h"
#include "run/parity.h"
#include "train/sharpness.h"

namespace retort::train {

namespace {
/// The inputs name.0, name.1 ... of a call.
std::vector<at::Tensor> numbered_inputs(const run::ParityCall& call, const char* name) {
  std::vector<at::Tensor> tensors = {call.input(fmt::format("{}.0", name))};
  while (const auto next = call.optional_input(fmt::format("{}.{}", name, tensors.size()))) tensors.push_back(*next);
  return tensors;
}

at::Tensor flat_inputs(const run::ParityCall& call, const char* name) {
  std::vector<at::Tensor> pieces;
  for (const auto& tensor : numbered_inputs(call, name)) pieces.push_back(tensor.flatten());
  return at::cat(pieces);
}

/// Gives `flat` out in the shapes of the inputs `like`.0, `like`.1 ...
void output_numbered(run::ParityCall& call, const char* name, const at::Tensor& flat, const char* like) {
  int64_t begin = 0, index = 0;
  for (const auto& tensor : numbered_inputs(call, like)) {
    call.output(fmt::format("{}.{}", name, index++), flat.narrow(0, begin, tensor.numel()).view(tensor.sizes()));
    begin += tensor.numel();
  }
}
}  // namespace

}  // namespace retort::train

namespace retort {

void register_sharpness_parity(Registries& registries) {
  registries.parity.add("dataset.ftd.gsam_perturb",
                        {.summary = "way to the worst point nearby, and that point",
                         .source = "AngusDujw/FTD-distillation, buffer/gsam/gsam.py, GSAM.perturb_weights",
                         .inputs = {{"parameter.*", "[...]"}, {"gradient.*", "[...]"}},
                         .options = {"rho", "adaptive", "alpha"},
                         .outputs = {{"value.*", "[...]"}, {"perturbation.*", "[...]"}},
                         .run = [](run::ParityCall& call) {
                           const auto values = train::flat_inputs(call, "parameter");
                           const auto way = train::ascent(values, train::flat_inputs(call, "gradient"),
                                                          call.number("rho", 0.01), call.flag("adaptive", true));
                           train::output_numbered(call, "value", values + way, "parameter");
                           train::output_numbered(call, "perturbation", way, "parameter");
                         }});
  registries.parity.add("dataset.ftd.gsam_decompose",
                        {.summary = "gradient at the worst point against the gap to it",
                         .source = "AngusDujw/FTD-distillation, buffer/gsam/gsam.py, GSAM.gradient_decompose",
                         .inputs = {{"gradient.*", "[...]"}, {"perturbed_gradient.*", "[...]"}},
                         .options = {"alpha"},
                         .outputs = {{"value.*", "[...]"}},
                         .run = [](run::ParityCall& call) {
                           const auto direction = train::gap_descent(train::flat_inputs(call, "gradient"),
                                                                     train::flat_inputs(call, "perturbed_gradient"),
                                                                     call.number("alpha", 0.3));
                           train::output_numbered(call, "value", direction, "gradient");
                         }});
}

}  // namespace retort
