#include "distil/field/language/relevancy.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "core/errors.h"
#include "core/registries.h"
#include "core/text.h"
#include "metrics/unit_vectors.h"
#include "run/parity.h"

namespace retort::field {

namespace {
constexpr double smallest_length = 1e-8;
}  // namespace

at::Tensor cosine_to(const at::Tensor& features, const at::Tensor& direction) {
  RT_CHECK(direction.dim() == 1 && features.size(-1) == direction.size(0),
           "cosine: features of {} channels, direction [{}]", features.size(-1), fmt::join(direction.sizes(), ","));
  return at::matmul(metrics::unit_vectors(features), metrics::unit_vectors(direction));
}

at::Tensor cosines_to(const at::Tensor& features, const at::Tensor& directions) {
  RT_CHECK(directions.dim() == 2 && features.size(-1) == directions.size(1),
           "cosines: features of {} channels, directions [{}]", features.size(-1), fmt::join(directions.sizes(), ","));
  return at::matmul(metrics::unit_vectors(features), metrics::unit_vectors(directions).t());
}

at::Tensor nearest_direction(const at::Tensor& features, const at::Tensor& directions) {
  return cosines_to(features, directions).argmax(-1);
}

RelevancyForm relevancy_form_named(const std::string& name) {
  if (name == "cosine") return RelevancyForm::cosine;
  if (name == "softmax") return RelevancyForm::softmax;
  if (name == "relevancy") return RelevancyForm::relevancy;
  user_error("relevancy: '{}' is none of cosine, softmax, relevancy{}", name,
             did_you_mean(name, {"cosine", "softmax", "relevancy"}));
}

void check_relevancy(const Relevancy& relevancy, int64_t directions) {
  if (relevancy.form == RelevancyForm::cosine) return;
  if (directions < 2) user_error("relevancy: softmax and relevancy need at least one other word to be held against");
  if (!(relevancy.temperature > 0) || !std::isfinite(relevancy.temperature)) {
    user_error("relevancy: temperature {}; it must be above 0", relevancy.temperature);
  }
}

at::Tensor relevancy_of_cosines(const at::Tensor& cosines, const Relevancy& relevancy) {
  check_relevancy(relevancy, cosines.size(-1));
  const auto asked = cosines.select(-1, 0);
  if (relevancy.form == RelevancyForm::cosine) return asked;
  if (relevancy.form == RelevancyForm::softmax) return (cosines * relevancy.temperature).softmax(-1).select(-1, 0);
  // The pair with the largest negative is the one with the smallest share.
  const auto hardest = cosines.slice(-1, 1).amax(-1);
  return ((asked - hardest) * relevancy.temperature).sigmoid();
}

at::Tensor compared_directions(const at::Tensor& directions) {
  const auto units = metrics::unit_vectors(directions.to(at::kFloat));
  return units.slice(0, 1) - units.slice(0, 0, 1);
}

at::Tensor stretched_relevancy(const at::Tensor& cosine) {
  const auto low = cosine.mean(), high = cosine.max();
  return ((cosine - low) / (high - low).clamp_min(smallest_length)).clamp(0, 1);
}

}  // namespace retort::field

namespace retort {

void register_relevancy(Registries& registries) {
  registries.parity.add(
      "field.spine.relevancy",
      {.summary = "share of the positive against the hardest negative, without a temperature; and its cosine",
       .source = "irom-princeton/spine @d72b9a7, spine_gsplat/spine/spine.py get_semantic_outputs",
       .inputs = {{"features", "[H,W,C]"}, {"positive", "[Q,C]"}, {"negatives", "[K,C]"}},
       .outputs = {{"similarity", "[H,W,Q]"}, {"raw", "[H,W,Q]"}},
       .run = [](run::ParityCall& call) {
         const auto cosines =
             field::cosines_to(call.input("features"), at::cat({call.input("positive"), call.input("negatives")}));
         const field::Relevancy relevancy{.form = field::RelevancyForm::relevancy};
         call.output("similarity", field::relevancy_of_cosines(cosines, relevancy).unsqueeze(-1));
         call.output("raw", cosines.slice(-1, 0, 1));
       }});
}

}  // namespace retort
