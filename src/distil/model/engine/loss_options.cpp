#include "distil/model/engine/loss_options.h"

#include <algorithm>

namespace retort::model {

namespace {
constexpr const char* weight_help = "factor of the term; 0: not computed";

std::vector<double> teacher_weights(const LossOptions& o) {
  return {o.kd.weight,  o.dkd.weight, o.dist.weight, o.at.weight,       o.sp.weight,
          o.nst.weight, o.pkt.weight, o.rkd.weight,  o.vid.weight,      o.fitnets.weight,
          o.cc.weight,  o.crd.weight, o.mgd.weight,  o.reviewkd.weight, o.srd.weight};
}
}  // namespace

void fields(OptionVisitor& v, CrossEntropyTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("label_smoothing", o.label_smoothing, "share of the target that is spread over all classes", {.min = 0, .max = 1});
}

void fields(OptionVisitor& v, KdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("temperature", o.temperature, "softens both distributions", {.min = 1e-3});
}

void fields(OptionVisitor& v, DkdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("alpha", o.alpha, "weight of the target-class term", {.min = 0});
  v("beta", o.beta, "weight of the term between the other classes", {.min = 0});
  v("temperature", o.temperature, "softens both distributions", {.min = 1e-3});
  v("warm_up_epochs", o.warm_up_epochs, "the factor grows to its full size over so many epochs; 0: full at once",
    {.min = 0});
}

void fields(OptionVisitor& v, DistTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("beta", o.beta, "weight of the term between classes", {.min = 0});
  v("gamma", o.gamma, "weight of the term within a class over the batch", {.min = 0});
  v("temperature", o.temperature, "softens both distributions", {.min = 1e-3});
}

void fields(OptionVisitor& v, AttentionTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("power", o.power, "power of the activations", {.min = 1, .max = 8});
}

void fields(OptionVisitor& v, WeightedTerm& o) { v("weight", o.weight, weight_help, {.min = 0}); }

void fields(OptionVisitor& v, RkdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("distance_weight", o.distance_weight, "of distances between samples", {.min = 0});
  v("angle_weight", o.angle_weight, "of angles of triples of samples", {.min = 0});
}

void fields(OptionVisitor& v, FitnetsTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("stage", o.stage, "whose map is regressed, counted from 1 behind the stem", {.min = 1, .max = 8});
}

void fields(OptionVisitor& v, CcTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("dimensions", o.dimensions, "of the embeddings", {.min = 1, .max = 4096});
}

void fields(OptionVisitor& v, CrdTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("dimensions", o.dimensions, "of the embeddings", {.min = 1, .max = 4096});
  v("negatives", o.negatives, "samples of other classes that each sample is held against", {.min = 1, .max = 1 << 20});
  v("temperature", o.temperature, "divides the scores", {.min = 1e-3});
  v("momentum", o.momentum, "share of a memory's row that is kept when its sample is seen", {.min = 0, .max = 0.9999});
}

void fields(OptionVisitor& v, MgdTerm& o) {
  v("weight", o.weight, "factor of the term (the authors': 7e-5); 0: not computed", {.min = 0});
  v("mask_ratio", o.mask_ratio, "share of the channels that is masked", {.min = 0, .max = 0.99});
}

void fields(OptionVisitor& v, ReviewTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("warm_up_epochs", o.warm_up_epochs, "the factor grows to its full size over so many epochs; 0: full at once",
    {.min = 0});
}

void fields(OptionVisitor& v, LossOptions& o) {
  v("ce", o.ce, "cross-entropy with the labels");
  v("kd", o.kd, "softened class probabilities (Hinton et al. 2015)");
  v("dkd", o.dkd, "target and other classes apart (Zhao et al. 2022)");
  v("dist", o.dist, "correlations between and within classes (Huang et al. 2022)");
  v("at", o.at, "attention maps of the stages (Zagoruyko and Komodakis 2017)");
  v("sp", o.sp, "similarities between samples in the last stage (Tung and Mori 2019)");
  v("nst", o.nst, "selectivity of channels in the stages (Huang and Wang 2017)");
  v("pkt", o.pkt, "neighbourhoods of pooled features (Passalis and Tefas 2018)");
  v("rkd", o.rkd, "distances and angles between pooled features (Park et al. 2019)");
  v("fitnets", o.fitnets, "a middle stage's map, regressed (Romero et al. 2015)");
  v("vid", o.vid, "likelihood of the teacher's maps (Ahn et al. 2019)");
  v("cc", o.cc, "correlation of neighbouring samples (Peng et al. 2019)");
  v("crd", o.crd, "contrast with many samples of other classes (Tian et al. 2020)");
  v("mgd", o.mgd, "the last map made again from a masked one (Yang et al. 2022)");
  v("reviewkd", o.reviewkd, "fused maps of several stages (Chen et al. 2021)");
  v("srd", o.srd, "projected pooled features (Miles and Mikolajczyk 2024)");
}

bool LossOptions::needs_teacher() const {
  const auto weights = teacher_weights(*this);
  return std::any_of(weights.begin(), weights.end(), [](double weight) { return weight > 0; });
}

bool LossOptions::any() const { return ce.weight > 0 || needs_teacher(); }

}  // namespace retort::model
