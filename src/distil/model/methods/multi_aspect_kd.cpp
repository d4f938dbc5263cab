// Answers of a language model to questions about the pictures (sheet multi-aspect-kd, sections 2 and 3).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {
/// The authors' configuration for OxfordPets.
void adapt_to_aspects(ModelOptions& o) {
  o.loss.aspects.weight = 4;
  o.data.batch_size = 16;
  o.train.optimiser = sgd(0.01, 1e-4);
}

const std::vector<ModelMethod>& aspect_methods() {
  static const std::vector<ModelMethod> methods = {
      {"multi-aspect-kd", "Multi-aspect Knowledge Distillation with Large Language Model (2025)",
       "yes-or-no questions that a language model answered about each picture", adapt_to_aspects,
       "q = softmax([l_yes, l_no])_yes of the first answered token, for each picture and question, once\n"
       "s: the first C outputs, a: the Q behind them, cut off after training\n"
       "L = CE(s, y) + weight mean_{b,i} BCE(a_bi, q_bi)",
       "taegyeong-lee/Multi-aspect-Knowledge-Distillation @b63df17, mdistiller/distillers/MaKD.py;\n"
       "defaults: its configuration for OxfordPets (batch 16, rate 0.01, decay 1e-4, 240 epochs)."}};
  return methods;
}
}  // namespace

}  // namespace retort::model

namespace retort {

// The loss itself, for parity, has the name register_multi_aspect_kd.
void register_multi_aspect_kd_method(Registries& registries) {
  model::add_model_methods(registries, model::aspect_methods());
}

}  // namespace retort
