#include "distil/model/engine/output_term_options.h"

#include "distil/model/engine/term_fields.h"

namespace retort::model {

void fields(OptionVisitor& v, PldTerm& o) {
  weight_field(v, o.weight);
  v("temperature", o.temperature, "softens the teacher's probabilities, which the ranks weigh by",
    {.min = least_temperature});
  v("ranks", o.ranks,
    "what a rank weighs: teacher: its class's probability (PLD); uniform: the same (ListMLE); position: less and less "
    "(position-aware ListMLE); first: the first alone (cross-entropy)");
}

void fields(OptionVisitor& v, LelpTerm& o) {
  weight_field(v, o.weight);
  temperature_field(v, o.temperature);
  v("beta", o.beta, "temperature between a class's outputs; large: an even split, which is KD",
    {.min = least_temperature});
  v("alpha", o.alpha, "share of the labels' cross-entropy", {.min = 0, .max = 1});
  v("null_space", o.null_space, "first take out of the embeddings what the logits already tell");
  v("rotation", o.rotation, "turn the directions at random, so that none owns the split");
  v("split", o.split,
    "principal: along the directions in which a class's embeddings differ most; to compare with: random: along any; "
    "kmeans, agglomerative: wholly for the nearest cluster; teacher: the outputs of a teacher that has as many; "
    "hidden: "
    "the classes that data.merge_classes made one");
  v("tap", o.tap, "path of the teacher's layer; empty: the vector that the classifier sees");
}

void fields(OptionVisitor& v, SubclassContrastTerm& o) {
  weight_field(v, o.weight);
  v("temperature", o.temperature, "of the likeness between samples; low: only near ones count",
    {.min = least_temperature});
}

void fields(OptionVisitor& v, AspectsTerm& o) { weight_field(v, o.weight); }

}  // namespace retort::model
