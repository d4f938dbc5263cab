#include "distil/model/engine/loss_options.h"

#include <algorithm>

#include "distil/model/engine/term_fields.h"

namespace retort::model {

namespace {
constexpr const char* stages_help = "what is compared; empty: the stages behind the stem, in pairs";
constexpr const char* last_stage_help = "what is compared; empty: the last stage";
constexpr const char* pooled_help = "what is compared; empty: the vectors that the classifiers see";
constexpr const char* pre_activation_help = "what is compared; empty: the stages before their activation";
constexpr const char* rate_help = "width of a factor over that of the teacher's map; the same in both stages";

/// Finds the terms of a loss and their weights by walking over its fields.
class TermWeights : public OptionVisitor {
 public:
  std::vector<std::pair<std::string, double>> take() { return std::move(weights_); }

 protected:
  void field(const char* name, const FieldRef& value, const char* /*help*/, const FieldSpec& /*spec*/) override {
    if (depth_ != 1 || std::string(name) != "weight") return;
    weights_.emplace_back(term_, **std::get_if<double*>(&value));
  }
  bool enter(const char* name, const char* /*help*/) override {
    if (depth_++ == 0) term_ = name;
    return true;
  }
  void leave() override { --depth_; }

 private:
  int depth_ = 0;
  std::string term_;
  std::vector<std::pair<std::string, double>> weights_;
};

void warm_up_field(OptionVisitor& v, double& epochs) {
  v("warm_up_epochs", epochs, "the factor grows to its full size over so many epochs; 0: full at once", {.min = 0});
}

void warm_up_from_zero_field(OptionVisitor& v, double& epochs) {
  v("warm_up_epochs", epochs,
    "the factor grows from 0, in the first epoch, to its full size behind so many; 0: full at once", {.min = 0});
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

void fields(OptionVisitor& v, CrossEntropyTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("label_smoothing", o.label_smoothing, "share of the target that is spread over all classes", {.min = 0, .max = 1});
}

void fields(OptionVisitor& v, KdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  temperature_field(v, o.temperature);
  v("standardise", o.standardise,
    "logits of mean 0 and deviation 1 over the classes before they are softened (Sun et al. 2024)");
  warm_up_from_zero_field(v, o.warm_up_epochs);
}

void fields(OptionVisitor& v, DkdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("alpha", o.alpha, "weight of the target-class term", {.min = 0});
  v("beta", o.beta, "weight of the term between the other classes", {.min = 0});
  temperature_field(v, o.temperature);
  warm_up_field(v, o.warm_up_epochs);
}

void fields(OptionVisitor& v, DistTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("beta", o.beta, "weight of the term between classes", {.min = 0});
  v("gamma", o.gamma, "weight of the term within a class over the batch", {.min = 0});
  temperature_field(v, o.temperature);
  warm_up_from_zero_field(v, o.warm_up_epochs);
}

void fields(OptionVisitor& v, DistPlusTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("beta", o.beta, "weight of the term between classes", {.min = 0});
  v("gamma", o.gamma, "weight of the term within a class over the batch", {.min = 0});
  v("iota", o.iota, "weight of the correlation over the maps' channels", {.min = 0});
  v("kappa", o.kappa, "weight of the term over the batch at each place of the maps", {.min = 0});
  temperature_field(v, o.temperature);
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, SkdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("instance_weight", o.instance_weight, "of the divergence of each sample", {.min = 0});
  v("direction_weight", o.direction_weight, "of the cosines between samples", {.min = 0});
  temperature_field(v, o.temperature);
  v("tikhonov", o.tikhonov, "added to the diagonal of the covariance", {.min = 1e-6});
}

void fields(OptionVisitor& v, TappedTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("taps", o.taps, "what is compared; empty: docs/losses.md says what, by term");
}

void fields(OptionVisitor& v, AttentionTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("power", o.power, "power of the activations", {.min = 1, .max = 8});
  v("taps", o.taps, stages_help);
}

void fields(OptionVisitor& v, RkdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
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
  v("weight", o.weight, weight_help, {.min = 0});
  v("difference", o.difference, "l2: squared; l1: absolute; smooth_l1: squared below 1; cosine: 1 - cosine by sample");
  v("reduction", o.reduction, "over the elements of a pair (cosine: its samples)");
  v("pair_weights", o.pair_weights, "factor of each pair; empty: 1", {.min = 0});
  v("taps", o.taps, stages_help);
}

void fields(OptionVisitor& v, FspTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("form", o.form, "squares: mean squared difference; columns: lengths of its columns, maps reduced by maxima");
  v("taps", o.taps, "what is compared; empty: all stages and the stem, each with the next");
}

void fields(OptionVisitor& v, CwdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("of", o.of,
    "maps: activations, brought to the teacher's width by a 1x1 convolution where they differ; logits: "
    "[B,C,H,W] of dense predictions");
  v("temperature", o.temperature, "softens each channel's distribution over places", {.min = least_temperature});
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, AbTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("margin", o.margin, "how far beyond zero the student is pushed", {.min = 1e-6});
  v("taps", o.taps, pre_activation_help);
}

void fields(OptionVisitor& v, OfdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("norms", o.norms, "batch norms of the teacher before each tap's activation; empty: the network's own");
  v("taps", o.taps, pre_activation_help);
}

void fields(OptionVisitor& v, FitnetsTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("stage", o.stage, "whose map is regressed, counted from 1 behind the stem", {.min = 1, .max = 8});
  v("taps", o.taps, "what is compared; empty: the map of `stage`");
}

void fields(OptionVisitor& v, CcTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("dimensions", o.dimensions, "of the embeddings", {.min = 1, .max = 4096});
  v("taps", o.taps, pooled_help);
}

void fields(OptionVisitor& v, CrdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("dimensions", o.dimensions, "of the embeddings", {.min = 1, .max = 4096});
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
  v("weight", o.weight, weight_help, {.min = 0});
  warm_up_field(v, o.warm_up_epochs);
  v("taps", o.taps,
    "what is compared, shallow to deep; empty: the stages (the teacher's before their activation) and "
    "the pooled vectors");
}

void fields(OptionVisitor& v, PadTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("variance", o.variance, "false: the plain squared difference, which the first stage of training minimises");
  v("epsilon", o.epsilon, "added to the variance", {.min = 1e-12});
  v("taps", o.taps, pooled_help);
}

void fields(OptionVisitor& v, ParaphraserTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("rate", o.rate, rate_help, {.min = 1e-3, .max = 1});
  v("factor_l1", o.factor_l1, "weight of the sum of the factor's absolute values", {.min = 0});
  v("tap", o.tap, "path of the teacher's layer; empty: the last stage");
}

void fields(OptionVisitor& v, FtTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("form", o.form, "attention: attention maps of the factors, as the published numbers; whole: as the paper writes");
  v("rate", o.rate, rate_help, {.min = 1e-3, .max = 1});
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, KtaTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("rate", o.rate, rate_help, {.min = 1e-3, .max = 1});
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, AffinityTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("adapt", o.adapt, "compare what kta's adapter and paraphraser make of the maps; false: the maps");
  v("rate", o.rate, rate_help, {.min = 1e-3, .max = 1});
  v("taps", o.taps, last_stage_help);
}

void fields(OptionVisitor& v, SskdHeadTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("tap", o.tap, "path of the teacher's layer; empty: the vector that the classifier sees");
}

void fields(OptionVisitor& v, SskdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
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
  v("weight", o.weight, weight_help, {.min = 0});
  v("form", o.form, "the paper's loss, or 1 - cosine to the class's mean, or a push of the norm");
  v("norm_step", o.norm_step, "of form norm: how much longer than now", {.min = 1e-6});
  v("taps", o.taps, pooled_help);
}

void fields(OptionVisitor& v, SoftLabelTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("temperature", o.temperature, "softens the student's distribution alone", {.min = least_temperature});
}

void fields(OptionVisitor& v, MealTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("discriminator_weight", o.discriminator_weight, "of the discriminator, beside 1 for the soft labels", {.min = 0});
  v("judged", o.judged, "what the discriminator sees: logits, or probabilities, as with stored soft labels");
  v("reduction", o.reduction, "each hidden layer is as wide as the one before over this", {.min = 1, .max = 1e6});
  v("least_width", o.least_width, "but at least so wide: a single unit is dead more often than not",
    {.min = 1, .max = 1e6});
}

void fields(OptionVisitor& v, SsldTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("form", o.form,
    "symmetric_kl: as released; js: with the mean of both distributions; kl: from the teacher's; ce: cross-entropy "
    "with the teacher's");
  v("epsilon", o.epsilon, "within the logarithms of symmetric_kl; 0: exact", {.min = 0, .max = 0.1});
}

void AcamTerm::check(Problems& problems) const {
  problems.require(weight == 0 || spatial_weight > 0 || channel_weight > 0, "spatial_weight",
                   "0, and channel_weight too; then no difference of the maps counts");
}

void fields(OptionVisitor& v, AcamTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("spatial_weight", o.spatial_weight, "of the difference under masks over places", {.min = 0});
  v("channel_weight", o.channel_weight, "of the difference under masks over channels", {.min = 0});
  v("diversity_weight", o.diversity_weight, "of the likeness between masks (the paper's lambda)", {.min = 0});
  v("masks", o.masks, "of each kind; 0: as many as classes for segmentation, else 6", {.min = 0, .max = 1024});
  v("diversity", o.diversity, "pairs: the mean Dice coefficient of pairs of masks; whole: one ratio over all pairs");
  v("masks_from", o.masks_from,
    "whose maps make the masks: both (the teacher's places ask, the student's answer), teacher alone, student_asks; tokens: "
    "the teacher's map itself, as MasKD");
  v("unit_deviation", o.unit_deviation, "of the masks' units at the start; 0.1 where masks never come apart",
    {.min = 1e-6, .max = 10});
  v("detach_student_in_mask", o.detach_student_in_mask, "masks follow the student's map and do not push it");
  v("max_tokens", o.max_tokens,
    "larger maps are averaged down to so many places for the attention, which takes the square of it; 0: never",
    {.min = 0, .max = 1 << 20});
  v("taps", o.taps, "what is compared; empty: the map of class scores for segmentation, else the last stage");
}

void fields(OptionVisitor& v, LossOptions& o) {
  v("ce", o.ce, "cross-entropy with the labels");
  v("kd", o.kd, "softened class probabilities (Hinton et al. 2015)");
  v("dkd", o.dkd, "target and other classes apart (Zhao et al. 2022)");
  v("dist", o.dist, "correlations between and within classes (Huang et al. 2022)");
  v("dist_plus", o.dist_plus, "the same, and those of maps (Huang et al. 2025)");
  v("skd", o.skd, "class probabilities, and directions between samples (Jeong et al. 2026)");
  v("at", o.at, "attention maps of the stages (Zagoruyko and Komodakis 2017)");
  v("sp", o.sp, "similarities between samples in the last stage (Tung and Mori 2019)");
  v("nst", o.nst, "selectivity of channels in the stages (Huang and Wang 2017)");
  v("pkt", o.pkt, "neighbourhoods of pooled features (Passalis and Tefas 2018)");
  v("rkd", o.rkd, "distances and angles between pooled features (Park et al. 2019)");
  v("maps", o.maps, "activations themselves");
  v("fsp", o.fsp, "products of consecutive stages (Yim et al. 2017)");
  v("cwd", o.cwd, "each channel as a distribution over places (Shu et al. 2021)");
  v("ab", o.ab, "sides of zero before the activations (Heo et al. 2019)");
  v("ofd", o.ofd, "stages before their activation, above a margin (Heo et al. 2019)");
  v("ickd", o.ickd, "correlations between channels of the last stage (Liu et al. 2021)");
  v("fitnets", o.fitnets, "a middle stage's map, regressed (Romero et al. 2015)");
  v("vid", o.vid, "likelihood of the teacher's maps (Ahn et al. 2019)");
  v("cc", o.cc, "correlation of neighbouring samples (Peng et al. 2019)");
  v("crd", o.crd, "contrast with many samples of other classes (Tian et al. 2020)");
  v("mgd", o.mgd, "the last map made again from a masked one (Yang et al. 2022)");
  v("reviewkd", o.reviewkd, "fused maps of several stages (Chen et al. 2021)");
  v("srd", o.srd, "projected pooled features (Miles and Mikolajczyk 2024)");
  v("pad", o.pad, "pooled features over a predicted variance (Zhang et al. 2020)");
  v("ft_paraphraser", o.ft_paraphraser, "factor transfer, first stage: the teacher's map given back");
  v("ft", o.ft, "factors against those of the paraphraser (Kim et al. 2018)");
  v("kta_paraphraser", o.kta_paraphraser, "knowledge adaptation, first stage: the teacher's map given back");
  v("kta", o.kta, "adapted maps against the paraphraser's factors (He et al. 2019)");
  v("affinity", o.affinity, "affinities between places of each channel (He et al. 2019)");
  v("sskd_head", o.sskd_head, "self-supervision, first stage: the teacher's head tells rotations' pictures apart");
  v("sskd", o.sskd, "pictures, rotations and their cosines (Xu et al. 2020)");
  v("ofa", o.ofa, "a branch of every stage against the teacher's logits (Hao et al. 2023)");
  v("dho", o.dho, "one head for labels, one for the teacher (Kang et al. 2025)");
  v("kd3", o.kd3, "last maps, transferred to the teacher's classifier (Tang et al. 2023)");
  v("pld", o.pld, "the order in which the teacher would choose the classes, the label first (PLD, 2025)");
  v("nd", o.nd, "embeddings along the teacher's mean of their class, and longer (Wang et al. 2023)");
  v("lelp", o.lelp, "several outputs a class, by where the teacher's embedding lies (Loo et al. 2024)");
  v("aspects", o.aspects, "answers to yes-or-no questions about the pictures, of student.aspects (Lee et al. 2025)");
  v("soft_labels", o.soft_labels, "cross-entropy with the teacher's probabilities (Shen and Xing 2022)");
  v("meal_v2", o.meal_v2, "the same, and a discriminator of both networks' outputs (Shen and Savvides 2020)");
  v("ssld", o.ssld, "class probabilities both ways, without temperature (Cui et al. 2021)");
  v("acam", o.acam, "maps under masks that both networks make (Lan and Tian 2025)");
  v("subclass_contrast", o.subclass_contrast, "several outputs a class that differ between samples (Mueller et al. 2020)");
}

std::vector<std::pair<std::string, double>> LossOptions::weights() const {
  TermWeights visitor;
  auto options = *this;
  fields(visitor, options);
  return visitor.take();
}

namespace {
bool reads_teacher(const std::string& term) {
  return term != "ce" && term != "aspects" && term != "subclass_contrast";
}
}  // namespace

bool LossOptions::needs_teacher() const {
  const auto all = weights();
  return std::any_of(all.begin(), all.end(),
                     [](const auto& term) { return term.second > 0 && reads_teacher(term.first); });
}

bool LossOptions::any() const { return ce.weight > 0 || aspects.weight > 0 || subclass_contrast.weight > 0 || needs_teacher(); }

}  // namespace retort::model
