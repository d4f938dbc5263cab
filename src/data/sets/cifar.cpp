#include "data/sets/cifar.h"

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "data/sets/text_lists.h"
#include "io/torch_checkpoint.h"

namespace retort::data {
namespace {

constexpr int cifar_side = 32;
constexpr size_t cifar_picture_bytes = 3 * cifar_side * cifar_side;
constexpr uint64_t max_cifar_file_bytes = uint64_t{1} << 30;

std::vector<std::string> batch_names(const std::string& split, CifarKind kind) {
  if (kind == CifarKind::cifar100) return {split};
  if (split == "test") return {"test_batch"};
  return {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"};
}

// The file of that name in any folder, perhaps gzipped; "" without one.
std::string find_file(const FileTree& tree, const std::string& file) {
  for (const auto& name : tree.names()) {
    const auto slash = name.rfind('/');
    const auto last = std::string_view(name).substr(slash == std::string::npos ? 0 : slash + 1);
    if (last == file || last == file + ".gz") return name;
  }
  return "";
}

const io::Array* array_of(const io::PickleValue& root, const char* key) {
  const io::PickleValue* value = root.find(key);
  return value == nullptr ? nullptr : value->as_array();
}

// Labels are a list of numbers; sets made by other programs also have an array.
std::vector<int64_t> python_labels(const io::PickleValue& root, const char* key, const std::string& name) {
  if (const io::Array* array = array_of(root, key)) return array->to_integers(fmt::format("{}: {}", name, key));
  const io::PickleValue* value = root.find(key);
  const auto* list = value ? std::get_if<std::shared_ptr<const io::PickleList>>(&value->value) : nullptr;
  if (list == nullptr) user_error("{}: has no list '{}'", name, key);
  std::vector<int64_t> labels;
  for (const auto& item : (*list)->items) {
    const auto* number = std::get_if<int64_t>(&item.value);
    if (number == nullptr) user_error("{}: its list '{}' has an entry that is no whole number", name, key);
    labels.push_back(*number);
  }
  return labels;
}

// The names in the pickled meta file, or none.
std::vector<std::string> python_class_names(const FileTree& tree, const std::string& file, const char* key) {
  const std::string found = find_file(tree, file);
  if (found.empty()) return {};
  const auto root = io::parse_torch_checkpoint(tree.read_unpacked(found, max_cifar_file_bytes), tree.full_name(found));
  const io::PickleValue* value = root.find(key);
  const auto* list = value ? std::get_if<std::shared_ptr<const io::PickleList>>(&value->value) : nullptr;
  if (list == nullptr) user_error("{}: has no list '{}'", tree.full_name(found), key);
  std::vector<std::string> names;
  for (const auto& item : (*list)->items) {
    const auto* name = std::get_if<std::string>(&item.value);
    if (name == nullptr) user_error("{}: its list '{}' has an entry that is no text", tree.full_name(found), key);
    names.push_back(*name);
  }
  return names;
}

std::vector<std::string> cifar_class_names(const FileTree& tree, CifarKind kind, bool binary) {
  if (kind == CifarKind::cifar10) return cifar10_classes();
  std::vector<std::string> names;
  if (!binary) {
    names = python_class_names(tree, "meta", "fine_label_names");
  } else if (const std::string found = find_file(tree, "fine_label_names.txt"); !found.empty()) {
    names = read_list(tree, found);
  }
  for (int i = int(names.size()); i < 100; ++i) names.push_back(std::to_string(i));
  return names;
}

}  // namespace

const std::vector<std::string>& cifar10_classes() {
  static const std::vector<std::string> names = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                 "dog",      "frog",       "horse", "ship", "truck"};
  return names;
}

CifarBatch parse_cifar_binary(io::SharedBytes file, const std::string& name, CifarKind kind) {
  const size_t label_bytes = kind == CifarKind::cifar10 ? 1 : 2;
  const size_t record = label_bytes + cifar_picture_bytes;
  if (file.bytes.empty() || file.bytes.size() % record != 0) {
    user_error("{}: {} bytes; a CIFAR binary file is a whole number of records of {} bytes each", name,
               file.bytes.size(), record);
  }
  const size_t count = file.bytes.size() / record;
  CifarBatch batch;
  for (size_t i = 0; i < count; ++i) batch.labels.push_back(file.bytes[i * record + label_bytes - 1]);
  batch.pixels = {name, {file.owner, file.bytes.subspan(label_bytes)}, record, int64_t(count)};
  return batch;
}

CifarBatch parse_cifar_python(io::SharedBytes file, const std::string& name, CifarKind kind) {
  const io::PickleValue root = io::parse_torch_checkpoint(std::move(file), name);
  const io::Array* data = array_of(root, "data");
  if (data == nullptr) user_error("{}: has no array 'data'; a CIFAR batch of the Python version has one", name);
  if (data->dtype != io::DType::u8 || data->dimensions() != 2 || data->shape[1] != int64_t(cifar_picture_bytes)) {
    user_error("{}: 'data' is {} {}; uint8 of shape [N, {}] is expected", name, io::name_of(data->dtype),
               io::shape_text(data->shape), cifar_picture_bytes);
  }
  CifarBatch batch{.pixels = {name, data->data, cifar_picture_bytes, data->shape[0]}};
  batch.labels = python_labels(root, kind == CifarKind::cifar10 ? "labels" : "fine_labels", name);
  if (int64_t(batch.labels.size()) != data->shape[0]) {
    user_error("{}: {} pictures, but {} labels", name, data->shape[0], batch.labels.size());
  }
  return batch;
}

bool has_cifar_files(const FileTree& tree, const std::string& split, CifarKind kind) {
  const std::string first = batch_names(split, kind).front();
  return !find_file(tree, first + ".bin").empty() || !find_file(tree, first).empty();
}

DatasetPtr open_cifar(const FileTree& tree, const std::string& split, CifarKind kind) {
  if (split != "train" && split != "test") user_error("{}: CIFAR has no split '{}'; train or test", tree.root(), split);
  const auto names = batch_names(split, kind);
  const bool binary = !find_file(tree, names.front() + ".bin").empty();
  MemorySetParts parts{.channels = 3, .height = cifar_side, .width = cifar_side};
  for (const auto& name : names) {
    const std::string found = find_file(tree, name + (binary ? ".bin" : ""));
    if (found.empty()) user_error("{}: lacks {}{}", tree.root(), name, binary ? ".bin" : "");
    auto file = tree.read_unpacked(found, max_cifar_file_bytes);
    auto batch = binary ? parse_cifar_binary(std::move(file), tree.full_name(found), kind)
                        : parse_cifar_python(std::move(file), tree.full_name(found), kind);
    parts.labels.insert(parts.labels.end(), batch.labels.begin(), batch.labels.end());
    parts.runs.push_back(std::move(batch.pixels));
  }
  parts.class_names = cifar_class_names(tree, kind, binary);
  return make_memory_set(std::move(parts));
}

}  // namespace retort::data
