#include "io/ply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "core/errors.h"
#include "core/text.h"
#include "io/bytes.h"
#include "io/mapped_file.h"

namespace retort::io {
namespace {

constexpr size_t ply_max_line = 4096;
constexpr size_t ply_max_header_lines = 10000;

enum class PlyType { i8, u8, i16, u16, i32, u32, f32, f64 };

struct PlyTypeName {
  const char *name, *other_name;
  PlyType type;
  size_t size;
};
constexpr std::array<PlyTypeName, 8> ply_types = {{{"char", "int8", PlyType::i8, 1},
                                                   {"uchar", "uint8", PlyType::u8, 1},
                                                   {"short", "int16", PlyType::i16, 2},
                                                   {"ushort", "uint16", PlyType::u16, 2},
                                                   {"int", "int32", PlyType::i32, 4},
                                                   {"uint", "uint32", PlyType::u32, 4},
                                                   {"float", "float32", PlyType::f32, 4},
                                                   {"double", "float64", PlyType::f64, 8}}};

size_t ply_size_of(PlyType type) { return ply_types[size_t(type)].size; }

struct PlyProperty {
  std::string name;
  PlyType type = PlyType::f32;
  bool is_list = false;
  PlyType count_type = PlyType::u8;
};

struct PlyElement {
  std::string name;
  uint64_t rows = 0;
  std::vector<PlyProperty> properties;

