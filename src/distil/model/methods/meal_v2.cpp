// MEAL V2: a trained student goes on with the soft labels of an ensemble (sheet meal-v2).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {

void adapt_to_meal_v2(ModelOptions& o) {
  o.data.batch_size = 512;
  o.teacher.mix = TeacherMix::probabilities;
  o.loss.ce.weight = 0;
  o.loss.meal_v2.weight = 1;
  o.train.epochs = 180;
  o.train.optimiser = sgd(0.01, 0);
  o.train.schedule = falling_at({101});
}

const std::vector<ModelMethod>& meal_v2_methods() {
  static const std::vector<ModelMethod> methods = {
      {.name = "meal-v2",
       .paper = "MEAL V2: Boosting Vanilla ResNet-50 to 80%+ Top-1 Accuracy on ImageNet without Tricks (2020)",
       .summary = "a trained student, soft labels of several teachers, a discriminator; no labels, no decay",
       .adapt = adapt_to_meal_v2,
       .equation = "L = - mean_b sum_c q log softmax(S) + BCE(D([S; t]), [(1,0); (0,1)])\n"
                   "q = mean_k softmax(T_k), t = mean_k T_k\n"
                   "D = 1x1 convolutions C -> C/8 -> C/64 -> 2, a ReLU after each; one optimiser for student and D",
       .sources = "Shen and Savvides 2020, section 3\n"
                  "szq0214/MEAL-V2 @59e6bca: loss.py, discriminator.py, teacher_wrapper.py, train.py\n"
                  "hidden layers at least 8 wide: ours, for few classes"}};
  return methods;
}

}  // namespace

}  // namespace retort::model

namespace retort {

void register_meal_v2_method(Registries& registries) { model::add_model_methods(registries, model::meal_v2_methods()); }

}  // namespace retort
