// Teachers that are programs: TorchScript files, as torch.jit.save writes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/context.h"
#include "distil/model/engine/teacher.h"

namespace retort::model {

/// Logits of a TorchScript file, in evaluation mode and without gradient. Its forward() takes pictures [B,C,H,W]
/// float32 and gives logits [B,K], alone, as the first tensor of a tuple, or under `logits` or `out` of a dictionary.
class TorchscriptTeacher : public Teacher {
 public:
  /// `classes`: K, to which the first batch's logits are held. UserError unless `context.trust_torchscript` (such a
  /// file can run any code of its maker), and when the file can't be read as TorchScript.
  TorchscriptTeacher(const std::filesystem::path& file, int64_t classes, const Context& context);
  ~TorchscriptTeacher() override;

  std::string name() const override;
  /// UserError when the program fails on the batch, or gives something else than logits [B,K].
  at::Tensor look(const TeacherBatch& seen, nn::Taps& taps) override;

 private:
  struct Program;

  std::filesystem::path file_;
  int64_t classes_;
  std::unique_ptr<Program> program_;
  bool checked_ = false;
};

}  // namespace retort::model
