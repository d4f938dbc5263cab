#include "distil/field/selection/selection.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/text.h"
#include "io/tensor/tensor_io.h"

namespace retort::field {

namespace {
constexpr size_t longest_from = 4096;  ///< letters of where a selection came from
}  // namespace

Combine combine_named(const std::string& name) {
  if (name == "replace") return Combine::replace;
  if (name == "add") return Combine::add;
  if (name == "subtract") return Combine::subtract;
  if (name == "intersect") return Combine::intersect;
  user_error("combine: '{}' is none of replace, add, subtract, intersect{}", name,
             did_you_mean(name, {"replace", "add", "subtract", "intersect"}));
}

at::Tensor combined(const at::Tensor& standing, const at::Tensor& made, Combine how) {
  RT_CHECK(standing.sizes() == made.sizes(), "selections of different fields are combined");
  switch (how) {
    case Combine::replace:
      return made.clone();
    case Combine::add:
      return standing | made;
    case Combine::subtract:
      return standing & ~made;
    case Combine::intersect:
      return standing & made;
  }
  return made.clone();
}

void save_selection(const std::filesystem::path& file, const Selection& selection) {
  RT_CHECK(selection.mask.dim() == 1 && selection.mask.scalar_type() == at::kBool, "a selection is a bool [P]");
  io::save_safetensors(file, {{"selected", selection.mask.to(at::kByte)}}, {{"from", selection.from}});
}

Selection load_selection(const std::filesystem::path& file, int64_t splats) {
  io::StringMap metadata;
  const auto tensors = io::load_safetensors(file, &metadata);
  const auto found = tensors.find("selected");
  if (found == tensors.end()) {
    user_error("{}: no selection, for it has no tensor 'selected'; `field select` and `field query` write them",
               file.string());
  }
  const auto& selected = found->second;
  if (selected.dim() != 1 || (selected.scalar_type() != at::kByte && selected.scalar_type() != at::kBool)) {
    user_error("{}: 'selected' is no list of bytes, one a splat", file.string());
  }
  if (selected.size(0) != splats) {
    user_error("{}: a selection of {} splats, and the field has {}; it was made on another field", file.string(),
               selected.size(0), splats);
  }
  const auto values = selected.to(at::kByte);
  if (values.gt(1).any().item<bool>()) user_error("{}: 'selected' has values other than 0 and 1", file.string());
  const auto from = metadata.find("from");
  return {.mask = values.ne(0), .from = from == metadata.end() ? "" : from->second.substr(0, longest_from)};
}

}  // namespace retort::field
