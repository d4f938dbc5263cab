#include "io/pickle_globals.h"

#include <algorithm>
#include <array>
#include <utility>

namespace retort::io {
namespace {

constexpr std::array<std::pair<std::string_view, PickleGlobal>, 19> pickle_globals = {
    {{"collections.OrderedDict", PickleGlobal::ordered_dict},
     {"torch.Size", PickleGlobal::size_type},
     {"torch._utils._rebuild_tensor", PickleGlobal::tensor_builder},
     {"torch._utils._rebuild_tensor_v2", PickleGlobal::tensor_builder},
     {"torch._utils._rebuild_parameter", PickleGlobal::parameter_builder},
     {"torch.float64", PickleGlobal::dtype},
     {"torch.float32", PickleGlobal::dtype},
     {"torch.float16", PickleGlobal::dtype},
     {"torch.bfloat16", PickleGlobal::dtype},
     {"torch.int64", PickleGlobal::dtype},
     {"torch.int32", PickleGlobal::dtype},
     {"torch.int16", PickleGlobal::dtype},
     {"torch.int8", PickleGlobal::dtype},
     {"torch.uint8", PickleGlobal::dtype},
     {"torch.bool", PickleGlobal::dtype},
     {"numpy.core.multiarray._reconstruct", PickleGlobal::numpy_builder},
     {"numpy._core.multiarray._reconstruct", PickleGlobal::numpy_builder},
     {"numpy.ndarray", PickleGlobal::numpy_array_type},
     {"numpy.dtype", PickleGlobal::numpy_dtype}}};

constexpr std::array<std::pair<std::string_view, DType>, 10> storage_dtypes = {{{"torch.DoubleStorage", DType::f64},
                                                                                {"torch.FloatStorage", DType::f32},
                                                                                {"torch.HalfStorage", DType::f16},
                                                                                {"torch.BFloat16Storage", DType::bf16},
                                                                                {"torch.LongStorage", DType::i64},
                                                                                {"torch.IntStorage", DType::i32},
                                                                                {"torch.ShortStorage", DType::i16},
                                                                                {"torch.CharStorage", DType::i8},
                                                                                {"torch.ByteStorage", DType::u8},
                                                                                {"torch.BoolStorage", DType::boolean}}};

template <class Value, size_t count>
std::optional<Value> value_named(std::string_view name,
                                 const std::array<std::pair<std::string_view, Value>, count>& table) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.first == name; });
  return found == table.end() ? std::nullopt : std::optional<Value>(found->second);
}

}  // namespace

std::optional<PickleGlobal> pickle_global(std::string_view dotted_name) {
  if (storage_dtype(dotted_name)) return PickleGlobal::storage_type;
  return value_named(dotted_name, pickle_globals);
}

std::optional<DType> storage_dtype(std::string_view dotted_name) { return value_named(dotted_name, storage_dtypes); }

}  // namespace retort::io
