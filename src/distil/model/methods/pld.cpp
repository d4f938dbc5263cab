// The student chooses classes in its teacher's order (sheet pld, sections 2 and 3).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {
/// The paper's CIFAR-100 training: AdamW with a strong decay. The loss stands alone.
void adapt_to_pld(ModelOptions& o) {
  o.loss.ce.weight = 0;
  o.loss.pld.weight = 1;
  o.loss.pld.temperature = 4;
  o.train.epochs = 250;
  o.train.optimiser = adamw(1e-3, 0.5);
  o.train.schedule = cosine();
}

const std::vector<ModelMethod>& pld_methods() {
  static const std::vector<ModelMethod> methods = {
      {"pld", "PLD: A Choice-Theoretic List-Wise Knowledge Distillation (2025)",
       "the order in which the teacher would choose the classes", adapt_to_pld,
       "order pi: the label, then the other classes by falling teacher logit t\n"
       "q = softmax(t / temperature)\n"
       "L = mean_b sum_k q[pi_k] (logsumexp_{l >= k} s[pi_l] - s[pi_k])",
       "paper, appendix C (no authors' code found); defaults: its CIFAR-100 training.\n"
       "Of ImageNet: temperature 1, LAMB 5e-3, decay 0.02, 5 epochs of warm-up, 100 epochs."}};
  return methods;
}
}  // namespace

}  // namespace retort::model

namespace retort {

// The loss itself, for parity, has the name register_pld.
void register_pld_method(Registries& registries) { model::add_model_methods(registries, model::pld_methods()); }

}  // namespace retort
