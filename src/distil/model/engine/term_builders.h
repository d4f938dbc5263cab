// What the files that build terms of a loss share. Internal to the engine.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "distil/model/engine/loss_terms.h"

namespace retort::model {

/// What terms are built from, and where they go.
struct TermContext {
  const LossOptions& options;
  const nn::Network& student;
  const nn::Network* teacher;  ///< null: its stages are not known
  std::vector<LossTerm>& terms;
};

void add_logit_terms(const TermContext& context);             ///< ce, kd, dkd, dist, skd
void add_map_terms(const TermContext& context);               ///< at, nst, sp, maps, fsp, cwd, dist_plus
void add_pre_activation_terms(const TermContext& context);    ///< ab, ofd
void add_vector_terms(const TermContext& context);            ///< pkt, rkd, cc, pad, srd
void add_module_terms(const TermContext& context);            ///< fitnets, vid, ickd, mgd, reviewkd
void add_contrast_terms(const TermContext& context);          ///< crd
void add_factor_terms(const TermContext& context);            ///< ft_paraphraser, ft, kta_paraphraser, kta, affinity
void add_self_supervision_terms(const TermContext& context);  ///< sskd_head, sskd
void add_ofa_terms(const TermContext& context);               ///< ofa
void add_dho_terms(const TermContext& context);               ///< dho
void add_kd3_terms(const TermContext& context);               ///< kd3
void add_pld_terms(const TermContext& context);               ///< pld
void add_nd_terms(const TermContext& context);                ///< nd
void add_lelp_terms(const TermContext& context);              ///< lelp
void add_aspect_terms(const TermContext& context);            ///< aspects
void add_soft_label_terms(const TermContext& context);        ///< soft_labels
void add_meal_v2_terms(const TermContext& context);           ///< meal_v2
void add_ssld_terms(const TermContext& context);              ///< ssld
void add_acam_terms(const TermContext& context);              ///< acam
void add_subclass_terms(const TermContext& context);          ///< subclass_contrast

/// Taps that a network has unless a recipe names others.
using DefaultTaps = std::function<std::vector<std::string>(const nn::Network&)>;

/// Ready-made ones: all stages but the stem, all stages, the last one, those before their activation, the vector that
/// the classifier sees.
std::vector<std::string> stage_taps(const nn::Network& network);
std::vector<std::string> stage_taps_with_stem(const nn::Network& network);
std::vector<std::string> last_stage_tap(const nn::Network& network);
std::vector<std::string> pre_activation_taps(const nn::Network& network);
std::vector<std::string> pooled_tap(const nn::Network& network);

/// Taps of both networks that a term compares in pairs.
struct TapPairs {
  std::string term;
  std::vector<std::string> student, teacher;
};

/// The pairs that a recipe names, or the networks' own. UserError naming the term when there are not equally many, or
/// when the stages of the teacher are not known.
TapPairs tap_pairs(const TermContext& context, const char* term, const TapOptions& named,
                   const DefaultTaps& student_taps, const DefaultTaps& teacher_taps);
TapPairs tap_pairs(const TermContext& context, const char* term, const TapOptions& named, const DefaultTaps& taps);

/// The one tap of the teacher for a term that runs no student: `named`, or its own.
std::string teacher_tap(const TermContext& context, const char* term, const std::string& named,
                        const DefaultTaps& taps);

using LogitLoss = std::function<at::Tensor(const TermInputs& in)>;

/// A term over the logits of both networks.
LossTerm logit_term(const char* name, double weight, LogitLoss loss);

using Maps = std::vector<at::Tensor>;
/// `student` and `teacher`: the activations of the pairs, in order.
using TappedLoss =
    std::function<at::Tensor(const TermInputs& in, const nn::Scope& scope, const Maps& student, const Maps& teacher)>;
/// The same with something to do behind the backward pass.
using TappedLossWithUpdate = std::function<at::Tensor(const TermInputs& in, const nn::Scope& scope, const Maps& student,
                                                      const Maps& teacher, AfterBackward& after_backward)>;

/// A term over pairs of activations. What `loss` refuses is refused in the name of the term, its taps and their shapes.
LossTerm tapped_term(const TapPairs& pairs, double weight, TappedLoss loss);
LossTerm tapped_term_with_update(const TapPairs& pairs, double weight, TappedLossWithUpdate loss);

}  // namespace retort::model
