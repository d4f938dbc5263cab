#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "distil/model/engine/term_builders.h"
#include "losses/distillation/pld.h"

namespace retort::model {

namespace {
/// Kendall's tau between the orders of classes of both networks: pairs in the same order less those in the other, over
/// all pairs. Ties count as neither.
std::map<std::string, double> pld_figures(const TermInputs& in) {
  const auto signs = [](const at::Tensor& logits) { return (logits.unsqueeze(2) - logits.unsqueeze(1)).sign(); };
  const int64_t classes = in.student.logits.size(1);
  double sum = 0;
  // One sample at a time: a thousand classes have a million pairs.
  for (int64_t row = 0; row < in.student.logits.size(0); ++row) {
    const auto student = signs(in.student.logits.slice(0, row, row + 1)),
               teacher = signs(in.teacher.logits.slice(0, row, row + 1));
    sum += (student * teacher).sum().item<double>();
  }
  const auto pairs = double(std::max<int64_t>(classes * (classes - 1), 1));
  return {{"kendall_tau", sum / pairs / double(in.student.logits.size(0))}};
}
}  // namespace

void add_pld_terms(const TermContext& context) {
  const auto& options = context.options.pld;
  if (options.weight <= 0) return;
  auto term = logit_term("pld", options.weight, [o = options](const TermInputs& in) {
    return losses::pld_loss(in.student.logits, in.teacher.logits, in.labels,
                            {.temperature = o.temperature, .weights = o.ranks});
  });
  term.needs_plain_labels = true;
  term.figures = [](const TermInputs& in, const nn::Scope&) { return pld_figures(in); };
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
