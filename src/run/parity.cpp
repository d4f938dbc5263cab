#include "run/parity.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <nlohmann/json.hpp>

#include "core/text.h"
#include "io/tensor/tensor_io.h"
#include "run/parity_compare.h"
#include "run/parity_contents.h"
#include "run/parity_declaration.h"

namespace retort::run {

namespace {

bool begins_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

const std::string& metadata_entry(const io::StringMap& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) user_error("__metadata__ has no {}", key);
  return found->second;
}

double tolerance_entry(const io::StringMap& metadata, const std::string& key) {
  double value = 0;
  const auto& text = metadata_entry(metadata, key);
  if (!parse_number(text, value) || value < 0) user_error("{} is '{}'; it should be a number >= 0", key, text);
  return value;
}

/// in/NAME or state/NAME whose gradient grad/... holds: weights keep their prefix, inputs lose it.
std::string differentiated_tensor(const std::string& gradient_name) {
  const std::string target = gradient_name.substr(5);
  return begins_with(target, "state/") ? target : "in/" + target;
}

}  // namespace

/// One golden file on its way through a function.
class ParityRunner {
 public:
  ParityRunner(const Registries& registries, const std::filesystem::path& file, ParityDtype dtype)
      : registries_(registries), file_(file), dtype_(dtype) {}

  ParityOutcome run() {
    std::string fault;
    try {
      fault = run_function();
    } catch (const c10::Error& error) {
      fault = first_line(error.what_without_backtrace());
    } catch (const std::exception& error) {
      fault = first_line(error.what());
    }
    const std::string head = fmt::format("{}  {}", name_.empty() ? "?" : name_, file_.filename().string());
    if (!fault.empty()) return {ParityOutcome::Kind::failed, fmt::format("FAIL  {}  {}", head, fault)};
    return {ParityOutcome::Kind::passed, fmt::format("ok  {}  max abs {:.1e}  max rel {:.1e}", head,
                                                     deviation_.max_absolute, deviation_.max_relative)};
  }

 private:
  std::string run_function() {
    io::StringMap metadata;
    tensors_ = io::load_safetensors(file_, &metadata);
    name_ = metadata_entry(metadata, "retort.function");
    const ParityFunction* function = registries_.parity.find(name_);
    if (function == nullptr) user_error("unknown function{}", did_you_mean(name_, registries_.parity.names()));
    tolerance_ = {.relative = tolerance_entry(metadata, "retort.rtol"),
                  .absolute = tolerance_entry(metadata, "retort.atol")};
    const auto options = nlohmann::json::parse(metadata_entry(metadata, "retort.params"), nullptr, false);
    if (options.is_discarded()) user_error("retort.params is no JSON");

    check_other_names();
    ParityDeclaration declaration(*function);
    declaration.check_options(options);
    declaration.check_tensors(tensors_);

    ParityCall call(prepared_inputs(), options);
    call.contents_->floating = dtype_ == ParityDtype::float64 ? at::kDouble : call.contents_->floating;
    function->run(call);
    if (auto fault = compare_outputs(call); !fault.empty()) return fault;
    return compare_gradients(call);
  }

  /// What the declaration does not see: cotangents and gradients must belong to something, all names to a group.
  void check_other_names() const {
    for (const auto& [name, tensor] : tensors_) {
      std::string partner;
      if (begins_with(name, "grad/")) {
        partner = differentiated_tensor(name);
      } else if (begins_with(name, "cot/")) {
        partner = "out/" + name.substr(4);
      } else if (!begins_with(name, "in/") && !begins_with(name, "state/") && !begins_with(name, "out/")) {
        user_error("'{}' begins with none of in/, state/, out/, cot/, grad/", name);
      } else {
        continue;
      }
      const auto found = tensors_.find(partner);
      if (found == tensors_.end()) user_error("{} is stored without {}", name, partner);
      if (found->second.sizes() != tensor.sizes() || !tensor.is_floating_point()) {
        user_error("{} is {} {}, but {} is {} {}", name, parity_dtype_name(tensor), parity_shape_text(tensor), partner,
                   parity_dtype_name(found->second), parity_shape_text(found->second));
      }
    }
  }

  at::Tensor in_run_dtype(const at::Tensor& tensor) const {
    return dtype_ == ParityDtype::float64 && tensor.is_floating_point() ? tensor.to(at::kDouble) : tensor;
  }

  std::map<std::string, at::Tensor> prepared_inputs() const {
    std::map<std::string, at::Tensor> inputs;
    for (const auto& [name, tensor] : tensors_) {
      if (begins_with(name, "in/") || begins_with(name, "state/")) inputs[name] = in_run_dtype(tensor);
    }
    for (const auto& [name, tensor] : tensors_) {
      if (begins_with(name, "grad/")) inputs.at(differentiated_tensor(name)).set_requires_grad(true);
    }
    return inputs;
  }

  std::string compare_outputs(const ParityCall& call) {
    const auto& outputs = call.contents_->outputs;
    for (const auto& [name, want] : tensors_) {
      if (!begins_with(name, "out/")) continue;
      const auto found = outputs.find(name);
      if (found == outputs.end() || !found->second.defined()) return fmt::format("the function gave no {}", name);
      auto fault = compare_parity_tensors(name, found->second.detach(), want, tolerance_, deviation_);
      if (!fault.empty()) return fault;
    }
    return "";
  }

  /// sum over the outputs of sum(out * cot), over those that carry a graph.
  at::Tensor contracted_outputs(const ParityCall& call) const {
    at::Tensor total;
    for (const auto& [name, value] : call.contents_->outputs) {
      if (!value.is_floating_point() || !value.requires_grad()) continue;
      const auto cotangent = tensors_.find("cot/" + name.substr(4));
      const at::Tensor term =
          cotangent == tensors_.end() ? value.sum() : (value * cotangent->second.to(value.scalar_type())).sum();
      total = total.defined() ? total + term : term;
    }
    return total;
  }

  std::string compare_gradients(const ParityCall& call) {
    std::vector<std::string> names;
    std::vector<at::Tensor> leaves;
    for (const auto& [name, tensor] : tensors_) {
      if (!begins_with(name, "grad/")) continue;
      names.push_back(name);
      leaves.push_back(call.contents_->tensors.at(differentiated_tensor(name)));
    }
    if (names.empty()) return "";
    const at::Tensor total = contracted_outputs(call);
    std::vector<at::Tensor> gradients(leaves.size());
    if (total.defined()) {
      gradients = torch::autograd::grad({total}, leaves, {}, {}, false, /*allow_unused=*/true);
    }
    for (size_t index = 0; index < names.size(); ++index) {
      const at::Tensor& want = tensors_.at(names[index]);
      // An input that no differentiable path reaches is right only where the file stores zeros.
      const bool reached = gradients[index].defined();
      const at::Tensor got = reached ? gradients[index] : at::zeros_like(leaves[index]);
      auto fault = compare_parity_tensors(names[index], got.detach(), want, tolerance_, deviation_);
      if (!fault.empty()) return reached ? fault : fault + "; the function gave no gradient";
    }
    return "";
  }

  const Registries& registries_;
  const std::filesystem::path& file_;
  ParityDtype dtype_;
  std::string name_;
  io::NamedTensors tensors_;
  ParityTolerance tolerance_;
  ParityDeviation deviation_;
};

ParityOutcome run_parity_file(const Registries& registries, const std::filesystem::path& file, ParityDtype dtype) {
  return ParityRunner(registries, file, dtype).run();
}

}  // namespace retort::run
