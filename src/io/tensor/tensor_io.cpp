#include "io/tensor/tensor_io.h"

#include <ATen/ATen.h>

#include <cstring>
#include <memory>
#include <utility>

#include "core/errors.h"

namespace retort::io {
namespace {

at::ScalarType scalar_type_of(DType dtype) {
  switch (dtype) {
    case DType::f64:
      return at::kDouble;
    case DType::f32:
      return at::kFloat;
    case DType::f16:
      return at::kHalf;
    case DType::bf16:
      return at::kBFloat16;
    case DType::i64:
      return at::kLong;
    case DType::i32:
      return at::kInt;
    case DType::i16:
      return at::kShort;
    case DType::i8:
      return at::kChar;
    case DType::u8:
      return at::kByte;
    case DType::boolean:
      return at::kBool;
  }
  fault("unknown dtype {}", static_cast<int>(dtype));
}

DType dtype_of(at::ScalarType type) {
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16,
                            DType::i8, DType::u8, DType::boolean}) {
    if (scalar_type_of(dtype) == type) return dtype;
  }
  fault("tensors of dtype {} can't be written to a file", c10::toString(type));
}

// An array over the tensor's own memory where the layout allows it: saving a checkpoint must not double its memory.
Array share_tensor(const at::Tensor& tensor) {
  RT_CHECK(tensor.defined(), "an undefined tensor can't be written to a file");
  auto dense = std::make_shared<const at::Tensor>(tensor.detach().to(at::kCPU).contiguous());
  const auto* data = static_cast<const uint8_t*>(dense->data_ptr());
  const size_t size = dense->numel() == 0 ? 0 : dense->nbytes();
  return {dtype_of(tensor.scalar_type()), dense->sizes().vec(), {dense, {data, size}}};
}

}  // namespace

at::Tensor to_tensor(const Array& array) {
  at::Tensor tensor = at::empty(array.shape, at::TensorOptions().dtype(scalar_type_of(array.dtype)));
  const auto bytes = array.bytes();
  RT_CHECK(tensor.nbytes() == bytes.size(), "array {} of {} has {} bytes", shape_text(array.shape),
           name_of(array.dtype), bytes.size());
  auto* target = static_cast<uint8_t*>(tensor.data_ptr());
  if (array.dtype == DType::boolean) {
    // A bool that is neither 0 nor 1 is undefined behaviour further on; files may hold any byte.
    for (size_t i = 0; i < bytes.size(); ++i) target[i] = bytes[i] != 0;
  } else if (!bytes.empty()) {
    std::memcpy(target, bytes.data(), bytes.size());
  }
  return tensor;
}

Array to_array(const at::Tensor& tensor) {
  const Array shared = share_tensor(tensor);
  return make_array(shared.dtype, shared.shape, std::string(shared.bytes().begin(), shared.bytes().end()));
}

NamedTensors to_tensors(const NamedArrays& arrays) {
  NamedTensors tensors;
  for (const auto& [name, array] : arrays) tensors[name] = to_tensor(array);
  return tensors;
}

NamedArrays to_arrays(const NamedTensors& tensors) {
  NamedArrays arrays;
  for (const auto& [name, tensor] : tensors) arrays[name] = to_array(tensor);
  return arrays;
}

NamedTensors load_safetensors(const std::filesystem::path& path, StringMap* metadata) {
  Safetensors file = path.extension() == ".json" ? read_safetensors_index(path) : read_safetensors(path);
  if (metadata != nullptr) *metadata = std::move(file.metadata);
  return to_tensors(file.tensors);
}

void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const StringMap& metadata) {
  NamedArrays arrays;
  for (const auto& [name, tensor] : tensors) arrays[name] = share_tensor(tensor);
  write_safetensors(path, arrays, metadata);
}

}  // namespace retort::io
