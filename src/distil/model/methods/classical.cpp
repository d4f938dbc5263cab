// The classical losses as methods: the engine's recipe with the published weights. Those of the CIFAR-100 comparison
// come from megvii-research/mdistiller, configs (sheet knowledge-distillation-bases, section 3), those that it lacks
// from torchdistill's configs (sheet torchdistill, section 5).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"

namespace retort::model {

namespace {

const std::vector<ModelMethod>& classical_methods() {
  static const std::vector<ModelMethod> methods = {
      {"ce", "no distillation: the baseline and the way to a teacher", "labels alone", [](ModelOptions&) {},
       "L = CE(y, p_s)", "no paper; rate and milestones: megvii-research/mdistiller, configs/cifar100"},
      {"kd", "Distilling the Knowledge in a Neural Network (2015)", "softened class probabilities of the teacher",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0.1;
         o.loss.kd.weight = 0.9;
       },
       "L = 0.1 CE(y, p_s) + 0.9 tau^2 KL(p_t^tau || p_s^tau)\n"
       "p^tau = softmax(z / tau), tau = 4",
       "Hinton et al. 2015; megvii-research/mdistiller, distillers/KD.py, configs/cifar100"},
      {"kd-ls", "Logit Standardization in Knowledge Distillation (CVPR 2024)",
       "class probabilities of standardised logits",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0.1;
         o.loss.kd = {.weight = 0.9, .temperature = 2, .standardise = true};
       },
       "L = 0.1 CE(y, p_s) + 0.9 tau^2 KL(q_t || q_s)\n"
       "q = softmax((z - mean z) / (deviation of z + 1e-7) / tau), over the classes, tau = 2",
       "Sun et al. 2024; yoshitomo-matsubara/torchdistill, losses/mid_level.py LogitStdKDLoss"},
      {"tf-kd", "Revisiting Knowledge Distillation via Label Smoothing Regularization (CVPR 2020)",
       "a trained student teaches a fresh one of its own architecture",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0.9;
         o.loss.kd = {.weight = 0.1, .temperature = 1};
       },
       "L = 0.9 CE(y, p_s) + 0.1 tau^2 KL(p_t^tau || p_s^tau), tau = 1\n"
       "the teacher t is a trained network of the student's architecture",
       "Yuan et al. 2020; yoshitomo-matsubara/torchdistill, losses/mid_level.py KDLoss, configs of tfkd"},
      {"dkd", "Decoupled Knowledge Distillation (CVPR 2022)", "the target class and the others apart",
       [](ModelOptions& o) { o.loss.dkd.weight = 1; },
       "L = CE(y, p_s) + min(epoch / warm_up, 1) (alpha TCKD + beta NCKD)\n"
       "TCKD = tau^2 KL(b_t || b_s), b = [p_y, 1 - p_y]\n"
       "NCKD = tau^2 KL(p_t without y || p_s without y)",
       "Zhao et al. 2022; megvii-research/mdistiller, distillers/DKD.py, configs/cifar100"},
      {"dist", "Knowledge Distillation from A Stronger Teacher (NeurIPS 2022)",
       "correlations instead of equal probabilities", [](ModelOptions& o) { o.loss.dist.weight = 1; },
       "L = CE(y, p_s) + beta inter + gamma intra, each times tau^2\n"
       "inter = 1 - mean over samples of corr(p_s, p_t) over the classes\n"
       "intra = 1 - mean over classes of corr(p_s, p_t) over the batch",
       "Huang et al. 2022; yoshitomo-matsubara/torchdistill, losses/mid_level.py DISTLoss; weights of CIFAR-100"},
      {"dist-plus", "DIST+: Knowledge Distillation from a Stronger Adaptive Teacher (2025)",
       "correlations of probabilities and of maps", [](ModelOptions& o) { o.loss.dist_plus.weight = 2; },
       "L = CE(y, p_s) + 2 (DIST + iota channel + kappa spatial)\n"
       "channel = mean over places of corr(s, t) over the channels (the correlation itself, as in the code)\n"
       "spatial = 1 - corr over the batch, at each place, of the sums of s and t over the channels",
       "Huang et al. 2025; yoshitomo-matsubara/torchdistill, losses/mid_level.py DISTPlusLoss"},
      {"skd", "Streamlined knowledge distillation (2026)", "class probabilities, and directions between samples",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0;
         o.loss.skd.weight = 1;
       },
       "L = KL(p_t^tau || p_s^tau) + mean over rows d of D of sqrt(d' (cov D + 0.1 I)^-1 d)\n"
       "D = G(z_s) - G(z_t), G = cosines between the samples of a batch; tau = 4, without tau^2",
       "Jeong et al. 2026; yoshitomo-matsubara/torchdistill, losses/mid_level.py SKDInstanceLoss, SKDDirectionLoss"},
      {"at", "Paying More Attention to Attention (ICLR 2017)", "where the stages look",
       [](ModelOptions& o) { o.loss.at.weight = 1000; },
       "L = CE(y, p_s) + 1000 sum over stages of mean (a(s) - a(t))^2\n"
       "a(f) = f flattened after the mean over the channels of |f|^2, of unit length",
       "Zagoruyko and Komodakis 2017; megvii-research/mdistiller, distillers/AT.py, configs/cifar100"},
      {"sp", "Similarity-Preserving Knowledge Distillation (ICCV 2019)", "which samples resemble each other",
       [](ModelOptions& o) { o.loss.sp.weight = 3000; },
       "L = CE(y, p_s) + 3000 ||G(s) - G(t)||_F^2 / B^2\n"
       "G(f) = f f^T over a batch of flattened last maps, rows of unit length",
       "Tung and Mori 2019; megvii-research/mdistiller, distillers/SP.py, configs/cifar100"},
      {"nst", "Like What You Like: Knowledge Distill via Neuron Selectivity Transfer (2017)",
       "distributions of the channels' maps", [](ModelOptions& o) { o.loss.nst.weight = 50; },
       "L = CE(y, p_s) + 50 sum over stages of mean k(t, t) + mean k(s, s) - 2 mean k(s, t)\n"
       "k(a, b) = (a . b)^2 between channels flattened to unit length",
       "Huang and Wang 2017; megvii-research/mdistiller, distillers/NST.py, configs/cifar100"},
      {"pkt", "Learning Deep Representations with Probabilistic Knowledge Transfer (ECCV 2018)",
       "probabilities of being neighbours", [](ModelOptions& o) { o.loss.pkt.weight = 30000; },
       "L = CE(y, p_s) + 30000 mean over pairs of q_t log(q_t / q_s)\n"
       "q = (cosine + 1) / 2 between pooled vectors of a batch, rows divided by their sum",
       "Passalis and Tefas 2018; megvii-research/mdistiller, distillers/PKT.py, configs/cifar100"},
      {"rkd", "Relational Knowledge Distillation (CVPR 2019)", "distances and angles between samples",
       [](ModelOptions& o) { o.loss.rkd.weight = 1; },
       "L = CE(y, p_s) + 25 smooth_l1(d_s, d_t) + 50 smooth_l1(A_s, A_t)\n"
       "d = distances between pooled vectors over their mean, A = cosines of the angles of all triples",
       "Park et al. 2019; megvii-research/mdistiller, distillers/RKD.py, configs/cifar100"},
      {"hint", "no paper: the squared difference of pooled features, 15 times (torchdistill, cse_l2)",
       "activations themselves",
       [](ModelOptions& o) {
         o.loss.maps.weight = 15;
         o.loss.maps.taps = {.student = {"avgpool"}, .teacher = {"avgpool"}};
       },
       "L = CE(y, p_s) + 15 mean (s - t)^2, s and t pooled", "yoshitomo-matsubara/torchdistill, configs of cse_l2"},
      {"cwd", "Channel-wise Knowledge Distillation for Dense Prediction (ICCV 2021)",
       "each channel as a distribution over places", [](ModelOptions& o) { o.loss.cwd.weight = 5; },
       "L = CE(y, p_s) + 5 tau^2 / (B C) sum over samples and channels of KL(P(t) || P(s))\n"
       "P(f) = softmax over the places of f / tau, last map, tau = 4",
       "Shu et al. 2021; open-mmlab/mmrazor, weight of the segmentation configs"},
      {"ofd", "A Comprehensive Overhaul of Feature Distillation (ICCV 2019)",
       "stages before their activation, above a margin", [](ModelOptions& o) { o.loss.ofd.weight = 1e-3; },
       "L = CE(y, p_s) + 1e-3 sum over stages k of 2^-(n-1-k) sum of d(r(s), t) / B\n"
       "d = (s - m)^2 where s > m and t <= m; (s - t)^2 where s > t and m < t <= 0; (s - t)^2 where t > 0\n"
       "maps before their activation; r: connector; m: mean negative response by the teacher's batch norm",
       "Heo et al. 2019; megvii-research/mdistiller, distillers/OFD.py"},
      {"ickd", "Exploring Inter-Channel Correlation for Diversity-Preserved Knowledge Distillation (ICCV 2021)",
       "correlations between channels",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0.5;
         o.loss.kd = {.weight = 0.5, .temperature = 1};
         o.loss.ickd.weight = 500;
       },
       "L = 0.5 CE(y, p_s) + 0.5 KL(p_t || p_s) + 500 sum (G(e(s)) - G(t))^2 / (C B^2)\n"
       "G(f) = f f^T between the channels of the last map, rows of unit length; e: 3x3 convolution",
       "Liu et al. 2021; yoshitomo-matsubara/torchdistill, losses/mid_level.py ChSimLoss"},
      {"fitnets", "FitNets: Hints for Thin Deep Nets (ICLR 2015)", "a middle stage's map, regressed",
       [](ModelOptions& o) { o.loss.fitnets.weight = 100; },
       "L = CE(y, p_s) + 100 mean (r(s) - t)^2, maps of the second stage, r: regressor (conv, BN, ReLU)",
       "Romero et al. 2015; megvii-research/mdistiller, distillers/FitNet.py, configs/cifar100"},
      {"vid", "Variational Information Distillation for Knowledge Transfer (CVPR 2019)",
       "likelihood of the teacher's maps", [](ModelOptions& o) { o.loss.vid.weight = 1; },
       "L = CE(y, p_s) + sum over stages of mean ((m(s) - t)^2 / v + log v) / 2\n"
       "m: three 1x1 convolutions, v: a learned variance for each channel",
       "Ahn et al. 2019; HobbitLong/RepDistiller, distiller_zoo/VID.py"},
      {"cc", "Correlation Congruence for Knowledge Distillation (ICCV 2019)", "correlations between samples",
       [](ModelOptions& o) { o.loss.cc.weight = 0.02; },
       "L = CE(y, p_s) + 0.02 mean over i of sum_k D_ik D_i+1,k\n"
       "D = |e_s(s) - e_t(t)|, embeddings of the pooled vectors, both learned",
       "Peng et al. 2019; HobbitLong/RepDistiller, distiller_zoo/CC.py (not the paper's formula)"},
      {"crd", "Contrastive Representation Distillation (ICLR 2020)", "the same sample against thousands of others",
       [](ModelOptions& o) { o.loss.crd.weight = 0.8; },
       "L = CE(y, p_s) + 0.8 (NCE(e_s; M_t) + NCE(e_t; M_s))\n"
       "NCE = -mean [log(P / (P + K/N)) + sum over K negatives of log(K/N / (P_k + K/N))]\n"
       "P = exp(M[i] . e / T) / Z, T = 0.07; M: memories, rows become normalize(0.5 M + 0.5 e)",
       "Tian et al. 2020; HobbitLong/RepDistiller, crd/"},
      {"mgd", "Masked Generative Distillation (ECCV 2022)", "the teacher's map made from a masked student's",
       [](ModelOptions& o) { o.loss.mgd.weight = 7e-5; },
       "L = CE(y, p_s) + 7e-5 sum (g(mask * align(s)) - t)^2 / B\n"
       "g: conv3x3, ReLU, conv3x3; mask: each channel of a sample kept with probability 0.85",
       "Yang et al. 2022; yzd-v/MGD, cls/mmcls/distillation/losses/mgd.py"},
      {"reviewkd", "Distilling Knowledge via Knowledge Review (CVPR 2021)", "fused stages against the teacher's",
       [](ModelOptions& o) { o.loss.reviewkd.weight = 1; },
       "L = CE(y, p_s) + min(epoch / warm_up, 1) sum over stages of HCL(F(s), t)\n"
       "F: attention-based fusion, deep to shallow\n"
       "HCL = squared differences of maps, of both at 4x4, 2x2, 1x1; weights 1, 1/2, 1/4, 1/8 over their sum",
       "Chen et al. 2021; megvii-research/mdistiller, distillers/ReviewKD.py, configs/cifar100"},
      {"srd", "Understanding the Role of the Projector in Knowledge Distillation (AAAI 2024)",
       "pooled features through a projector",
       [](ModelOptions& o) {
         o.loss.kd = {.weight = 1, .temperature = 1};
         o.loss.srd.weight = 2;
       },
       "L = CE(y, p_s) + KL(p_t || p_s) + 2 log sum |N(W s) - N(t)|^4\n"
       "pooled vectors; W: projector, N: standardisation over the batch",
       "Miles and Mikolajczyk 2024; yoshitomo-matsubara/torchdistill, losses/mid_level.py SRDLoss"},
  };
  return methods;
}

}  // namespace

}  // namespace retort::model

namespace retort {

void register_classical(Registries& registries) {
  model::add_model_methods(registries, model::classical_methods(), "docs/methods/knowledge-distillation-bases.md");
}

}  // namespace retort
