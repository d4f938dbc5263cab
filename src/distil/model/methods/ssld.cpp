// SSLD: soft outputs alone, on a training set and a pool without labels, then on the training set (sheet ssld).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {

/// Lengths and rates of ResNet50_vd.
void adapt_to_ssld(ModelOptions& o) {
  o.data.batch_size = 1024;
  o.teacher.mode = TeacherMode::train;
  o.loss.ce.weight = 0;
  o.loss.ssld.weight = 1;
  o.train.epochs = 60;
  o.train.optimiser = sgd(0.004, 7e-5);
  o.train.schedule = cosine();
  StageOptions distil;
  distil.loss.ssld.weight = 1;
  distil.epochs = 360;
  distil.optimiser = sgd(0.4, 7e-5);
  distil.schedule = cosine(5);
  distil.pool = true;
  o.before = {{"distil", distil}};
}

const std::vector<ModelMethod>& ssld_methods() {
  static const std::vector<ModelMethod> methods = {
      {.name = "ssld",
       .paper = "Beyond Self-Supervision: A Simple Yet Effective Network Distillation Alternative to Improve Backbones "
                "(2021)",
       .summary = "soft outputs both ways on labelled pictures and a pool, then on the former alone; no labels",
       .adapt = adapt_to_ssld,
       .equation = "L = (KL(q || p) + KL(p || q)) / 2, p = softmax(S), q = softmax(T)\n"
                   "stage distil: training set and pool (the surest pictures of each class); then the training set,\n"
                   "at a hundredth of the rate",
       .sources = "Cui et al. 2021, sections 3 and 4\n"
                  "PaddlePaddle/PaddleClas @d178931fc: ppcls/loss/dmlloss.py, configurations of SSLD"}};
  return methods;
}

}  // namespace

}  // namespace retort::model

namespace retort {

void register_ssld_method(Registries& registries) { model::add_model_methods(registries, model::ssld_methods()); }

}  // namespace retort
