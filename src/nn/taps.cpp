#include "nn/taps.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/text.h"

namespace retort::nn {

namespace {
/// Unwinds a network's function from whatever depth the last tap lies at. No failure, hence no std::exception.
struct LastTapMet {
  const Taps* taps;  ///< of whom
};
}  // namespace

Taps::Taps(std::vector<std::string> wanted) {
  for (auto& name : wanted) kept_.emplace(std::move(name), at::Tensor());
  missing_ = kept_.size();
}

void Taps::offer(const std::string& name, const at::Tensor& value) {
  const auto found = kept_.find(name);
  if (found == kept_.end()) {
    // Only a run that still misses something may have to suggest a name.
    if (missing_ > 0) offered_.push_back(name);
    return;
  }
  if (!found->second.defined()) --missing_;
  found->second = value;
  if (ends_early_ && missing_ == 0) throw LastTapMet{this};
}

const at::Tensor& Taps::at(const std::string& name) const {
  const auto found = kept_.find(name);
  RT_CHECK(found != kept_.end(), "activation '{}' was not asked for before the network ran", name);
  if (!found->second.defined()) user_error("the network has no activation '{}'{}", name, did_you_mean(name, offered_));
  return found->second;
}

void Taps::make_float() {
  for (auto& [name, value] : kept_) {
    if (value.defined() && (value.scalar_type() == at::kBFloat16 || value.scalar_type() == at::kHalf))
      value = value.to(at::kFloat);
  }
}

void Taps::run_until_complete(const std::function<void()>& network) {
  ends_early_ = true;
  try {
    network();
  } catch (const LastTapMet& met) {
    if (met.taps != this) {  // somebody around this network has what they want
      ends_early_ = false;
      throw;
    }
  }
  ends_early_ = false;
  for (const auto& [name, value] : kept_) at(name);
}

}  // namespace retort::nn
