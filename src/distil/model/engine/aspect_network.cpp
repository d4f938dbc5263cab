#include "distil/model/engine/aspect_network.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "data/soft_labels/aspect_answers.h"
#include "distil/model/engine/network_choice.h"

namespace retort::model {

nn::Network with_further_outputs(std::shared_ptr<const nn::Network> wide, int64_t further) {
  RT_CHECK(further > 0 && further < wide->classes, "{}: {} of {} outputs are no classes", wide->name, further,
           wide->classes);
  auto network = *wide;
  network.classes = wide->classes - further;
  network.further_outputs = further;
  network.forward = [wide = std::move(wide), classes = network.classes](const nn::Scope& scope,
                                                                        const at::Tensor& image) {
    return (scope / all_outputs_tap).tap(wide->forward(scope, image)).narrow(1, 0, classes);
  };
  return network;
}

std::shared_ptr<const nn::Network> student_network(const Registries& registries, const std::string& name,
                                                   int64_t classes, const std::vector<int64_t>& picture,
                                                   const at::Tensor& aspects) {
  if (!aspects.defined()) return network_for(registries, name, classes, picture);
  auto wide = network_for(registries, name, classes + aspects.size(1), picture);
  if (wide->outputs_per_class > 1)
    user_error("student.aspects: '{}' has several outputs a class; a network of one would be right", name);
  if (wide->borrows_classifier || !wide->teacher_head.empty())
    user_error("student.aspects: '{}' ends in more than its own classifier; a plain network would be right", name);
  return std::make_shared<const nn::Network>(with_further_outputs(std::move(wide), aspects.size(1)));
}

nn::Weights without_further_outputs(const nn::Weights& weights, const nn::Network& network) {
  if (network.further_outputs == 0) return weights;
  auto plain = nn::copy_of(weights);
  const int64_t wide = network.classes + network.further_outputs;
  // Networks of several heads end in another layer than their classifier.
  auto last = nn::create_weights(network, RandomTree(0)).parameter_order.back();
  last.resize(last.rfind('.'));
  bool found = false;
  for (auto& [name, tensor] : plain.parameters) {
    const bool is_head = name.starts_with(network.classifier + ".") || name.starts_with(last + ".");
    if (!is_head || tensor.dim() == 0 || tensor.size(0) != wide) continue;
    tensor = tensor.slice(0, 0, network.classes).clone();
    found = true;
  }
  RT_CHECK(found, "{}: no last layer of {} outputs", network.name, wide);
  return plain;
}

at::Tensor load_aspects(const StudentOptions& options, const data::Dataset& set, RandomTree random) {
  const auto answers = data::read_aspect_answers(options.aspects);
  auto rows = data::answers_of_set(answers, set, options.aspects);
  const auto aspects = at::tensor(rows, at::kFloat).view({set.size(), int64_t(answers.questions.size())});
  if (!options.shuffle_aspects) return aspects;
  return aspects.index_select(0, at::tensor(random.generator().permutation(set.size()), at::kLong));
}

}  // namespace retort::model
