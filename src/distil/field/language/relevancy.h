// How much of a direction (a word, a picture, a class) lies in a feature map or in each splat.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace retort::field {

/// Cosine between each feature [...,C] and a direction [C], in [-1, 1]; 0 for features of length 0. -> [...]
at::Tensor cosine_to(const at::Tensor& features, const at::Tensor& direction);

/// Cosines with each of K directions [K,C]; features [...,C] -> [...,K].
at::Tensor cosines_to(const at::Tensor& features, const at::Tensor& directions);

/// Which of K directions [K,C] is nearest by cosine to each feature [...,C]; int64 [...].
at::Tensor nearest_direction(const at::Tensor& features, const at::Tensor& directions);

/// What is made of the cosines with what is asked for and with what it is held against.
///   cosine     the first cosine alone
///   softmax    share of the first: exp(t c_0) / sum_k exp(t c_k); t = 1 in Feature 3DGS
///   relevancy  against the hardest negative: min over k > 0 of exp(t c_0) / (exp(t c_0) + exp(t c_k)); t = 10 in LERF
///              (Kerr et al., ICCV 2023), 1 in SPINE
enum class RelevancyForm { cosine, softmax, relevancy };

/// "cosine", "softmax", "relevancy". UserError for other names.
RelevancyForm relevancy_form_named(const std::string& name);

struct Relevancy {
  RelevancyForm form = RelevancyForm::cosine;
  double temperature = 1;  ///< t above, > 0; of no use to cosines
};

/// Cosines [...,K], the one asked for first -> [...]. UserError when a form that compares is given nothing to compare
/// with (K = 1), and for a temperature that is not positive.
at::Tensor relevancy_of_cosines(const at::Tensor& cosines, const Relevancy& relevancy);

/// Directions [K,C] of any length, the one asked for first -> [K-1,C] float32: the others' unit directions less its
/// own. A feature of length 1 multiplied with them gives how far the others' cosines are above the first, and that is
/// all that forms which compare depend on.
at::Tensor compared_directions(const at::Tensor& directions);

/// UserError as above.
void check_relevancy(const Relevancy& relevancy, int64_t directions);

/// Relevancy for people: cosines stretched so that the picture's mean gives 0 and its highest 1, lower ones 0.
/// -> shape of `cosine`
at::Tensor stretched_relevancy(const at::Tensor& cosine);

}  // namespace retort::field
