#include "io/npy.h"

#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/zip.h"

namespace retort::io {
namespace {

constexpr std::string_view npy_magic("\x93NUMPY", 6);
constexpr size_t max_npy_header_bytes = 1 << 16;
constexpr size_t npy_alignment = 64;
constexpr std::string_view npy_ending = ".npy";
constexpr uint64_t max_npz_member_bytes = uint64_t{1} << 36;

// NumPy's type codes without their byte order.
constexpr std::array<std::pair<std::string_view, DType>, 9> npy_dtypes = {{{"f8", DType::f64},
                                                                           {"f4", DType::f32},
                                                                           {"f2", DType::f16},
                                                                           {"i8", DType::i64},
                                                                           {"i4", DType::i32},
                                                                           {"i2", DType::i16},
                                                                           {"i1", DType::i8},
                                                                           {"u1", DType::u8},
                                                                           {"b1", DType::boolean}}};

// One byte has no order.
bool is_readable_order(char order, DType dtype) {
  return order == '<' || order == '|' || (order == '>' && size_of(dtype) == 1);
}

DType parse_npy_dtype(std::string_view descr, const ByteReader& in) {
  const char order = descr.empty() ? '?' : descr.front();
  const std::string_view code = descr.substr(descr.empty() ? 0 : 1);
  if (code == "O" || code == "O8") in.fail("holds Python objects, which could run code; save numbers instead");
  for (const auto& [name, dtype] : npy_dtypes) {
    if (code != name) continue;
    if (order == '>' && size_of(dtype) > 1) {
      in.fail("is big-endian; save it with array.astype(array.dtype.newbyteorder('<'))");
    }
    if (is_readable_order(order, dtype)) return dtype;
  }
  in.fail(fmt::format("dtype '{}' is not supported; f2, f4, f8, i1, i2, i4, i8, u1 and b1 are", descr));
}

struct NpyHeader {
  DType dtype = DType::f32;
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// The header is a Python dict of exactly descr, fortran_order and shape.
class NpyHeaderParser {
 public:
  NpyHeaderParser(std::string_view text, const ByteReader& in) : rest_(text), in_(in) {}

  NpyHeader parse() {
    std::optional<std::string_view> descr;
    std::optional<bool> fortran_order;
    std::optional<std::vector<int64_t>> shape;
    expect('{');
    while (!accept('}')) {
      const auto key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        descr = quoted();
      } else if (key == "fortran_order" && !fortran_order) {
        fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = tuple();
      } else {
        malformed();
      }
      if (!accept(',') && peek() != '}') malformed();
    }
    if (peek() != '\0' || !descr || !fortran_order || !shape) malformed();
    return {parse_npy_dtype(*descr, in_), *fortran_order, std::move(*shape)};
  }

 private:
  [[noreturn]] void malformed() const { in_.fail("its NumPy header is malformed"); }

  // The next character that is no space, or 0 at the end.
  char peek() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) malformed();
  }
  std::string_view quoted() {
    const char quote = peek();
    if (quote == '[') in_.fail("holds records of several fields; save one plain array a file");
    if (quote != '\'' && quote != '"') malformed();
    const size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) malformed();
    const auto text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool boolean() {
    peek();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (rest_.substr(0, word.size()) != word) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    malformed();
  }
  std::vector<int64_t> tuple() {
    std::vector<int64_t> lengths;
    expect('(');
    while (!accept(')')) {
      lengths.push_back(integer());
      if (!accept(',') && peek() != ')') malformed();
    }
    return lengths;
  }
  int64_t integer() {
    int64_t value = 0;
    size_t digits = 0;
    for (char c = peek(); c >= '0' && c <= '9'; c = rest_.empty() ? '\0' : rest_.front(), ++digits) {
      if (value > (INT64_MAX - 9) / 10) in_.fail("a length in its shape is too large");
      value = 10 * value + (c - '0');
      rest_.remove_prefix(1);
    }
    if (digits == 0) malformed();
    if (!rest_.empty() && rest_.front() == 'L') rest_.remove_prefix(1);  // written by Python 2
    return value;
  }

  std::string_view rest_;
  const ByteReader& in_;
};

