// DHO (Kang et al. 2025): two heads on one feature, one for few labels, one for a vision-language teacher.
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {
/// The authors' settings for small data sets.
void adapt_to_dho(ModelOptions& o) {
  o.loss.ce.weight = 0;
  o.loss.dho.weight = 1;
  o.student.network = "dual_head(resnet18)";
  o.data.batch_size = 64;
  o.train.epochs = 200;
  o.train.optimiser = adamw(1e-3, 0.01);
  o.train.schedule = polynomial(1, 20);
}

const std::vector<ModelMethod>& dho_methods() {
  static const std::vector<ModelMethod> methods = {
      {"dho",
       "Simple Semi-supervised Knowledge Distillation from Vision-Language Models via Dual-Head Optimization (2025)",
       "few labels for one head, a vision-language teacher for another", adapt_to_dho,
       "L = 0.5 CE(h_label(x_l), y) + 0.5 [KD(h_teacher(x_l), t_l) + KD(h_teacher(x_u), t_u)]\n"
       "KD = tau^2 KL(softmax(t / tau) || softmax(h / tau)), t = 100 v W: unit embedding v, class texts W\n"
       "at test time p = alpha softmax(h_label) + (1 - alpha) softmax(h_teacher / beta)",
       "paper, section 3; erjui/DHO @846de75, train_others.py; defaults: its recipe for small data sets"},
  };
  return methods;
}
}  // namespace

}  // namespace retort::model

namespace retort {

void register_dho_method(Registries& registries) { model::add_model_methods(registries, model::dho_methods()); }

}  // namespace retort
