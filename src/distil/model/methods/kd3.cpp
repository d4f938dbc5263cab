// KD3 (Tang et al. 2023): a student that ends in the teacher's classifier learns from pictures of elsewhere.
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {
/// The authors' settings for pictures of 32 pixels.
void adapt_to_kd3(ModelOptions& o) {
  o.loss.ce.weight = 0;
  o.loss.kd3.weight = 1;
  o.data.batch_size = 1024;
  o.student.network = "shared_classifier(resnet18_cifar,512)";
  o.train.foreign_pictures = true;
  o.train.selection.on = true;
  o.train.optimiser = sgd(0.05, 5e-4);
}

const std::vector<ModelMethod>& kd3_methods() {
  static const std::vector<ModelMethod> methods = {
      {"kd3", "Distribution Shift Matters for Knowledge Distillation with Webly Collected Images (2023)",
       "the teacher's classifier on a student taught with chosen pictures from elsewhere", adapt_to_kd3,
       "L = mean w (T(F_s) - F_t)^2 + 0.001 [NTX(e_s(f_s), e_s(f_s')) + NTX(e_t(f_t), e_t(f_t'))]\n"
       "w = sigmoid(|z_s - z_t|), z_s = W_t GAP(T(F_s)) + b_t; f': the picture with another's distribution\n"
       "each epoch only pictures with max softmax(a z_t + (1 - a) z_s) > 0.95 b_k / (2 - b_k),\n"
       "b_k = n_k / max n",
       "paper, section 3; tangjialiang97/KD3 @91e2d4c, KDDD/helper/loops.py, dataset/I32.py, models/util.py"},
  };
  return methods;
}
}  // namespace

}  // namespace retort::model

namespace retort {

void register_kd3_method(Registries& registries) { model::add_model_methods(registries, model::kd3_methods()); }

}  // namespace retort
