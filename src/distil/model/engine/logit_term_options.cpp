#include "distil/model/engine/logit_term_options.h"

#include "distil/model/engine/term_fields.h"

namespace retort::model {

namespace {
void warm_up_from_zero_field(OptionVisitor& v, double& epochs) {
  v("warm_up_epochs", epochs,
    "the factor grows from 0, in the first epoch, to its full size behind so many; 0: full at once", {.min = 0});
}
}  // namespace

void fields(OptionVisitor& v, CrossEntropyTerm& o) {
  weight_field(v, o.weight);
  v("label_smoothing", o.label_smoothing, "share of the target that is spread over all classes", {.min = 0, .max = 1});
}

void fields(OptionVisitor& v, KdTerm& o) {
  weight_field(v, o.weight);
  temperature_field(v, o.temperature);
  v("standardise", o.standardise,
    "logits of mean 0 and deviation 1 over the classes before they are softened (Sun et al. 2024)");
  warm_up_from_zero_field(v, o.warm_up_epochs);
}

void fields(OptionVisitor& v, DkdTerm& o) {
  weight_field(v, o.weight);
  v("alpha", o.alpha, "weight of the target-class term", {.min = 0});
  v("beta", o.beta, "weight of the term between the other classes", {.min = 0});
  temperature_field(v, o.temperature);
  warm_up_field(v, o.warm_up_epochs);
}

void fields(OptionVisitor& v, DistTerm& o) {
  weight_field(v, o.weight);
  v("beta", o.beta, "weight of the term between classes", {.min = 0});
  v("gamma", o.gamma, "weight of the term within a class over the batch", {.min = 0});
  temperature_field(v, o.temperature);
  warm_up_from_zero_field(v, o.warm_up_epochs);
}

void fields(OptionVisitor& v, SkdTerm& o) {
  weight_field(v, o.weight);
  v("instance_weight", o.instance_weight, "of the divergence of each sample", {.min = 0});
  v("direction_weight", o.direction_weight, "of the cosines between samples", {.min = 0});
  temperature_field(v, o.temperature);
  v("tikhonov", o.tikhonov, "added to the diagonal of the covariance", {.min = 1e-6});
}

void fields(OptionVisitor& v, SoftLabelTerm& o) {
  weight_field(v, o.weight);
  v("temperature", o.temperature, "softens the student's distribution alone", {.min = least_temperature});
}

void fields(OptionVisitor& v, MealTerm& o) {
  weight_field(v, o.weight);
  v("discriminator_weight", o.discriminator_weight, "of the discriminator, beside 1 for the soft labels", {.min = 0});
  v("judged", o.judged, "what the discriminator sees: logits, or probabilities, as with stored soft labels");
  v("reduction", o.reduction, "each hidden layer is as wide as the one before over this", {.min = 1, .max = 1e6});
  v("least_width", o.least_width, "but at least so wide: a single unit is dead more often than not",
    {.min = 1, .max = 1e6});
}

void fields(OptionVisitor& v, SsldTerm& o) {
  weight_field(v, o.weight);
  v("form", o.form,
    "symmetric_kl: as released; js: with the mean of both distributions; kl: from the teacher's; ce: cross-entropy "
    "with the teacher's");
  v("epsilon", o.epsilon, "within the logarithms of symmetric_kl; 0: exact", {.min = 0, .max = 0.1});
}

}  // namespace retort::model
