// Embeddings that follow their teacher's in direction and length, beside KD (sheet nd-loss, sections 2 and 3).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {
/// KD++ as published for ResNet-56 and ResNet-20.
void adapt_to_nd(ModelOptions& o) {
  o.loss.kd = {.weight = 1, .temperature = 4, .warm_up_epochs = 20};
  o.loss.nd.weight = 2;
  o.train.optimiser = sgd(0.1);
  o.train.optimiser.nesterov = true;
}

const std::vector<ModelMethod>& nd_methods() {
  static const std::vector<ModelMethod> methods = {
      {"nd-loss", "Improving Knowledge Distillation via Regularizing Feature Norm and Direction (2023)",
       "embeddings along the teacher's mean of their class, and longer", adapt_to_nd,
       "e_k = c_k / |c_k|, c_k the mean of the teacher's embeddings of class k over the training set\n"
       "L_nd = mean_b (1 - <s_b, e_y> / max(|s_b|, |t_b|))\n"
       "L = CE + min(1, epoch / W) w_kd KL temperature^2 + w_nd L_nd, epoch from 0, W = 20",
       "paper, equation 7; WangYZ1608/Knowledge-Distillation-via-ND @fc6f3f9, CIFAR/utils.py DirectNormLoss,\n"
       "CIFAR/emb_fea_distribution.py (class means, there rounded to 4 decimals).\n"
       "Defaults: KD++ for ResNet-56 and ResNet-20 on CIFAR-100."}};
  return methods;
}
}  // namespace

}  // namespace retort::model

namespace retort {

// The loss itself, for parity, has the name register_nd_loss.
void register_nd_loss_method(Registries& registries) { model::add_model_methods(registries, model::nd_methods()); }

}  // namespace retort
