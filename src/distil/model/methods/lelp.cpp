// Classes split by the teacher's embeddings (sheet lelp, sections 2 and 3).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"

namespace retort::model {

namespace {
/// Distillation alone, five outputs a class.
void adapt_to_lelp(ModelOptions& o) {
  o.loss.ce.weight = 0;
  o.loss.lelp.weight = 1;
  o.student.network = "resnet20/5";
}

const std::vector<ModelMethod>& lelp_methods() {
  static const std::vector<ModelMethod> methods = {
      {"lelp", "Linear Projections of Teacher Embeddings for Few-Class Distillation (2024)",
       "several outputs a class, by where the teacher's embedding lies", adapt_to_lelp,
       "once, over the training set: h' = P h, P the projection beside the classifier's rows;\n"
       "u_cs: the S leading principal directions of h' in class c, turned at random\n"
       "a_cs = <u_cs, h' - mean_c> / scale_c, scale_c the root of their mean variance\n"
       "t_cs = softmax(z / temperature)_c softmax_s(a_c / beta)\n"
       "L = alpha CE(y, sum_s p_cs) - (1 - alpha) temperature^2 sum t log softmax(v / temperature)",
       "derived from the paper (no authors' code found); alpha 0 as in all its experiments;\n"
       "S, beta and temperature are searched on a validation split there: 5, 1 and 1 are starts of ours."}};
  return methods;
}
}  // namespace

}  // namespace retort::model

namespace retort {

// The loss itself, for parity, has the name register_lelp.
void register_lelp_method(Registries& registries) { model::add_model_methods(registries, model::lelp_methods()); }

}  // namespace retort
