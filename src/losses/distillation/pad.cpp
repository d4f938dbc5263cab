#include "losses/distillation/pad.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor pad_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                    const at::Tensor& log_variance, const PadOptions& options) {
  require_shapes("pad", {{"student embedding", student_embedding, "[B,D]"},
                         {"teacher embedding", teacher_embedding, "[B,D]"},
                         {"log-variance", log_variance, "[B,D]"}});
  const at::Tensor squares = (teacher_embedding - student_embedding).square();
  return (squares / (options.eps + log_variance.exp()) + log_variance).mean();
}

}  // namespace retort::losses

namespace retort {

void register_pad(Registries& registries) {
  registries.parity.add(
      "model.pad.loss",
      {.summary = "squared difference over a predicted variance",
       .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py PADL2Loss",
       .inputs = {{"student_embedding", "[B,D]"}, {"teacher_embedding", "[B,D]"}, {"log_variance", "[B,D]"}},
       .options = {"eps"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         losses::PadOptions options;
         options.eps = call.number("eps", options.eps);
         call.output("value", losses::pad_loss(call.input("student_embedding"), call.input("teacher_embedding"),
                                               call.input("log_variance"), options));
       }});
}

}  // namespace retort