  // Least bytes a row takes: every list empty; in ascii a digit and a blank a value.
  uint64_t min_row_bytes(bool ascii) const {
    uint64_t bytes = 0;
    for (const auto& property : properties) {
      bytes += ascii ? 2 : ply_size_of(property.is_list ? property.count_type : property.type);
    }
    return bytes;
  }
};

enum class PlyEncoding { ascii, little_endian, big_endian };

struct PlyHeader {
  PlyEncoding encoding = PlyEncoding::ascii;
  std::vector<PlyElement> elements;
};

std::vector<std::string> ply_words(ByteReader& reader) {
  const std::string line = trim(reader.text_until('\n', ply_max_line));
  std::vector<std::string> words;
  for (auto& word : split(line, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  return words;
}

PlyType ply_type(const std::string& name, const ByteReader& reader) {
  for (const auto& type : ply_types) {
    if (name == type.name || name == type.other_name) return type.type;
  }
  reader.fail(fmt::format("unknown property type '{}'", name));
}

PlyProperty parse_ply_property(const std::vector<std::string>& words, const ByteReader& reader) {
  if (words.size() == 3) return {.name = words[2], .type = ply_type(words[1], reader)};
  reader.require(words.size() == 5 && words[1] == "list",
                 "expected 'property TYPE NAME' or 'property list TYPE TYPE NAME'");
  PlyProperty property{
      .name = words[4], .type = ply_type(words[3], reader), .is_list = true, .count_type = ply_type(words[2], reader)};
  reader.require(property.count_type < PlyType::f32, "the length of a list must be a whole number");
  return property;
}

PlyEncoding parse_ply_format(const std::vector<std::string>& words, const ByteReader& reader) {
  reader.require(words.size() == 3, "expected 'format ascii 1.0' or 'format binary_little_endian 1.0'");
  if (words[1] == "ascii") return PlyEncoding::ascii;
  if (words[1] == "binary_big_endian") return PlyEncoding::big_endian;
  reader.require(words[1] == "binary_little_endian",
                 fmt::format("PLY format '{}'; save it as binary_little_endian or ascii", words[1]));
  return PlyEncoding::little_endian;
}

PlyElement parse_ply_element(const std::vector<std::string>& words, const ByteReader& reader) {
  int64_t rows = 0;
  reader.require(words.size() == 3 && parse_integer(words[2], rows) && rows >= 0, "expected 'element NAME COUNT'");
  return {.name = words[1], .rows = uint64_t(rows), .properties = {}};
}

PlyHeader parse_ply_header(ByteReader& reader) {
  const auto first = ply_words(reader);
  reader.require(first.size() == 1 && first[0] == "ply", "not a PLY file: it does not begin with 'ply'");
  PlyHeader header;
  bool format_seen = false;
  for (size_t lines = 0;; ++lines) {
    reader.require(lines < ply_max_header_lines, "the header has too many lines");
    const auto words = ply_words(reader);
    if (words.empty() || words[0] == "comment" || words[0] == "obj_info") continue;
    if (words[0] == "end_header") break;
    if (words[0] == "format") {
      header.encoding = parse_ply_format(words, reader);
      format_seen = true;
    } else if (words[0] == "element") {
      header.elements.push_back(parse_ply_element(words, reader));
    } else if (words[0] == "property" && !header.elements.empty()) {
      header.elements.back().properties.push_back(parse_ply_property(words, reader));
    } else {
      reader.fail(fmt::format("unexpected line '{}' in the header", words[0]));
    }
  }
  reader.require(format_seen, "the header has no 'format' line");
  return header;
}

// Where values come from: numbers as text or as bytes.
class PlyValues {
 public:
  PlyValues(ByteReader& reader, PlyEncoding encoding)
      : reader_(reader), ascii_(encoding == PlyEncoding::ascii), swapped_(encoding == PlyEncoding::big_endian) {}

  double scalar(PlyType type) { return ascii_ ? text_number() : binary_number(type); }

  void skip_list(const PlyProperty& property) {
    const double length = scalar(property.count_type);
    reader_.require(length >= 0 && length <= double(reader_.remaining()), "a list is longer than the file");
    const auto count = uint64_t(length);
    if (!ascii_) return reader_.skip(count * ply_size_of(property.type));
    for (uint64_t i = 0; i < count; ++i) text_number();
  }

 private:
  double binary_number(PlyType type) {
    switch (type) {
      case PlyType::i8:
        return stored<int8_t>();
      case PlyType::u8:
        return stored<uint8_t>();
      case PlyType::i16:
        return stored<int16_t>();
      case PlyType::u16:
        return stored<uint16_t>();
      case PlyType::i32:
        return stored<int32_t>();
      case PlyType::u32:
        return stored<uint32_t>();
      case PlyType::f32:
        return stored<float>();
      case PlyType::f64:
        return stored<double>();
    }
    reader_.fail("unknown property type");
  }

  template <class T>
  T stored() {
    T value = reader_.read<T>();
    if (swapped_) {
      auto* bytes = reinterpret_cast<uint8_t*>(&value);
      std::reverse(bytes, bytes + sizeof(T));
    }
    return value;
  }

  double text_number() {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    const size_t start = reader_.position();
    const auto rest = reader_.text(reader_.remaining());
    const auto begin = std::find_if_not(rest.begin(), rest.end(), blank);
    reader_.require(begin != rest.end(), "the file is cut off");
    const auto end = std::find_if(begin, rest.end(), blank);
    double value = 0;
    const auto [stop, error] = std::from_chars(&*begin, &*begin + (end - begin), value);
    reader_.require(error == std::errc() && stop == &*begin + (end - begin), "expected a number");
    reader_.seek(start + size_t(end - rest.begin()));
    return value;
  }

  ByteReader& reader_;
  bool ascii_, swapped_;
};

void check_ply_rows(const PlyElement& element, bool ascii, const ByteReader& reader) {
  const uint64_t row_bytes = element.min_row_bytes(ascii);
  // The last number of an ascii file needs no blank after it.
  const uint64_t available = reader.remaining() + (ascii ? 1 : 0);
  reader.require(element.rows == 0 || (row_bytes > 0 && element.rows <= available / row_bytes),
                 fmt::format("{} rows of '{}' do not fit the file", element.rows, element.name));
}

std::vector<std::string> ply_scalar_names(const PlyElement& element) {
  std::vector<std::string> names;
  for (const auto& property : element.properties) {
    if (!property.is_list) names.push_back(property.name);
  }
  return names;
}

// The scalar values of all rows, in the file's order.
template <class Number>
std::vector<Number> read_ply_rows(const PlyElement& element, PlyValues& values) {
  std::vector<Number> numbers;
  numbers.reserve(element.rows * ply_scalar_names(element).size());
  for (uint64_t row = 0; row < element.rows; ++row) {
    for (const auto& property : element.properties) {
      if (property.is_list) {
        values.skip_list(property);
      } else {
        numbers.push_back(static_cast<Number>(values.scalar(property.type)));
      }
    }
  }
  return numbers;
}

void skip_ply_element(const PlyElement& element, PlyValues& values) {
  for (uint64_t row = 0; row < element.rows; ++row) {
    for (const auto& property : element.properties) {
      if (property.is_list) {
        values.skip_list(property);
      } else {
        values.scalar(property.type);
      }
    }
  }
}

}  // namespace

std::optional<int64_t> PlyVertices::column(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return found - names.begin();
}

PlyVertices decode_ply(std::span<const uint8_t> bytes, const std::string& name) {
  ByteReader reader(bytes, name);
  const PlyHeader header = parse_ply_header(reader);
  PlyValues values(reader, header.encoding);
  for (const auto& element : header.elements) {
    check_ply_rows(element, header.encoding == PlyEncoding::ascii, reader);
    if (element.name != "vertex") {
      skip_ply_element(element, values);
      continue;
    }
    auto names = ply_scalar_names(element);
    reader.require(!names.empty(), "the element 'vertex' has no scalar property");
    return {int64_t(element.rows), std::move(names), read_ply_rows<float>(element, values)};
  }
  reader.fail("the file has no element 'vertex'");
}

std::vector<PlyTable> decode_ply_tables(std::span<const uint8_t> bytes, const std::string& name) {
  ByteReader reader(bytes, name);
  const PlyHeader header = parse_ply_header(reader);
  PlyValues values(reader, header.encoding);
  std::vector<PlyTable> tables;
  for (const auto& element : header.elements) {
    check_ply_rows(element, header.encoding == PlyEncoding::ascii, reader);
    tables.push_back({element.name, int64_t(element.rows), ply_scalar_names(element), {}});
    tables.back().values = read_ply_rows<double>(element, values);
  }
  return tables;
}

PlyVertices read_ply(const std::filesystem::path& path) {
  const MappedFile file(path);
  return decode_ply(file.bytes(), path.string());
}

PlyWriter::PlyWriter(const std::filesystem::path& path, const std::vector<std::string>& names, int64_t rows,
                     const std::vector<std::string>& comments, PlyStorage storage)
    : file_(path), storage_(storage), columns_(int64_t(names.size())), rows_(rows) {
  RT_CHECK(!names.empty() && rows >= 0, "ply: {} properties, {} rows", names.size(), rows);
  std::string header =
      fmt::format("ply\nformat {} 1.0\n", storage == PlyStorage::ascii ? "ascii" : "binary_little_endian");
  for (const auto& comment : comments) header += fmt::format("comment {}\n", comment);
  header += fmt::format("element vertex {}\n", rows);
  for (const auto& name : names) {
    RT_CHECK(!name.empty() && name.find_first_of(" \t\r\n") == std::string::npos, "ply: property name '{}'", name);
    header += fmt::format("property float {}\n", name);
  }
  file_.write(header + "end_header\n");
}

void PlyWriter::write_rows(std::span<const float> values) {
  RT_CHECK(int64_t(values.size()) % columns_ == 0, "ply: {} values are no whole rows of {}", values.size(), columns_);
  written_ += int64_t(values.size()) / columns_;
  if (storage_ == PlyStorage::ascii) {
    std::string text;
    for (size_t index = 0; index < values.size(); ++index) {
      fmt::format_to(std::back_inserter(text), "{}{}", values[index],
                     (int64_t(index) + 1) % columns_ == 0 ? '\n' : ' ');
    }
    file_.write(text);
    return;
  }
  file_.write({reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()});
}

void PlyWriter::commit() {
  RT_CHECK(written_ == rows_, "ply: {} of {} rows written", written_, rows_);
  file_.commit();
}

}  // namespace retort::io
