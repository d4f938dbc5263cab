// OFA-KD (Hao et al. 2023): branches of the student against the teacher's logits, whatever family it is of.
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {
/// The authors' settings for convolutional students on CIFAR-100.
void adapt_to_ofa(ModelOptions& o) {
  o.loss.ce.label_smoothing = 0.1;
  o.loss.ofa.weight = 1;
  o.train.epochs = 300;
  o.train.optimiser = sgd(0.05, 2e-3);
  o.train.optimiser.decay_vectors = false;
  o.train.schedule = cosine(3, 0.02);
}

const std::vector<ModelMethod>& ofa_methods() {
  static const std::vector<ModelMethod> methods = {
      {"ofa-kd", "One-for-All: Bridge the Gap Between Heterogeneous Architectures in Knowledge Distillation (2023)",
       "branches of every stage imitate the logits of a teacher of any family", adapt_to_ofa,
       "L = CE(z, y) + L_OFA(z) + sum_i L_OFA(z_i)   z_i: logits of the branch behind stage i\n"
       "L_OFA(z) = -mean_b sum_c [(q_c + m_c)^gamma - m_c] log softmax(z / tau)_c\n"
       "q = softmax(t / tau): the teacher; m: one-hot of the label",
       "paper, section 3; Hao840/OFAKD @f7bb896, distillers/ofa.py and distillers/utils.py; defaults: its CIFAR-100 "
       "recipe for convolutional students"},
  };
  return methods;
}
}  // namespace

}  // namespace retort::model

namespace retort {

void register_ofa_kd_method(Registries& registries) { model::add_model_methods(registries, model::ofa_methods()); }

}  // namespace retort
