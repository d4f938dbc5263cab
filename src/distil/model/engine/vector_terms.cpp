#include <ATen/ATen.h>

#include "distil/model/engine/term_builders.h"
#include "losses/distillation/adapters.h"
#include "losses/distillation/cc.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/pad.h"
#include "losses/distillation/pkt.h"
#include "losses/distillation/rkd.h"
#include "losses/distillation/srd.h"
#include "nn/layers.h"

namespace retort::model {

namespace {
using VectorLoss =
    std::function<at::Tensor(const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher)>;

/// A term over one vector a sample of each network, those that the classifiers see unless the recipe names others. The
/// modules of further pairs stand below their number.
LossTerm vector_term(const TermContext& context, const char* name, double weight, const TapOptions& taps,
                     VectorLoss loss) {
  return tapped_term(
      tap_pairs(context, name, taps, pooled_tap), weight,
      [loss = std::move(loss)](const TermInputs&, const nn::Scope& scope, const Maps& student, const Maps& teacher) {
        return losses::sum_over_stages(student, teacher, [&](const auto& s, const auto& t, size_t pair) {
          return loss(pair == 0 ? scope : scope / std::to_string(pair), s, t);
        });
      });
}

at::Tensor pad_value(const PadTerm& o, const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
  const bool projects = student.dim() == 2 && teacher.dim() == 2 && student.size(1) != teacher.size(1);
  const auto embedding =
      projects ? nn::linear(scope / "projector", student, {.out_features = teacher.size(1)}) : student;
  if (!o.variance) return losses::mean_squared_difference(embedding, teacher);
  return losses::pad_loss(embedding, teacher, losses::log_variance_branch(scope / "log_variance", embedding),
                          {.eps = o.epsilon});
}
}  // namespace

void add_vector_terms(const TermContext& context) {
  const auto& options = context.options;
  auto& terms = context.terms;
  if (options.pkt.weight > 0)
    terms.push_back(vector_term(context, "pkt", options.pkt.weight, options.pkt.taps,
                                [](const nn::Scope&, const at::Tensor& student, const at::Tensor& teacher) {
                                  return losses::pkt_loss(student, teacher);
                                }));
  if (options.rkd.weight > 0)
    terms.push_back(
        vector_term(context, "rkd", options.rkd.weight, options.rkd.taps,
                    [o = options.rkd](const nn::Scope&, const at::Tensor& student, const at::Tensor& teacher) {
                      return losses::rkd_loss(student, teacher,
                                              {.distance_weight = o.distance_weight, .angle_weight = o.angle_weight});
                    }));
  if (options.cc.weight > 0)
    terms.push_back(vector_term(
        context, "cc", options.cc.weight, options.cc.taps,
        [width = options.cc.dimensions](const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
          return losses::cc_loss(nn::linear(scope / "student_embedding", student, {.out_features = width}),
                                 nn::linear(scope / "teacher_embedding", teacher, {.out_features = width}));
        }));
  if (options.pad.weight > 0)
    terms.push_back(
        vector_term(context, "pad", options.pad.weight, options.pad.taps,
                    [o = options.pad](const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
                      return pad_value(o, scope, student, teacher);
                    }));
  if (options.srd.weight > 0)
    terms.push_back(vector_term(context, "srd", options.srd.weight, options.srd.taps,
                                [](const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
                                  return losses::srd_feature_loss(scope, student, teacher).loss;
                                }));
}

}  // namespace retort::model
