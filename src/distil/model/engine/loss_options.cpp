#include "distil/model/engine/loss_options.h"

#include <algorithm>

namespace retort::model {

namespace {
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
}  // namespace

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
  v("subclass_contrast", o.subclass_contrast,
    "several outputs a class that differ between samples (Mueller et al. 2020)");
}

std::vector<std::pair<std::string, double>> LossOptions::weights() const {
  TermWeights visitor;
  auto options = *this;
  fields(visitor, options);
  return visitor.take();
}

namespace {
bool reads_teacher(const std::string& term) { return term != "ce" && term != "aspects" && term != "subclass_contrast"; }
}  // namespace

bool LossOptions::needs_teacher() const {
  const auto all = weights();
  return std::any_of(all.begin(), all.end(),
                     [](const auto& term) { return term.second > 0 && reads_teacher(term.first); });
}

bool LossOptions::any() const {
  return ce.weight > 0 || aspects.weight > 0 || subclass_contrast.weight > 0 || needs_teacher();
}

}  // namespace retort::model
