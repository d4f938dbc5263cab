#include "distil/model/engine/dual_head.h"

#include <ATen/ATen.h>

#include <utility>
#include <vector>

#include "core/errors.h"
#include "losses/distillation/dho.h"
#include "nn/layers.h"
#include "run/job.h"

namespace retort::model {

namespace {
constexpr double least_probability = 1e-30;  // its logarithm is finite in float32

at::Tensor log_mixture(const at::Tensor& by_labels, const at::Tensor& by_teacher, const at::Tensor& mixture) {
  const losses::DhoMixture shares{.alpha = mixture[0].item<double>(), .beta = mixture[1].item<double>()};
  return losses::dho_probabilities(by_labels.to(at::kFloat), by_teacher.to(at::kFloat), shares)
      .clamp_min(least_probability)
      .log();
}
}  // namespace

nn::Network dual_headed(std::shared_ptr<const nn::Network> base) {
  if (base->dense)
    user_error("dual_head({}): that network names classes of pixels; one for whole pictures would be right",
               base->name);
  auto network = *base;
  network.name = "dual_head(" + base->name + ")";
  network.teacher_head = "teacher_head";
  network.forward = [base = std::move(base)](const nn::Scope& scope, const at::Tensor& x) {
    nn::Taps pooled({base->pooled});
    const auto by_labels = base->forward(scope.heard_by(pooled), x);
    const auto by_teacher =
        nn::linear(scope / "teacher_head", pooled.at(base->pooled), {.out_features = base->classes});
    return log_mixture(by_labels, by_teacher, scope.buffer("mixture", {2}, nn::Initialiser::constant(0.5)));
  };
  return network;
}

void choose_mixture(const nn::Network& network, nn::Weights& weights, data::Loader& held_out, run::Recorder& recorder) {
  const at::NoGradGuard no_grad;
  held_out.seek({});
  std::vector<at::Tensor> by_labels, by_teacher, labels;
  for (int64_t number = 0; number < held_out.batches_per_epoch(); ++number) {
    const auto batch = held_out.next();
    nn::Taps heads({network.classifier, network.teacher_head});
    nn::GivenSource source(weights);
    network.forward(nn::Scope(source, &heads), batch.image());
    by_labels.push_back(heads.at(network.classifier));
    by_teacher.push_back(heads.at(network.teacher_head));
    labels.push_back(batch.target());
  }
  const auto best = losses::search_dho_mixture(at::cat(by_labels), at::cat(by_teacher), at::cat(labels));
  weights.buffers.at("mixture").copy_(at::tensor({best.mixture.alpha, best.mixture.beta}, at::kFloat));
  recorder.scalar("eval/mixture_alpha", best.mixture.alpha);
  recorder.scalar("eval/mixture_beta", best.mixture.beta);
  recorder.scalar("eval/held_out_top1", best.accuracy / 100);
}

}  // namespace retort::model
