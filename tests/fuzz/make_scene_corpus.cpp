// Writes the seed corpora of pictures, PLY and COLMAP models. By hand, from the root of the sources:
//   g++ -std=c++20 -Isrc -Itests tests/fuzz/make_scene_corpus.cpp -L<build> -lretort_distil_field_scene
//     -lretort_distil_field_camera -lretort_io -lretort_core -lpng -ljpeg -lfmt -o make_scene_corpus
//   ./make_scene_corpus tests/fuzz/corpus
#include <filesystem>

#include "io/bytes.h"
#include "io/png.h"
#include "support/grey16_png.h"
#include "support/temporary_folder.h"
#include "support/tiny_scene.h"

namespace {

using retort::io::read_whole_file;
using retort::io::write_whole_file;

// A valid file, the same cut in half, and with a bit flipped in its first third.
void save_with_damage(const std::filesystem::path& folder, const std::string& name, const std::string& content) {
  std::filesystem::create_directories(folder);
  write_whole_file(folder / name, content);
  write_whole_file(folder / (name + ".cut"), content.substr(0, content.size() / 2));
  std::string flipped = content;
  flipped[flipped.size() / 3] = char(flipped[flipped.size() / 3] ^ 0x10);
  write_whole_file(folder / (name + ".flipped"), flipped);
}

void save_pictures(const std::filesystem::path& corpus) {
  for (const int channels : {1, 3, 4}) {
    const auto picture = retort::tests::sample_picture(13, 9, channels);
    save_with_damage(corpus / "png", "channels_" + std::to_string(channels), retort::io::encode_png(picture));
  }
  save_with_damage(corpus / "png_grey16", "depth",
                   retort::tests::grey16_png(5, 3, std::vector<uint16_t>(5 * 3, 0x1234)));
  save_with_damage(corpus / "png_grey16", "interlaced",
                   retort::tests::grey16_png(9, 7, std::vector<uint16_t>(9 * 7, 0x4321), true));
  const auto picture = retort::tests::sample_picture(17, 11, 3), grey = retort::tests::sample_picture(8, 8, 1);
  save_with_damage(corpus / "jpeg", "colour", retort::tests::jpeg_of(picture));
  save_with_damage(corpus / "jpeg", "grey", retort::tests::jpeg_of(grey));
  save_with_damage(corpus / "jpeg", "progressive_turned",
                   retort::tests::jpeg_of(picture, {.progressive = true, .exif_rotation = 6, .exif_big_endian = true}));
  save_with_damage(corpus / "jpeg", "cmyk", retort::tests::jpeg_of(picture, {.cmyk = true}));
}

void save_ply(const std::filesystem::path& corpus) {
  const std::string ascii =
      "ply\nformat ascii 1.0\ncomment seed\nelement camera 1\nproperty list uchar int ids\nelement vertex 2\n"
      "property float x\nproperty double y\nproperty uchar red\nend_header\n2 7 8\n1.5 -2e3 255\n0 0 0\n";
  save_with_damage(corpus / "ply", "ascii", ascii);
  retort::io::ByteWriter binary;
  binary.write_text(
      "ply\nformat binary_little_endian 1.0\nelement vertex 2\nproperty float x\nproperty list uchar short v\n"
      "property ushort id\nend_header\n");
  for (uint8_t row = 0; row < 2; ++row) {
    binary.write(1.5F);
    binary.write(row);
    if (row) binary.write(int16_t(-3));
    binary.write(uint16_t(9));
  }
  save_with_damage(corpus / "ply", "binary", binary.bytes());
}

void save_models(const std::filesystem::path& corpus) {
  auto model = retort::tests::tiny_model({"a.jpg", "b c.jpg"});
  model.cameras[2] = retort::field::Lens{.model = retort::field::LensModel::opencv,
                                         .width = 8,
                                         .height = 6,
                                         .fx = 7,
                                         .fy = 7,
                                         .cx = 4,
                                         .cy = 3,
                                         .k1 = 0.1};
  const double fisheye[] = {7, 7, 4, 3, 0.1, -0.02, 0.003, 0.004};
  model.cameras[3] = retort::field::make_lens(5, 8, 6, fisheye, "corpus");
  const double full[] = {7, 7, 4, 3, 0.1, -0.02, 0.003, 0.004, 0.005, 0.06, 0.007, 0.008};
  model.cameras[4] = retort::field::make_lens(6, 8, 6, full, "corpus");
  const double fov[] = {7, 7, 4, 3, 0.9};
  model.cameras[5] = retort::field::make_lens(7, 8, 6, fov, "corpus");
  const char* const stems[] = {"cameras", "images", "points3D"};
  const retort::tests::TemporaryFolder folder;
  for (const bool text : {false, true}) {
    retort::field::write_colmap(folder.path(), model, text);
    for (int file = 0; file < 3; ++file) {
      const std::string name = stems[file] + std::string(text ? ".txt" : ".bin");
      save_with_damage(corpus / (text ? "colmap_text" : "colmap_binary"), stems[file],
                       char('0' + file) + read_whole_file(folder / name, 1 << 20));  // '0' is divisible by 3
    }
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  save_pictures(arguments[1]);
  save_ply(arguments[1]);
  save_models(arguments[1]);
  return 0;
}
