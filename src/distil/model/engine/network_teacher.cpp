#include "distil/model/engine/network_teacher.h"

#include <ATen/ATen.h>
#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "run/state.h"

namespace retort::model {

NetworkTeacher::NetworkTeacher(std::shared_ptr<const nn::Network> network, nn::Weights weights, TeacherMode mode,
                               train::Precision precision)
    : network_(std::move(network)), weights_(std::move(weights)), mode_(mode), precision_(precision) {}

std::string NetworkTeacher::name() const { return fmt::format("{} of {}", network_->name, weights_.origin); }

at::Tensor NetworkTeacher::forward(const TeacherBatch& seen, nn::Taps& taps) const {
  nn::GivenSource source(folded_ ? folded_->weights : weights_);
  const nn::ForwardMode mode{.training = seen.learning && mode_ == TeacherMode::train, .random = seen.random};
  return running().forward(nn::Scope(source, &taps, mode), seen.image);
}

at::Tensor NetworkTeacher::look(const TeacherBatch& seen, nn::Taps& taps) {
  const at::NoGradGuard no_grad;
  const train::AutocastScope autocast(precision_);
  const auto logits = forward(seen, taps);
  taps.make_float();
  return logits.to(at::kFloat);
}

void NetworkTeacher::look_at_taps(const TeacherBatch& seen, nn::Taps& taps) {
  const at::NoGradGuard no_grad;
  const train::AutocastScope autocast(precision_);
  taps.run_until_complete([&] { forward(seen, taps); });
  taps.make_float();
}

void NetworkTeacher::expect(const std::vector<std::string>& taps) {
  if (mode_ == TeacherMode::eval) folded_ = nn::fold_norms(*network_, weights_, taps);
}

void NetworkTeacher::save(run::StateWriter& writer) const {
  for (const auto& [name, tensor] : weights_.buffers) writer.tensor("teacher." + name, tensor);
}

void NetworkTeacher::load(const run::StateReader& reader) {
  for (auto& [name, tensor] : weights_.buffers) reader.copy_into("teacher." + name, tensor);
}

TeacherCommittee::TeacherCommittee(std::vector<Member> members, TeacherMix mix)
    : members_(std::move(members)), mix_(mix) {
  RT_CHECK(!members_.empty(), "a committee without members");
}

std::string TeacherCommittee::name() const {
  std::vector<std::string> names;
  for (const auto& member : members_) names.push_back(member.teacher->name());
  return join(names, " and ");
}

at::Tensor TeacherCommittee::look(const TeacherBatch& seen, nn::Taps& taps) { return look_at_all(seen, taps).logits; }

TeacherLogits TeacherCommittee::look_at_all(const TeacherBatch& seen, nn::Taps& taps) {
  std::vector<at::Tensor> logits;
  std::vector<double> shares;
  for (const auto& member : members_) {
    nn::Taps nothing({});
    logits.push_back(member.teacher->look(seen, logits.empty() ? taps : nothing));
    shares.push_back(member.share);
  }
  const auto& labels = seen.batch.target();
  return {mixed_logits(logits, shares, mix_, labels), mixed_logits(logits, shares, TeacherMix::logits, labels)};
}

void TeacherCommittee::look_at_taps(const TeacherBatch& seen, nn::Taps& taps) {
  members_.front().teacher->look_at_taps(seen, taps);
}

namespace {
/// What leads the names of a member's state.
std::string led_by(size_t member) { return fmt::format("member{}.", member); }
}  // namespace

void TeacherCommittee::expect(const std::vector<std::string>& taps) {
  for (auto& member : members_)
    member.teacher->expect(&member == &members_.front() ? taps : std::vector<std::string>{});
}

bool TeacherCommittee::sees_any_picture() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const auto& member) { return member.teacher->sees_any_picture(); });
}

void TeacherCommittee::save(run::StateWriter& writer) const {
  for (size_t i = 0; i < members_.size(); ++i) {
    run::StateWriter own;
    members_[i].teacher->save(own);
    writer.add(led_by(i), own);
  }
}

void TeacherCommittee::load(const run::StateReader& reader) {
  for (size_t i = 0; i < members_.size(); ++i) members_[i].teacher->load(reader.part(led_by(i)));
}

at::Tensor mixed_logits(const std::vector<at::Tensor>& logits, const std::vector<double>& shares, TeacherMix mix,
                        const at::Tensor& labels) {
  for (const auto& one : logits)
    RT_CHECK(one.sizes() == logits.front().sizes(), "teachers disagree in the number of classes");
  if (logits.front().dim() != 2)
    user_error("teacher.also: several teachers are mixed on classes of pictures; take one for label maps");
  const auto all = at::stack(logits);  // [T,B,K]
  if (mix == TeacherMix::best) {
    const auto chances = at::log_softmax(all, 2).gather(2, labels.view({1, -1, 1}).expand({all.size(0), -1, 1}));
    const auto best = chances.squeeze(2).argmax(0);  // [B]; the first of equals
    return all.gather(0, best.view({1, -1, 1}).expand({1, -1, all.size(2)})).squeeze(0);
  }
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  RT_CHECK(total > 0, "no teacher has a share");
  const auto share = at::tensor(shares, at::kFloat).div(total).view({-1, 1, 1});
  if (mix == TeacherMix::logits) return (all * share).sum(0);
  return at::logsumexp(at::log_softmax(all, 2) + share.log(), 0);
}

}  // namespace retort::model
