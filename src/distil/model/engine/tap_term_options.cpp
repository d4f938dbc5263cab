#include "distil/model/engine/tap_term_options.h"

#include <algorithm>

#include "distil/model/engine/term_fields.h"

namespace retort::model {

namespace {
constexpr const char* stages_help = "what is compared; empty: the stages behind the stem, in pairs";
constexpr const char* last_stage_help = "what is compared; empty: the last stage";
constexpr const char* pooled_help = "what is compared; empty: the vectors that the classifiers see";
constexpr const char* pre_activation_help = "what is compared; empty: the stages before their activation";

void factor_rate_field(OptionVisitor& v, double& rate) {
  v("rate", rate, "width of a factor over that of the teacher's map; the same in both stages", {.min = 1e-3, .max = 1});
}

void embedding_field(OptionVisitor& v, int64_t& dimensions) {
  v("dimensions", dimensions, "of the embeddings", {.min = 1, .max = 4096});
}
}  // namespace

void TapOptions::check(Problems& problems) const {
  problems.require(student.empty() || teacher.empty() || student.size() == teacher.size(), "teacher",
                   "names another number of activations than 'student'; they are compared in pairs");
}

void fields(OptionVisitor& v, TapOptions& o) {
  v("student", o.student, "paths of the student's layers: their output, with .input their input");
  v("teacher", o.teacher, "paths of the teacher's layers, in the same order");
}

void fields(OptionVisitor& v, DistPlusTerm& o) {
  weight_field(v, o.weight);
  v("beta", o.beta, "weight of the term between classes", {.min = 0});
  v("gamma", o.gamma, "weight of the term within a class over the batch", {.min = 0});
  v("iota", o.iota, "weight of the correlation over the maps' channels", {.min = 0});
  v("kappa", o.kappa, "weight of the term over the batch at each place of the maps", {.min = 0});
  temperature_field(v, o.temperature);
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, TappedTerm& o) {
  weight_field(v, o.weight);
  v("taps", o.taps, "what is compared; empty: docs/losses.md says what, by term");
}

void fields(OptionVisitor& v, AttentionTerm& o) {
  weight_field(v, o.weight);
  v("power", o.power, "power of the activations", {.min = 1, .max = 8});
  v("taps", o.taps, stages_help);
}

void fields(OptionVisitor& v, RkdTerm& o) {
  weight_field(v, o.weight);
  v("distance_weight", o.distance_weight, "of distances between samples", {.min = 0});
  v("angle_weight", o.angle_weight, "of angles of triples of samples", {.min = 0});
  v("taps", o.taps, pooled_help);
}

void MapsTerm::check(Problems& problems) const {
  const auto pairs = std::max(taps.student.size(), taps.teacher.size());
  problems.require(pair_weights.empty() || pairs == 0 || pair_weights.size() == pairs, "pair_weights",
                   "should be as many as pairs of taps, or none");
}

void fields(OptionVisitor& v, MapsTerm& o) {
  weight_field(v, o.weight);
  v("difference", o.difference, "l2: squared; l1: absolute; smooth_l1: squared below 1; cosine: 1 - cosine by sample");
  v("reduction", o.reduction, "over the elements of a pair (cosine: its samples)");
  v("pair_weights", o.pair_weights, "factor of each pair; empty: 1", {.min = 0});
  v("taps", o.taps, stages_help);
}

void fields(OptionVisitor& v, FspTerm& o) {
  weight_field(v, o.weight);
  v("form", o.form, "squares: mean squared difference; columns: lengths of its columns, maps reduced by maxima");
  v("taps", o.taps, "what is compared; empty: all stages and the stem, each with the next");
}

void fields(OptionVisitor& v, CwdTerm& o) {
  weight_field(v, o.weight);
  v("of", o.of,
    "maps: activations, brought to the teacher's width by a 1x1 convolution where they differ; logits: "
    "[B,C,H,W] of dense predictions");
  v("temperature", o.temperature, "softens each channel's distribution over places", {.min = least_temperature});
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, AbTerm& o) {
  weight_field(v, o.weight);
  v("margin", o.margin, "how far beyond zero the student is pushed", {.min = 1e-6});
  v("taps", o.taps, pre_activation_help);
}

void fields(OptionVisitor& v, OfdTerm& o) {
  weight_field(v, o.weight);
  v("norms", o.norms, "batch norms of the teacher before each tap's activation; empty: the network's own");
  v("taps", o.taps, pre_activation_help);
}

void fields(OptionVisitor& v, FitnetsTerm& o) {
  weight_field(v, o.weight);
  v("stage", o.stage, "whose map is regressed, counted from 1 behind the stem", {.min = 1, .max = 8});
  v("taps", o.taps, "what is compared; empty: the map of `stage`");
}

void fields(OptionVisitor& v, CcTerm& o) {
  weight_field(v, o.weight);
  embedding_field(v, o.dimensions);
  v("taps", o.taps, pooled_help);
}

void fields(OptionVisitor& v, CrdTerm& o) {
  weight_field(v, o.weight);
  embedding_field(v, o.dimensions);
  v("negatives", o.negatives, "samples of other classes that each sample is held against", {.min = 1, .max = 1 << 20});
  v("temperature", o.temperature, "divides the scores", {.min = least_temperature});
  v("momentum", o.momentum, "share of a memory's row that is kept when its sample is seen", {.min = 0, .max = 0.9999});
  v("taps", o.taps, pooled_help);
}

void fields(OptionVisitor& v, MgdTerm& o) {
  v("weight", o.weight, "factor of the term (the authors': 7e-5); 0: not computed", {.min = 0});
  v("mask_ratio", o.mask_ratio, "share of the channels that is masked", {.min = 0, .max = 0.99});
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, ReviewTerm& o) {
  weight_field(v, o.weight);
  warm_up_field(v, o.warm_up_epochs);
  v("taps", o.taps,
    "what is compared, shallow to deep; empty: the stages (the teacher's before their activation) and "
    "the pooled vectors");
}

void fields(OptionVisitor& v, PadTerm& o) {
  weight_field(v, o.weight);
  v("variance", o.variance, "false: the plain squared difference, which the first stage of training minimises");
  v("epsilon", o.epsilon, "added to the variance", {.min = 1e-12});
  v("taps", o.taps, pooled_help);
}

void fields(OptionVisitor& v, ParaphraserTerm& o) {
  weight_field(v, o.weight);
  factor_rate_field(v, o.rate);
  v("factor_l1", o.factor_l1, "weight of the sum of the factor's absolute values", {.min = 0});
  v("tap", o.tap, "path of the teacher's layer; empty: the last stage");
}

void fields(OptionVisitor& v, FtTerm& o) {
  weight_field(v, o.weight);
  v("form", o.form, "attention: attention maps of the factors, as the published numbers; whole: as the paper writes");
  factor_rate_field(v, o.rate);
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, KtaTerm& o) {
  weight_field(v, o.weight);
  factor_rate_field(v, o.rate);
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, AffinityTerm& o) {
  weight_field(v, o.weight);
  v("adapt", o.adapt, "compare what kta's adapter and paraphraser make of the maps; false: the maps");
  factor_rate_field(v, o.rate);
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, SskdHeadTerm& o) {
  weight_field(v, o.weight);
  v("tap", o.tap, "path of the teacher's layer; empty: the vector that the classifier sees");
}

void fields(OptionVisitor& v, SskdTerm& o) {
  weight_field(v, o.weight);
  v("kl_weight", o.kl_weight, "of the pictures' class probabilities", {.min = 0});
  v("ss_weight", o.ss_weight, "of the cosines between rotations and pictures", {.min = 0});
  v("tf_weight", o.tf_weight, "of the rotations' class probabilities", {.min = 0});
  v("kl_temperature", o.kl_temperature, "for the pictures' logits", {.min = least_temperature});
  v("ss_temperature", o.ss_temperature, "for the cosines", {.min = least_temperature});
  v("tf_temperature", o.tf_temperature, "for the rotations' logits", {.min = least_temperature});
  v("ss_ratio", o.ss_ratio, "share kept for the cosines of the rows that the teacher gets wrong", {.min = 0, .max = 1});
  v("tf_ratio", o.tf_ratio, "likewise for the rotations' logits", {.min = 0, .max = 1});
  v("taps", o.taps, pooled_help);
}

void fields(OptionVisitor& v, NdTerm& o) {
  weight_field(v, o.weight);
  v("form", o.form, "the paper's loss, or 1 - cosine to the class's mean, or a push of the norm");
  v("norm_step", o.norm_step, "of form norm: how much longer than now", {.min = 1e-6});
  v("taps", o.taps, pooled_help);
}

void AcamTerm::check(Problems& problems) const {
  problems.require(weight == 0 || spatial_weight > 0 || channel_weight > 0, "spatial_weight",
                   "0, and channel_weight too; then no difference of the maps counts");
}

void fields(OptionVisitor& v, AcamTerm& o) {
  weight_field(v, o.weight);
  v("spatial_weight", o.spatial_weight, "of the difference under masks over places", {.min = 0});
  v("channel_weight", o.channel_weight, "of the difference under masks over channels", {.min = 0});
  v("diversity_weight", o.diversity_weight, "of the likeness between masks (the paper's lambda)", {.min = 0});
  v("masks", o.masks, "of each kind; 0: as many as classes for segmentation, else 6", {.min = 0, .max = 1024});
  v("diversity", o.diversity, "pairs: the mean Dice coefficient of pairs of masks; whole: one ratio over all pairs");
  v("masks_from", o.masks_from,
    "whose maps make the masks: both (the teacher's places ask, the student's answer), teacher alone, student_asks; "
    "tokens: the teacher's map itself, as MasKD");
  v("unit_deviation", o.unit_deviation, "of the masks' units at the start; 0.1 where masks never come apart",
    {.min = 1e-6, .max = 10});
  v("detach_student_in_mask", o.detach_student_in_mask, "masks follow the student's map and do not push it");
  v("max_tokens", o.max_tokens,
    "larger maps are averaged down to so many places for the attention, which takes the square of it; 0: never",
    {.min = 0, .max = 1 << 20});
  v("taps", o.taps, "what is compared; empty: the map of class scores for segmentation, else the last stage");
}

}  // namespace retort::model
