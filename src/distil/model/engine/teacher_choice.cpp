#include "distil/model/engine/teacher_choice.h"

#include <utility>

#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/network_teacher.h"

namespace retort::model {

std::unique_ptr<Teacher> make_teacher(const Registries& registries, const TeacherOptions& options,
                                      train::Precision precision, int64_t classes,
                                      const std::vector<int64_t>& picture) {
  if (!options.given()) return nullptr;
  const auto one = [&](const TeacherNetworkOptions& which) -> std::unique_ptr<Teacher> {
    auto network = network_for(registries, which.network, classes, picture);
    auto weights = nn::load_network_weights(*network, which.weights);
    return std::make_unique<NetworkTeacher>(std::move(network), std::move(weights), which.mode, precision);
  };
  if (options.also.empty()) return one(options);
  std::vector<TeacherCommittee::Member> members;
  members.push_back({one(options), options.share});
  for (const auto& [name, other] : options.also) members.push_back({one(other), other.share});
  return std::make_unique<TeacherCommittee>(std::move(members), options.mix);
}

}  // namespace retort::model
