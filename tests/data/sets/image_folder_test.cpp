#include "data/sets/image_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "io/atomic_file.h"
#include "io/gzip.h"
#include "io/png.h"
#include "support/file_trees.h"
#include "support/hostile_input.h"
#include "support/jpeg_writer.h"
#include "support/tar_writer.h"
#include "support/temporary_folder.h"

namespace retort::data {
namespace {

using tests::refusal_of;
using tests::tree_of;

std::string grey_png(uint8_t value, int width = 2) {
  auto image = io::make_image(width, 1, 1);
  for (auto& pixel : image.pixels) pixel = value;
  return io::encode_png(image);
}

const std::vector<std::pair<std::string, std::string>>& pets() {
  static const std::vector<std::pair<std::string, std::string>> files = {
      {"train/dog/b.png", grey_png(7)},       {"train/cat/z.png", grey_png(1)}, {"train/cat/a.PNG", grey_png(2)},
      {"train/cat/notes.txt", "not a photo"}, {"train/.hidden", "x"},           {"val/cat/v.png", grey_png(9)}};
  return files;
}

void expect_pets(const FileTree& tree, const Dataset& set) {
  ASSERT_EQ(set.size(), 3);
  EXPECT_EQ(set.class_names(), (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(set.label(0), 0);
  EXPECT_EQ(set.label(2), 1);
  EXPECT_EQ(set.sample(0).image, (Picture{3, 1, 2, {2, 2, 2, 2, 2, 2}}));
  EXPECT_EQ(set.sample(2).image.pixels[0], 7);
  EXPECT_EQ(set.sample_name(0), tree.full_name("train/cat/a.PNG"));
}

TEST(ImageFolder, is_the_same_in_a_folder_a_tar_and_a_gzipped_tar) {
  const tests::TemporaryFolder folder;
  for (const auto& [name, content] : pets()) {
    std::filesystem::create_directories((folder / "plain" / name).parent_path());
    io::write_whole_file(folder / "plain" / name, content);
  }
  io::write_whole_file(folder / "pets.tar", tests::tar_of(pets()));
  io::write_whole_file(folder / "pets.tar.gz", io::gzip(tests::tar_of(pets())));
  for (const char* name : {"plain", "pets.tar", "pets.tar.gz"}) {
    const auto tree = open_file_tree(folder / name);
    expect_pets(*tree, *make_image_folder(tree, "train"));
  }
  io::write_whole_file(folder / "text", "neither");
  EXPECT_NE(refusal_of([&] { open_file_tree(folder / "text"); }).find("neither a folder nor a tar archive"),
            std::string::npos);
}

TEST(ImageFolder, takes_the_given_order_of_classes) {
  const auto tree = tree_of(pets());
  const auto set = make_image_folder(tree, "train", {"dog", "mouse", "cat"});
  EXPECT_EQ(set->label(0), 2);
  EXPECT_EQ(set->class_count(), 3);
  EXPECT_NE(refusal_of([&] {
              make_image_folder(tree, "train", {"dog", "cats"});
            }).find("did you mean 'cats'"),
            std::string::npos);
}

TEST(ImageFolder, says_what_is_wrong) {
  EXPECT_EQ(refusal_of([&] { make_image_folder(tree_of(pets()), "test"); }), "set.tar:test: holds no PNG or JPEG");
  EXPECT_NE(refusal_of([&] {
              make_image_folder(tree_of({{"a.png", grey_png(1)}}), "");
            }).find("lies in no class folder"),
            std::string::npos);
  EXPECT_EQ(refusal_of([&] { tree_of({{"a/a.png", "1"}, {"a/a.png", "2"}}); }), "set.tar: holds a/a.png twice");
  const auto broken = make_image_folder(tree_of({{"a/a.png", grey_png(1).substr(0, 40)}}), "");
  EXPECT_TRUE(refusal_of([&] { broken->sample(0); }).starts_with("set.tar:a/a.png: "));
}

}  // namespace
}  // namespace retort::data
