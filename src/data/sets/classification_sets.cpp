// Named sets and formats whose pictures have one class each.
#include <algorithm>
#include <filesystem>

#include "core/errors.h"
#include "core/registries.h"
#include "core/text.h"
#include "data/sets/cifar.h"
#include "data/sets/file_tree.h"
#include "data/sets/idx.h"
#include "data/sets/image_folder.h"
#include "data/sets/kept_pictures.h"
#include "data/sets/memory_set.h"
#include "data/sets/picture_list.h"
#include "data/sets/text_lists.h"
#include "io/packed_file.h"

namespace retort::data {
namespace {

const std::vector<std::string> train_and_test = {"train", "test"};

// Small pictures of one size.
DatasetPtr open_kept_folder(const std::shared_ptr<const FileTree>& tree, const std::string& split,
                            const std::vector<std::string>& class_names) {
  return keep_decoded(make_image_folder(tree, split, class_names));
}

// What lies there: one of the authors' versions, else pictures in class folders, in archives SPLIT_jpeg.tar.gz or
// plain.
DatasetPtr open_cifar10(const DatasetPlace& place) {
  const auto tree = open_file_tree(place.folder);
  if (has_cifar_files(*tree, place.split, CifarKind::cifar10))
    return open_cifar(*tree, place.split, CifarKind::cifar10);
  if (const std::string archive = place.split + "_jpeg.tar.gz"; tree->contains(archive)) {
    return open_kept_folder(open_file_tree(tree->full_name(archive)), place.split, cifar10_classes());
  }
  if (tree->has_folder(place.split)) return open_kept_folder(tree, place.split, cifar10_classes());
  user_error(
      "{}: holds neither data_batch_1.bin (binary version), data_batch_1 (Python version), {}_jpeg.tar.gz nor a "
      "folder {}",
      place.folder, place.split, place.split);
}

DatasetPtr open_cifar100(const DatasetPlace& place) {
  return open_cifar(*open_file_tree(place.folder), place.split, CifarKind::cifar100);
}

// The loss-free pictures of ../shared/data/cifar10: 2000 for training, 846 for tests.
DatasetPtr open_cifar10_exact(const DatasetPlace& place) {
  std::filesystem::path folder = place.folder;
  const auto file = folder / (place.split == "train" ? "data_batch_exact.bin.gz" : "test_batch_exact.bin.gz");
  constexpr uint64_t max_bytes = 1 << 30;
  auto batch = parse_cifar_binary(io::open_packed_file(file, max_bytes), file.string(), CifarKind::cifar10);
  MemorySetParts parts{.channels = 3, .height = 32, .width = 32};
  parts.labels = std::move(batch.labels);
  parts.runs.push_back(std::move(batch.pixels));
  parts.class_names = cifar10_classes();
  return make_memory_set(std::move(parts));
}

DatasetPtr open_mnist(const DatasetPlace& place) { return open_idx(*open_file_tree(place.folder), place.split); }

DatasetPtr open_fashion_mnist(const DatasetPlace& place) {
  return open_idx(
      *open_file_tree(place.folder), place.split,
      {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"});
}

DatasetPtr open_tiny_imagenet_30(const DatasetPlace& place) {
  const auto folder = open_file_tree(place.folder);
  const auto pictures = folder->contains("tiny_imagenet_30.tar.gz")
                            ? open_file_tree(folder->full_name("tiny_imagenet_30.tar.gz"))
                            : folder;
  return open_kept_folder(pictures, place.split, read_list(*folder, "wnids.txt"));
}

// labels.csv: file, class_index, wnid, name. Classes without a picture here are called by their number.
DatasetPtr open_imagenet_samples(const DatasetPlace& place) {
  constexpr int64_t classes = 1000;
  PictureListParts parts{.tree = open_file_tree(place.folder)};
  for (int64_t i = 0; i < classes; ++i) parts.class_names.push_back(std::to_string(i));
  const auto lines = read_list(*parts.tree, "labels.csv");
  for (size_t i = 1; i < lines.size(); ++i) {
    const auto cells = split(lines[i], ',');
    int64_t label = -1;
    if (cells.size() != 4 || !parse_integer(cells[1], label) || label < 0 || label >= classes) {
      user_error("{}:{}: 'file,class_index,wnid,name' with an index of 0 to {} is expected",
                 parts.tree->full_name("labels.csv"), i + 1, classes - 1);
    }
    parts.names.push_back(cells[0]);
    parts.labels.push_back(label);
    parts.class_names[size_t(label)] = cells[3];
  }
  return make_picture_list(std::move(parts));
}

DatasetPtr open_image_folder(const DatasetPlace& place) {
  const auto tree = open_file_tree(place.folder);
  return make_image_folder(tree, place.split);
}

}  // namespace
}  // namespace retort::data

namespace retort {

void register_classification_sets(Registries& registries) {
  using namespace data;
  const auto add = [&](const std::string& name, DataSetKind kind) {
    kind.task = "classification";
    registries.data_sets.add(name, std::move(kind));
  };
  add("cifar10", {.summary = "CIFAR-10: binary or Python version, or JPEGs in class folders",
                  .splits = train_and_test,
                  .open = open_cifar10});
  add("cifar10_exact", {.summary = "2000 + 846 loss-free pictures of CIFAR-10, binary version",
                        .splits = train_and_test,
                        .folder = "cifar10",
                        .open = open_cifar10_exact});
  add("cifar100", {.summary = "CIFAR-100, fine classes: binary or Python version",
                   .splits = train_and_test,
                   .open = open_cifar100});
  add("mnist", {.summary = "MNIST digits, 28x28 grey", .splits = train_and_test, .open = open_mnist});
  add("fashion_mnist", {.summary = "Fashion-MNIST, 28x28 grey", .splits = train_and_test, .open = open_fashion_mnist});
  add("tiny_imagenet_30",
      {.summary = "30 classes of Tiny ImageNet, 64x64", .splits = {"train", "val"}, .open = open_tiny_imagenet_30});
  add("imagenet_samples",
      {.summary = "250 ImageNet photos, one a class, 256x256", .splits = {"test"}, .open = open_imagenet_samples});
  add("idx", {.summary = "SPLIT-images-idx3-ubyte and SPLIT-labels-idx1-ubyte, also .gz",
              .splits = train_and_test,
              .is_format = true,
              .open = open_mnist});
  add("image_folder", {.summary = "[SPLIT/]CLASS/picture.jpg in a folder, .tar or .tar.gz",
                       .is_format = true,
                       .open = open_image_folder});
}

}  // namespace retort
