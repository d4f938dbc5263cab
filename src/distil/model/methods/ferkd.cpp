// FKD and FerKD: training on stored soft labels of crops (sheet ferkd).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {

/// An epoch here shows each picture `crops` times: the papers' 300 epochs are 75 of four crops.
void learn_from_stored_crops(ModelOptions& o) {
  o.data.batch_size = 1024;
  o.data.crops = 4;
  o.loss.ce.weight = 0;
  o.loss.soft_labels.weight = 1;
  o.train.epochs = 75;
}

void adapt_to_fkd(ModelOptions& o) {
  learn_from_stored_crops(o);
  o.train.optimiser = sgd(0.1, 1e-4);
  o.train.schedule = cosine();
}

void adapt_to_ferkd(ModelOptions& o) {
  learn_from_stored_crops(o);
  o.teacher.adapt.low = 0.15;
  o.teacher.adapt.high_share = 0.05;
  o.data.mixing.cutmix_alpha = 1;
  o.data.mixing.same_picture = true;
  o.train.optimiser = adamw(0.002, 0.05);
  o.train.schedule = cosine(1.25, 0.005);
}

const std::vector<ModelMethod>& ferkd_methods() {
  static const std::vector<ModelMethod> methods = {
      {.name = "fkd",
       .paper = "A Fast Knowledge Distillation Framework for Visual Recognition (ECCV 2022)",
       .summary = "stored soft labels of several crops of each picture; no labels",
       .adapt = adapt_to_fkd,
       .equation = "L = - mean_b sum_c q log softmax(s), q as stored for the crop",
       .sources = "Shen and Xing 2022, section 3\n"
                  "szq0214/FKD @afd5294: FKD/train_FKD.py, FKD/utils_FKD.py"},
      {.name = "ferkd",
       .paper = "FerKD: Surgical Label Adaptation for Efficient Distillation (ICCV 2023)",
       .summary = "the same with unsure labels softened, easy crops left out, and crops of one picture mixed",
       .adapt = adapt_to_ferkd,
       .equation = "L = - mean_b sum_c y log softmax(s)\n"
                   "y = (1 - e) onehot(g) + e / C  where max_c q < low,  q elsewhere; surest crops are not drawn\n"
                   "SelfMix: x = CutMix of crops j, k of one picture, y = lambda y_j + (1 - lambda) y_k",
       .sources = "Shen 2023; its code is not public: thresholds, bands and partners are inferred\n"
                  "optimiser: FKD's setting for AdamW (inferred)"}};
  return methods;
}

}  // namespace

}  // namespace retort::model

namespace retort {

void register_ferkd_methods(Registries& registries) {
  model::add_model_methods(registries, model::ferkd_methods(), "docs/methods/ferkd.md");
}

}  // namespace retort
