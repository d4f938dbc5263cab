// Writes what torch.save writes for one tensor: an archive of a pickle, the storage, and two marks of version.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/errors.h"
#include "io/bytes.h"
#include "io/pickle_opcodes.h"
#include "io/torch_checkpoint.h"
#include "io/zip.h"

namespace retort::io {
namespace {

// Composes a pickle of protocol 2.
class PickleComposer {
 public:
  PickleComposer() {
    put(PickleOpcode::proto);
    out_.write<uint8_t>(2);
  }

  void put(PickleOpcode opcode) { out_.write(static_cast<uint8_t>(opcode)); }

  void global(std::string_view module, std::string_view name) {
    put(PickleOpcode::global);
    out_.write_text(module);
    out_.write_text("\n");
    out_.write_text(name);
    out_.write_text("\n");
  }

  void text(std::string_view text) {
    put(PickleOpcode::bin_unicode);
    out_.write<uint32_t>(static_cast<uint32_t>(text.size()));
    out_.write_text(text);
  }

  void integer(int64_t value) {
    put(PickleOpcode::long1);
    out_.write<uint8_t>(8);
    out_.write(value);
  }

  void integers(const std::vector<int64_t>& values) {
    put(PickleOpcode::mark);
    for (const int64_t value : values) integer(value);
    put(PickleOpcode::tuple);
  }

  std::string take() {
    put(PickleOpcode::stop);
    return out_.take();
  }

 private:
  ByteWriter out_;
};

std::string_view storage_class_of(DType dtype) {
  switch (dtype) {
    case DType::f64:
      return "DoubleStorage";
    case DType::f32:
      return "FloatStorage";
    case DType::f16:
      return "HalfStorage";
    case DType::bf16:
      return "BFloat16Storage";
    case DType::i64:
      return "LongStorage";
    case DType::i32:
      return "IntStorage";
    case DType::i16:
      return "ShortStorage";
    case DType::i8:
      return "CharStorage";
    case DType::u8:
      return "ByteStorage";
    case DType::boolean:
      return "BoolStorage";
  }
  fault("unknown dtype {}", static_cast<int>(dtype));
}

std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= std::max<int64_t>(shape[d], 1);
  }
  return strides;
}

// _rebuild_tensor_v2(storage, offset 0, shape, strides, requires_grad False, backward_hooks OrderedDict())
std::string tensor_pickle(const Array& array) {
  PickleComposer pickle;
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.put(PickleOpcode::mark);
  pickle.put(PickleOpcode::mark);
  pickle.text("storage");
  pickle.global("torch", storage_class_of(array.dtype));
  pickle.text("0");
  pickle.text("cpu");
  pickle.integer(array.count());
  pickle.put(PickleOpcode::tuple);
  pickle.put(PickleOpcode::bin_persistent_id);
  pickle.integer(0);
  pickle.integers(array.shape);
  pickle.integers(row_major_strides(array.shape));
  pickle.put(PickleOpcode::new_false);
  pickle.global("collections", "OrderedDict");
  pickle.put(PickleOpcode::empty_tuple);
  pickle.put(PickleOpcode::reduce);
  pickle.put(PickleOpcode::tuple);
  pickle.put(PickleOpcode::reduce);
  return pickle.take();
}

}  // namespace

void write_torch_tensor(const std::filesystem::path& path, const Array& array) {
  const auto bytes = array.bytes();
  ZipWriter archive(path);
  archive.add("archive/data.pkl", tensor_pickle(array));
  archive.add("archive/byteorder", "little");
  archive.add("archive/data/0", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  archive.add("archive/version", "3\n");
  archive.commit();
}

}  // namespace retort::io
