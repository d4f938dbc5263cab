#include "distil/model/engine/torchscript_teacher.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <string>

#include "core/errors.h"
#include "io/array.h"

namespace retort::model {

namespace {
/// The line of LibTorch's message that says what happened: the first, or, of a program that failed while it ran, the
/// one behind the call stack.
std::string telling_line_of(const std::exception& error) {
  const std::string text = error.what();
  const auto raised = text.rfind("RuntimeError: ");
  const auto begin = raised == std::string::npos ? 0 : raised;
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// The tensor in what a forward() gave that stands for its logits; undefined when there is none.
at::Tensor logits_in(const c10::IValue& answer) {
  if (answer.isTensor()) return answer.toTensor();
  if (answer.isTuple()) {
    for (const auto& element : answer.toTuple()->elements())
      if (element.isTensor()) return element.toTensor();
  }
  if (answer.isGenericDict()) {
    const auto dictionary = answer.toGenericDict();
    for (const char* key : {"logits", "out"}) {
      // The key's type is the program's choice; a lookup of another type would not compare.
      for (const auto& entry : dictionary)
        if (entry.key().isString() && entry.key().toStringRef() == key && entry.value().isTensor())
          return entry.value().toTensor();
    }
  }
  return {};
}

torch::jit::Module load_program(const std::filesystem::path& file, const Context& context) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    user_error("teacher.torchscript: {}: no such file", file.string());
  if (!context.trust_torchscript) {
    user_error(
        "teacher.torchscript: {}: a TorchScript file is a program and can do whatever its maker wanted; if you trust "
        "where it comes from, add --trust-torchscript; else name an architecture and its weights (teacher.network, "
        "teacher.weights)",
        file.string());
  }
  try {
    auto program = torch::jit::load(file.string(), c10::Device(c10::kCPU));
    program.eval();
    return program;
  } catch (const std::exception& failure) {
    user_error("teacher.torchscript: {}: can't be read as TorchScript ({}); save it with torch.jit.save", file.string(),
               telling_line_of(failure));
  }
}
}  // namespace

struct TorchscriptTeacher::Program {
  torch::jit::Module module;
};

TorchscriptTeacher::TorchscriptTeacher(const std::filesystem::path& file, int64_t classes, const Context& context)
    : file_(file), classes_(classes), program_(std::make_unique<Program>(Program{load_program(file, context)})) {}

TorchscriptTeacher::~TorchscriptTeacher() = default;

std::string TorchscriptTeacher::name() const { return "TorchScript " + file_.filename().string(); }

at::Tensor TorchscriptTeacher::look(const TeacherBatch& seen, nn::Taps& /*taps*/) {
  const at::NoGradGuard no_grad;
  // The optimiser rewrites a program after its first calls: a resumed run would get other last digits.
  const torch::jit::GraphOptimizerEnabledGuard as_written(false);
  at::Tensor logits;
  try {
    logits = logits_in(program_->module.forward({seen.image}));
  } catch (const std::exception& failure) {
    user_error("teacher.torchscript: {}: fails on pictures {}: {}", file_.string(),
               io::shape_text(seen.image.sizes().vec()), telling_line_of(failure));
  }
  if (checked_) return logits.to(at::kFloat);
  if (!logits.defined()) {
    user_error(
        "teacher.torchscript: {}: forward() gives no logits; they must be a tensor, the first tensor of a tuple, or "
        "stand under 'logits' or 'out' of a dictionary",
        file_.string());
  }
  const auto batch = seen.image.size(0);
  if (logits.dim() != 2 || logits.size(0) != batch || logits.size(1) != classes_) {
    user_error("teacher.torchscript: {}: gives {} for {} pictures; the data set's {} classes want [{}, {}]",
               file_.string(), io::shape_text(logits.sizes().vec()), batch, classes_, batch, classes_);
  }
  checked_ = true;
  return logits.to(at::kFloat);
}

}  // namespace retort::model
