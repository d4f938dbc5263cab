#include "io/tensor/tensor_file.h"

#include "io/array_file.h"

namespace retort::io {

NamedTensors load_tensors(const std::filesystem::path& path) { return to_tensors(read_arrays(path)); }

at::Tensor load_tensor(const std::filesystem::path& path) { return to_tensor(read_single_array(path)); }

}  // namespace retort::io
