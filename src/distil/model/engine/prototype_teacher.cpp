#include "distil/model/engine/prototype_teacher.h"

#include <ATen/ATen.h>

#include <utility>

#include "core/errors.h"
#include "io/array.h"
#include "io/tensor/tensor_io.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/text_teacher.h"

namespace retort::model {

namespace {
constexpr double logit_scale = 100;  // of CLIP's cosines
}  // namespace

at::Tensor finite_tensor(const std::filesystem::path& file, const io::NamedTensors& tensors, const char* name,
                         const std::vector<int64_t>& sizes, const char* shape) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) user_error("{}: has no tensor '{}' {}", file.string(), name, shape);
  const auto& tensor = found->second;
  bool fits = tensor.is_floating_point() && tensor.dim() == static_cast<int64_t>(sizes.size()) && tensor.numel() > 0;
  for (size_t axis = 0; fits && axis < sizes.size(); ++axis)
    fits = sizes[axis] < 0 || tensor.size(static_cast<int64_t>(axis)) == sizes[axis];
  if (!fits)
    user_error("{}: '{}' is {}; it should be {} of floating numbers, {}", file.string(), name,
               io::shape_text(tensor.sizes().vec()), shape, io::shape_text(sizes));
  const auto values = tensor.to(at::kFloat);
  if (!at::isfinite(values).all().item<bool>())
    user_error("{}: '{}' holds numbers that are not finite", file.string(), name);
  return values;
}

ClassPrototypes load_prototypes(const std::filesystem::path& file, int64_t classes) {
  const auto tensors = io::load_safetensors(file);
  const auto given = tensors.find("prototypes");
  const bool has_prompts = given != tensors.end() && given->second.dim() == 3;
  auto prompts = has_prompts ? finite_tensor(file, tensors, "prototypes", {classes, -1, -1}, "[K,T,D]")
                             : finite_tensor(file, tensors, "prototypes", {classes, -1}, "[K,D]").unsqueeze(1);
  ClassPrototypes prototypes{
      .file = file.string(), .text = losses::text_prototypes(prompts), .cache_keys = {}, .cache_values = {}};
  if (tensors.count("cache_keys") == 0) return prototypes;
  const int64_t width = prototypes.width();
  prototypes.cache_keys = losses::unit_or_zero(finite_tensor(file, tensors, "cache_keys", {-1, width}, "[M,D]"));
  prototypes.cache_values =
      finite_tensor(file, tensors, "cache_values", {prototypes.cache_keys.size(0), classes}, "[M,K]");
  const auto mix = finite_tensor(file, tensors, "cache_alpha_beta", {2}, "[2]");
  prototypes.cache_alpha = mix[0].item<double>();
  prototypes.cache_beta = mix[1].item<double>();
  return prototypes;
}

at::Tensor prototype_logits(const ClassPrototypes& prototypes, const at::Tensor& embeddings) {
  const auto features = losses::unit_or_zero(embeddings.to(at::kFloat));
  if (!prototypes.cache_keys.defined()) return logit_scale * features.matmul(prototypes.text);
  return losses::tip_adapter_logits(features, prototypes.text, prototypes.cache_keys, prototypes.cache_values,
                                    {.alpha = prototypes.cache_alpha, .beta = prototypes.cache_beta});
}

PrototypeTeacher::PrototypeTeacher(std::unique_ptr<Teacher> tower, ClassPrototypes prototypes)
    : tower_(std::move(tower)), prototypes_(std::move(prototypes)) {}

std::string PrototypeTeacher::name() const { return tower_->name() + " with the prototypes of " + prototypes_.file; }

void PrototypeTeacher::expect(const std::vector<std::string>& taps) {
  expected_ = taps;
  auto all = taps;
  if (tower_->network() != nullptr) all.push_back(tower_->network()->pooled);
  tower_->expect(all);
}

at::Tensor PrototypeTeacher::embedding(const TeacherBatch& seen, nn::Taps& taps) {
  if (tower_->network() == nullptr) return tower_->look(seen, taps);
  auto names = expected_;
  const auto& pooled = tower_->network()->pooled;
  names.push_back(pooled);
  nn::Taps heard(names);
  tower_->look_at_taps(seen, heard);
  for (const auto& name : names) taps.offer(name, heard.at(name));
  return heard.at(pooled);
}

at::Tensor PrototypeTeacher::look(const TeacherBatch& seen, nn::Taps& taps) {
  const at::NoGradGuard no_grad;
  const auto embedded = embedding(seen, taps);
  if (embedded.dim() != 2 || embedded.size(1) != prototypes_.width())
    user_error("{}: prototypes of {} numbers, the embeddings of {} are {}; they should be of one model",
               prototypes_.file, prototypes_.width(), tower_->name(), io::shape_text(embedded.sizes().vec()));
  return prototype_logits(prototypes_, embedded);
}

}  // namespace retort::model
