// Teachers that compare a picture's embedding with a vector for each class, as vision-language models do.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "distil/model/engine/teacher.h"
#include "io/tensor/tensor_io.h"

namespace retort::model {

/// What a file of prototypes holds (docs/methods/dho.md): `prototypes` [K,D], or the embeddings of T prompts a class
/// [K,T,D]; for Tip-Adapter as well `cache_keys` [M,D], `cache_values` [M,K] and `cache_alpha_beta` [2].
struct ClassPrototypes {
  std::string file;
  at::Tensor text;                      ///< [D,K], columns of unit length
  at::Tensor cache_keys, cache_values;  ///< undefined: none
  double cache_alpha = 0, cache_beta = 0;

  int64_t width() const { return text.size(0); }
};

/// Reads such a file for `classes` classes. UserError naming the file and the tensor that is missing, misshapen or not
/// finite.
ClassPrototypes load_prototypes(const std::filesystem::path& file, int64_t classes);

/// 100 v W of the unit vectors of `embeddings` [B,D], and what Tip-Adapter adds (losses::tip_adapter_logits): [B,K].
at::Tensor prototype_logits(const ClassPrototypes& prototypes, const at::Tensor& embeddings);

/// The tensor of that name in a file of numbers about pictures or classes, as float32. `sizes`: what it should be, -1
/// for any; `shape` says so in a message. UserError when it is missing, misshapen or not finite.
at::Tensor finite_tensor(const std::filesystem::path& file, const io::NamedTensors& tensors, const char* name,
                         const std::vector<int64_t>& sizes, const char* shape);

/// prototype_logits() of embeddings. The embedding is the pooled vector of a tower that is a network, and the output of
/// one that is a program.
class PrototypeTeacher : public Teacher {
 public:
  PrototypeTeacher(std::unique_ptr<Teacher> tower, ClassPrototypes prototypes);

  std::string name() const override;
  at::Tensor look(const TeacherBatch& seen, nn::Taps& taps) override;
  void look_at_taps(const TeacherBatch& seen, nn::Taps& taps) override { tower_->look_at_taps(seen, taps); }
  const nn::Network* network() const override { return tower_->network(); }
  const nn::Weights* weights() const override { return tower_->weights(); }
  void expect(const std::vector<std::string>& taps) override;
  void save(run::StateWriter& writer) const override { tower_->save(writer); }
  void load(const run::StateReader& reader) override { tower_->load(reader); }

 private:
  at::Tensor embedding(const TeacherBatch& seen, nn::Taps& taps);

  std::unique_ptr<Teacher> tower_;
  ClassPrototypes prototypes_;
  std::vector<std::string> expected_ = {};
};

}  // namespace retort::model
