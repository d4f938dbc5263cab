// ACAM-KD (Lan and Tian, ICCV 2025) for segmentation, with the sheet's training: 40,000 iterations of SGD with a
// polynomial rate (the settings of CIRKD, which the paper's tables follow). No code of the authors is known.
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {
void adapt_to_acam(ModelOptions& o) {
  o.loss.acam.weight = 1;
  o.student.network = "deeplab_resnet8";
  o.data.batch_size = 16;
  o.train.optimiser = sgd(0.02);
  o.train.schedule = polynomial(0.9);
}

const std::vector<ModelMethod>& acam_methods() {
  static const std::vector<ModelMethod> methods = {
      {"acam-kd", "ACAM-KD: Adaptive and Cooperative Attention Masking for Knowledge Distillation (ICCV 2025)",
       "where and in which channels to imitate is said by masks that teacher and student make together", adapt_to_acam,
       R"(F = softmax(Q K^T / sqrt(C/2)) V      Q from the teacher's map, K and V from the student's
Mc_m = sigmoid(m_c mean(F)), Ms_m = sigmoid(m_s F)      M learned units of each kind
L_s = mean_m |Ms_m (T - S)|^2 / (C sum Ms_m), L_c = mean_m |Mc_m (T - S)|^2 / (HW sum Mc_m)
L = CE + acam.weight (L_s + L_c + diversity_weight mean_{i != j} Dice(M_i, M_j)))",
       "derived from the paper; Dice and the division by the masks' sums as in hunto/MasKD, mmdetection/maskd.py"},
  };
  return methods;
}
}  // namespace

}  // namespace retort::model

namespace retort {

// losses/distillation/acam_kd.cpp registers its functions under the shorter name.
void register_acam_kd_method(Registries& registries) { model::add_model_methods(registries, model::acam_methods()); }

}  // namespace retort
