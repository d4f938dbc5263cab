#include "losses/distillation/nst.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"

namespace retort::losses {

namespace {

// Below this length a channel map counts as zero, as in unit_or_zero().
constexpr double smallest_squared_length = 1e-24;

/// [B,C,H,W] -> [B,P,C]: a view, and one whose gradient keeps the layout of maps with their channels together.
at::Tensor places_of(const at::Tensor& map) { return map.permute({0, 2, 3, 1}).flatten(1, 2); }

/// [B,P,C] and [B,P,D] -> [B,C,D]: products of channel maps. Its own backward, since the general one would give the
/// gradient with channels and places exchanged, to be turned around for the convolution below.
class ChannelProducts : public torch::autograd::Function<ChannelProducts> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& first, const at::Tensor& second) {
    ctx->save_for_backward({first, second});
    return at::bmm(first.transpose(1, 2), second);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto kept = ctx->get_saved_variables();
    const auto& products = gradients[0];
    return {ctx->needs_input_grad(0) ? at::bmm(kept[1], products.transpose(1, 2)) : at::Tensor(),
            ctx->needs_input_grad(1) ? at::bmm(kept[0], products) : at::Tensor()};
  }
};

/// The same of maps with themselves: one product in the backward pass in place of two and their sum.
class OwnChannelProducts : public torch::autograd::Function<OwnChannelProducts> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& maps) {
    ctx->save_for_backward({maps});
    return at::bmm(maps.transpose(1, 2), maps);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    return {at::bmm(ctx->get_saved_variables()[0], gradients[0] + gradients[0].transpose(1, 2))};
  }
};

/// Products of a side's channel maps [B,C,C] -> one over their lengths [B,C]; 0 for maps of zeros.
at::Tensor inverse_lengths(const at::Tensor& products) {
  const at::Tensor squares = products.diagonal(0, 1, 2), is_zero = squares.le(smallest_squared_length);
  return squares.masked_fill(is_zero, 1).rsqrt().masked_fill(is_zero, 0);
}

/// Mean over all pairs of channels of (a . b)^2 for maps of unit length. Lengths are taken off the C x D products and
/// not off the maps, which are larger by orders of magnitude.
at::Tensor mean_polynomial_kernel(const at::Tensor& products, const at::Tensor& first_inverse,
                                  const at::Tensor& second_inverse) {
  return (products * first_inverse.unsqueeze(2) * second_inverse.unsqueeze(1)).square().mean();
}

at::Tensor nst_of_stage(const at::Tensor& student, const at::Tensor& teacher) {
  const at::Tensor s = places_of(student), t = places_of(teacher);
  const at::Tensor of_student = OwnChannelProducts::apply(s), of_teacher = OwnChannelProducts::apply(t);
  const at::Tensor student_inverse = inverse_lengths(of_student), teacher_inverse = inverse_lengths(of_teacher);
  return mean_polynomial_kernel(of_teacher, teacher_inverse, teacher_inverse).detach() +
         mean_polynomial_kernel(of_student, student_inverse, student_inverse) -
         2 * mean_polynomial_kernel(ChannelProducts::apply(s, t), student_inverse, teacher_inverse);
}

}  // namespace

at::Tensor nst_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features) {
  require_stages("nst", student_features, "[B,C,H,W]", teacher_features, "[B,D,h,w]");
  return sum_over_stages(student_features, teacher_features, [](const auto& student, const auto& teacher, size_t) {
    const auto [ours, theirs] = averaged_to_smaller(student, teacher);
    return nst_of_stage(ours, theirs);
  });
}

}  // namespace retort::losses

namespace retort {

void register_nst(Registries& registries) {
  registries.parity.add(
      "model.nst.loss",
      losses::parity_of_stages({.summary = "distributions of channel maps, by a polynomial kernel",
                                .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/NST.py nst_loss",
                                .loss = [](const auto&, const auto& students, const auto& teachers) {
                                  return losses::nst_loss(students, teachers);
                                }}));
}

}  // namespace retort
