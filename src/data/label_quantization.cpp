#include "data/label_quantization.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "core/registries.h"
#include "core/text.h"
#include "data/mixing.h"
#include "io/array.h"
#include "run/parity.h"

namespace retort::data {

namespace {

bool renormalises(SoftLabelForm form) {
  return form == SoftLabelForm::marginal_renorm || form == SoftLabelForm::marginal_renorm_k5;
}

const char* stored_shape(SoftLabelForm form) {
  if (form == SoftLabelForm::hard) return "[B]";
  return form == SoftLabelForm::smoothing ? "[B,2]" : "[B,2,k]";
}

/// Stored labels that are not hard, as [B,2,k].
at::Tensor as_pairs(const at::Tensor& stored, SoftLabelForm form, int64_t classes) {
  const bool single = form == SoftLabelForm::smoothing;
  if (!stored.is_floating_point() || stored.dim() != (single ? 2 : 3) || stored.size(1) != 2) {
    user_error("soft labels: stored {}; they should be {} of floating numbers", io::shape_text(stored.sizes().vec()),
               stored_shape(form));
  }
  const at::Tensor pairs = single ? stored.unsqueeze(2) : stored;
  if (pairs.size(2) < 1 || pairs.size(2) > classes) {
    user_error("soft labels: {} stored classes of {}", pairs.size(2), classes);
  }
  return pairs;
}

void require_classes(const at::Tensor& indices, int64_t classes) {
  if (indices.numel() == 0) return;
  // Negated, so that NaN is refused as well.
  if (!(indices.ge(0).logical_and(indices.le(classes - 1)).logical_and(indices.eq(indices.round())))
           .all()
           .item<bool>()) {
    user_error("soft labels: a stored index is no class in [0, {})", classes);
  }
}

}  // namespace

int64_t stored_classes(SoftLabelForm form) {
  switch (form) {
    case SoftLabelForm::hard:
    case SoftLabelForm::smoothing:
      return 1;
    case SoftLabelForm::marginal_smoothing_k10:
      return 10;
    case SoftLabelForm::marginal_smoothing_k5:
    case SoftLabelForm::marginal_renorm_k5:
    case SoftLabelForm::marginal_renorm:
      break;
  }
  return 5;
}

at::Tensor quantized_labels(const at::Tensor& probabilities, SoftLabelForm form) {
  const int64_t kept = stored_classes(form);
  if (probabilities.dim() != 2 || probabilities.size(1) < kept) {
    user_error("soft labels: probabilities {}; they should be [M,C] of at least {} classes",
               io::shape_text(probabilities.sizes().vec()), kept);
  }
  const at::Tensor classes = at::argsort(probabilities, /*stable=*/true, 1, /*descending=*/true).narrow(1, 0, kept);
  if (form == SoftLabelForm::hard) return classes.squeeze(1);
  const at::Tensor pairs = at::stack({classes.to(probabilities.scalar_type()), probabilities.gather(1, classes)}, 1);
  return form == SoftLabelForm::smoothing ? pairs.squeeze(2) : pairs;
}

at::Tensor recovered_labels(const at::Tensor& stored, SoftLabelForm form, int64_t classes) {
  if (form == SoftLabelForm::hard) {
    if (stored.dim() != 1 || stored.scalar_type() != at::kLong) {
      user_error("soft labels: stored {}; hard ones should be [B] of int64", io::shape_text(stored.sizes().vec()));
    }
    require_classes(stored.to(at::kDouble), classes);
    return at::one_hot(stored, classes).to(at::kFloat);
  }
  const at::Tensor pairs = as_pairs(stored, form, classes);
  require_classes(pairs.select(1, 0), classes);
  const at::Tensor indices = pairs.select(1, 0).to(at::kLong);
  at::Tensor values = pairs.select(1, 1);
  const at::Tensor sum = values.sum(1, true);
  const int64_t others = classes - pairs.size(2);
  if (renormalises(form)) {
    return at::zeros({values.size(0), classes}, values.options()).scatter(1, indices, values / sum.clamp_min(1e-12));
  }
  values = values / sum.clamp_min(1);
  const at::Tensor rest = (1 - sum).clamp_min(0) / static_cast<double>(std::max<int64_t>(1, others));
  return rest.expand({values.size(0), classes}).clone().scatter(1, indices, values);
}

at::Tensor mixed_labels(const at::Tensor& soft_labels, const at::Tensor& partner, double lambda) {
  return soft_labels * lambda + soft_labels.index_select(0, partner) * (1 - lambda);
}

namespace {

SoftLabelForm form_of(const run::ParityCall& call) {
  const auto word = call.text("type");
  const auto words = choices(SoftLabelForm{});
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) user_error("option 'type' is '{}'{}", word, did_you_mean(word, words));
  return static_cast<SoftLabelForm>(found - words.begin());
}

void mix_parity(run::ParityCall& call) {
  const at::Tensor images = call.input("images"), partner = call.input("permutation");
  double lambda = call.number("lam");
  at::Tensor mixed;
  if (call.text("mode") == "cutmix") {
    // The authors' x runs along the height.
    const int top = int(call.integer("x1")), left = int(call.integer("y1"));
    const Window window{top, left, int(call.integer("x2")) - top, int(call.integer("y2")) - left};
    mixed = cutmix_images(images, partner, window);
    lambda = 1 - double(window.height) * window.width / (double(images.size(2)) * double(images.size(3)));
  } else {
    mixed = mixup_images(images, partner, lambda);
  }
  call.output("images", mixed);
  call.output("labels", mixed_labels(call.input("soft_labels"), partner, lambda));
}

}  // namespace

}  // namespace retort::data

namespace retort {

void register_label_quantization(Registries& registries) {
  registries.parity.add("model.ferkd.quantize",
                        {.summary = "probabilities stored as their largest ones",
                         .source = "szq0214/FKD @afd5294, FKD/FKD_SLG/generate_soft_label.py label_quantization",
                         .inputs = {{"probabilities", "[M,C]"}},
                         .options = {"type"},
                         .outputs = {{"value", "[M,...]", "any"}},
                         .run = [](run::ParityCall& call) {
                           call.output("value",
                                       data::quantized_labels(call.input("probabilities"), data::form_of(call)));
                         }});
  registries.parity.add("model.ferkd.recover",
                        {.summary = "probabilities from what was stored of them",
                         .source = "szq0214/FKD @afd5294, FKD/utils_FKD.py Recover_soft_label",
                         .inputs = {{"label", "[B,...]", "any"}},
                         .options = {"type", "classes"},
                         .outputs = {{"value", "[B,C]"}},
                         .run = [](run::ParityCall& call) {
                           call.output("value", data::recovered_labels(call.input("label"), data::form_of(call),
                                                                       call.integer("classes")));
                         }});
  registries.parity.add("model.ferkd.mix",
                        {.summary = "pictures and soft labels of a batch mixed, by mixup or CutMix",
                         .source = "szq0214/FKD @afd5294, FKD/utils_FKD.py mixup_cutmix",
                         .inputs = {{"images", "[B,3,H,W]"}, {"soft_labels", "[B,C]"}, {"permutation", "[B]", "i64"}},
                         .options = {"mode", "lam", "x1", "y1", "x2", "y2"},
                         .outputs = {{"images", "[B,3,H,W]"}, {"labels", "[B,C]"}},
                         .run = data::mix_parity});
}

}  // namespace retort
