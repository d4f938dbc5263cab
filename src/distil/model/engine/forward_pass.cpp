#include "distil/model/engine/forward_pass.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "data/label_quantization.h"
#include "distil/model/engine/batch_views.h"

namespace retort::model {

namespace {
bool any_term(const std::vector<LossTerm>& terms, bool LossTerm::*wants) {
  return std::any_of(terms.begin(), terms.end(), [&](const LossTerm& term) { return term.*wants; });
}
}  // namespace

ForwardPass::ForwardPass(const StudentAndTeacher& pair, const std::vector<LossTerm>& terms, const data::Batch& batch,
                         double epoch, bool learning)
    : student_taps_(student_taps_of(terms)), teacher_taps_(teacher_taps_of(terms)) {
  const auto number = uint64_t(batch.epoch * pair.batches_per_epoch + batch.number);
  inputs_.labels = batch.target();
  inputs_.epoch = epoch;
  inputs_.sample_index = batch.sample_index();
  inputs_.labels_of_set = &pair.labels_of_set;
  inputs_.aspects_of_set = pair.aspects_of_set;
  inputs_.subclass_of_set = pair.subclass_of_set;
  inputs_.random = pair.random.child("terms").child(number);
  const auto seen =
      batch_views(image_of(pair, batch, learning), batch_transform_of(terms), batch.random.child("views"));
  const auto& image = seen.image;
  inputs_.views = seen.views;
  inputs_.extra = batch.image().size(0) - batch.target().size(0);
  if (pair.teacher != nullptr && any_term(terms, &LossTerm::uses_teacher))
    run_teacher(
        pair,
        {.batch = batch, .image = image, .learning = learning, .random = pair.random.child("teacher").child(number)},
        any_term(terms, &LossTerm::teacher_logits));
  if (any_term(terms, &LossTerm::uses_student))
    run_student(pair, image,
                {.training = learning && pair.student_learns, .random = pair.random.child("dropout").child(number)},
                any_term(terms, &LossTerm::student_logits));
}

at::Tensor ForwardPass::image_of(const StudentAndTeacher& pair, const data::Batch& batch, bool learning) {
  const auto order = pair.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  if (!learning || !data::is_on(pair.mixing)) return batch.image().contiguous(order);
  const auto mixed =
      data::mix_batch(batch.image(), batch.target(), pair.mixing, batch.random.child("mixing"), batch.crops);
  inputs_.partner_labels = mixed.partner_target;
  inputs_.lambda = mixed.lambda;
  partner_ = mixed.partner;
  return mixed.image.contiguous(order);
}

void ForwardPass::run_teacher(const StudentAndTeacher& pair, const TeacherBatch& seen, bool wants_logits) {
  inputs_.teacher.taps = &teacher_taps_;
  inputs_.teacher.weights = pair.teacher->weights();
  if (!wants_logits) {
    pair.teacher->look_at_taps(seen, teacher_taps_);
    return;
  }
  const auto said = pair.teacher->look_at_all(seen, teacher_taps_);
  inputs_.teacher.logits = pair.teacher->sees_any_picture() ? said.logits : mixed_as_pictures(said.logits);
  // Of stored logits only probabilities can be mixed as pictures are.
  if (pair.teacher->sees_any_picture() || !partner_.defined()) inputs_.teacher.mean_logits = said.mean_logits;
}

/// Who looked at the pictures before they were mixed said something of both.
at::Tensor ForwardPass::mixed_as_pictures(const at::Tensor& logits) const {
  if (!partner_.defined()) return logits;
  const auto mixed = data::mixed_labels(at::softmax(logits, 1), partner_, inputs_.lambda);
  return mixed.clamp_min(std::numeric_limits<float>::min()).log();
}

void ForwardPass::run_student(const StudentAndTeacher& pair, const at::Tensor& image, const nn::ForwardMode& mode,
                              bool wants_logits) {
  nn::GivenSource source(pair.student_weights);
  const nn::Scope scope(source, &student_taps_, mode);
  inputs_.student.taps = &student_taps_;
  const train::AutocastScope autocast(pair.precision);
  if (wants_logits)
    inputs_.student.logits = pair.student.forward(scope, image).to(at::kFloat);
  else
    student_taps_.run_until_complete([&] { pair.student.forward(scope, image); });
  student_taps_.make_float();
}

}  // namespace retort::model
