#include "losses/distillation/text_teacher.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor text_prototypes(const at::Tensor& embeddings) {
  require_shapes("text prototypes", {{"embeddings", embeddings, "[C,T,d]"}});
  return unit_or_zero(unit_or_zero(embeddings).mean(1)).t();
}

at::Tensor tip_adapter_logits(const at::Tensor& features, const at::Tensor& text_weights, const at::Tensor& cache_keys,
                              const at::Tensor& cache_values, const TipAdapterOptions& options) {
  require_shapes("tip-adapter", {{"features", features, "[B,d]"},
                                 {"text weights", text_weights, "[d,C]"},
                                 {"cache keys", cache_keys, "[M,d]"},
                                 {"cache values", cache_values, "[M,C]"}});
  constexpr double logit_scale = 100;
  const at::Tensor likeness = (-options.beta * (1 - at::matmul(features, cache_keys.t()))).exp();
  return logit_scale * at::matmul(features, text_weights) + options.alpha * at::matmul(likeness, cache_values);
}

}  // namespace retort::losses

namespace retort {

void register_text_teacher(Registries& registries) {
  registries.parity.add(
      "model.dho.text_prototypes",
      {.summary = "one unit vector a class from the embeddings of its prompts",
       .source = "erjui/DHO @846de75, train_others.py clip_classifier",
       .inputs = {{"embeddings", "[C,T,d]"}},
       .outputs = {{"value", "[d,C]"}},
       .run = [](run::ParityCall& call) { call.output("value", losses::text_prototypes(call.input("embeddings"))); }});
  registries.parity.add(
      "model.dho.tip_adapter_logits",
      {.summary = "likeness to texts and to a few labelled images",
       .source = "erjui/DHO @846de75, train_others.py get_teacher_predictions",
       .inputs = {{"features", "[B,d]"}, {"text_weights", "[d,C]"}, {"cache_keys", "[M,d]"}, {"cache_values", "[M,C]"}},
       .options = {"alpha", "beta"},
       .outputs = {{"value", "[B,C]"}},
       .run = [](run::ParityCall& call) {
         losses::TipAdapterOptions options;
         options.alpha = call.number("alpha", options.alpha);
         options.beta = call.number("beta", options.beta);
         call.output("value",
                     losses::tip_adapter_logits(call.input("features"), call.input("text_weights"),
                                                call.input("cache_keys"), call.input("cache_values"), options));
       }});
}

}  // namespace retort
