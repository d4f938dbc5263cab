#include "distil/model/engine/teacher_choice.h"

#include <optional>
#include <utility>

#include "distil/model/engine/cached_teacher.h"
#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/network_teacher.h"
#include "distil/model/engine/prototype_teacher.h"
#include "distil/model/engine/similarity_teacher.h"
#include "distil/model/engine/torchscript_teacher.h"
#include "distil/model/engine/trained_network.h"

namespace retort::model {

std::unique_ptr<Teacher> make_teacher(const Registries& registries, const ModelOptions& options,
                                      const SetsOfPictures& sets, const std::vector<int64_t>& picture,
                                      const Context& context) {
  const auto& teacher = options.teacher;
  const auto& train_set = sets.named;
  if (!teacher.given()) return nullptr;
  if (!teacher.similarities.empty())
    return make_similarity_teacher(registries, teacher.similarities, options.data, sets.train, sets.extra,
                                   train_set.class_count());
  const auto one = [&](const TeacherNetworkOptions& which) -> std::unique_ptr<Teacher> {
    if (!which.cache.empty())
      return make_cached_teacher(
          registries,
          {.file = which.cache,
           .network = which.network,
           .weights = which.weights,
           .adaptation = teacher.adapt.is_on() ? std::optional(teacher.adapt.adaptation()) : std::nullopt},
          options.data, options.train.seed, train_set);
    auto network = network_for(registries, which.network, train_set.class_count(), picture);
    auto weights = load_model_weights(*network, which.weights);
    return std::make_unique<NetworkTeacher>(std::move(network), std::move(weights), which.mode,
                                            options.train.precision);
  };
  std::optional<ClassPrototypes> prototypes;
  if (!teacher.prototypes.empty()) prototypes = load_prototypes(teacher.prototypes, train_set.class_count());
  const int64_t outputs = prototypes ? prototypes->width() : train_set.class_count();
  auto first = teacher.torchscript.empty()
                   ? one(teacher)
                   : std::make_unique<TorchscriptTeacher>(teacher.torchscript, outputs, context);
  if (prototypes) return std::make_unique<PrototypeTeacher>(std::move(first), std::move(*prototypes));
  if (teacher.also.empty()) return first;
  std::vector<TeacherCommittee::Member> members;
  members.push_back({std::move(first), teacher.share});
  for (const auto& [name, other] : teacher.also) members.push_back({one(other), other.share});
  return std::make_unique<TeacherCommittee>(std::move(members), teacher.mix);
}

}  // namespace retort::model