// Column-major to row-major: walks the result in order and steps through the source by its strides.
Array transposed_from_fortran(const Array& source) {
  const size_t element = size_of(source.dtype), dimensions = source.shape.size();
  std::vector<size_t> strides(dimensions), index(dimensions, 0);
  size_t stride = element;
  for (size_t d = 0; d < dimensions; ++d) {
    strides[d] = stride;
    stride *= static_cast<size_t>(source.shape[d]);
  }
  std::string bytes(source.bytes().size(), '\0');
  size_t from = 0;
  for (size_t to = 0; to < bytes.size(); to += element) {
    std::memcpy(bytes.data() + to, source.bytes().data() + from, element);
    for (size_t d = dimensions; d-- > 0;) {
      from += strides[d];
      if (++index[d] < static_cast<size_t>(source.shape[d])) break;
      from -= strides[d] * index[d];
      index[d] = 0;
    }
  }
  return make_array(source.dtype, source.shape, std::move(bytes));
}

std::string npy_head(const Array& array) {
  std::string_view code;
  for (const auto& [name, dtype] : npy_dtypes) {
    if (dtype == array.dtype) code = name;
  }
  RT_CHECK(!code.empty(), "NumPy has no {}; convert the array first", name_of(array.dtype));
  std::string shape;
  for (const int64_t length : array.shape) shape += fmt::format("{}, ", length);
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);
  if (array.shape.size() == 1) shape.resize(shape.size() - 1);
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                 size_of(array.dtype) == 1 ? '|' : '<', code, shape);
  const size_t prefix = npy_magic.size() + 2 + 2;
  text.append((npy_alignment - (prefix + text.size() + 1) % npy_alignment) % npy_alignment, ' ');
  text += '\n';
  ByteWriter head;
  head.write_text(npy_magic);
  head.write<uint8_t>(1);
  head.write<uint8_t>(0);
  head.write<uint16_t>(static_cast<uint16_t>(text.size()));
  head.write_text(text);
  return head.take();
}

}  // namespace

std::optional<DType> numpy_dtype(std::string_view descr) {
  for (const auto& [name, dtype] : npy_dtypes) {
    if (!descr.empty() && descr.substr(1) == name && is_readable_order(descr.front(), dtype)) return dtype;
  }
  return std::nullopt;
}

bool looks_like_npy(std::span<const uint8_t> bytes) { return ByteReader(bytes, "").begins_with(npy_magic); }

Array parse_npy(SharedBytes file, const std::string& name) {
  ByteReader in(file.bytes, name);
  if (!in.begins_with(npy_magic)) user_error("{}: is no NumPy file: its first bytes are wrong", name);
  in.skip(npy_magic.size());
  const auto major = in.read<uint8_t>();
  in.skip(1);  // minor versions have never changed anything
  in.require(major >= 1 && major <= 3, "its NumPy format version is unknown (1 to 3 are read)", major);
  const size_t header_size = major == 1 ? in.read<uint16_t>() : in.read<uint32_t>();
  in.require(header_size <= max_npy_header_bytes, "its NumPy header is too long", header_size);
  const auto text = in.text(header_size);
  NpyHeader header = NpyHeaderParser(text, in).parse();
  const auto expected = byte_count(header.dtype, header.shape);
  if (!expected) user_error("{}: shape {} is too large", name, shape_text(header.shape));
  if (*expected != in.remaining()) {
    user_error("{}: shape {} of {} takes {} bytes, but {} follow the header; the file is {}", name,
               shape_text(header.shape), name_of(header.dtype), *expected, in.remaining(),
               *expected > in.remaining() ? "cut off" : "damaged");
  }
  Array array{header.dtype, std::move(header.shape), {file.owner, in.take(*expected)}};
  return header.fortran_order && array.shape.size() > 1 ? transposed_from_fortran(array) : array;
}

Array read_npy(const std::filesystem::path& path) { return parse_npy(map_file(path), path.string()); }

void write_npy(const std::filesystem::path& path, const Array& array) {
  AtomicFile file(path);
  file.write(npy_head(array));
  file.write(array.bytes());
  file.commit();
}

NamedArrays parse_npz(SharedBytes file, const std::string& name) {
  const ZipArchive archive(std::move(file), name);
  NamedArrays arrays;
  for (const auto& [member, facts] : archive.members()) {
    if (!member.ends_with(npy_ending)) user_error("{}: member '{}' is no .npy array", name, member);
    arrays[member.substr(0, member.size() - npy_ending.size())] =
        parse_npy(archive.read(member, max_npz_member_bytes), fmt::format("{}: {}", name, member));
  }
  return arrays;
}

NamedArrays read_npz(const std::filesystem::path& path) { return parse_npz(map_file(path), path.string()); }

void write_npz(const std::filesystem::path& path, const NamedArrays& arrays) {
  ZipWriter archive(path);
  for (const auto& [name, array] : arrays) {
    const auto bytes = array.bytes();
    archive.add(name + std::string(npy_ending), npy_head(array),
                {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  archive.commit();
}

}  // namespace retort::io
