// A segmentation that takes a second: three classes of pixels which a colour tells apart.
#pragma once

#include "data/sets/sample.h"
#include "distil/model/engine/tiny_distillation.h"
#include "io/atomic_file.h"

namespace retort {
void register_deeplab_resnet(Registries&);
void register_dense_sets(Registries&);
}  // namespace retort

namespace retort::model {

/// `count` pictures of 32x32 of each kind: left half of one class, right half of another; the first row is void.
inline void write_halves(const std::filesystem::path& folder, int count) {
  std::filesystem::create_directories(folder);
  io::write_whole_file(folder / "classes.txt", "red\ngreen\nblue\n");
  for (const char* split : {"train", "test"}) {
    std::filesystem::create_directories(folder / split);
    std::filesystem::create_directories(folder / (std::string(split) + "annot"));
    for (int number = 0; number < 3 * count; ++number) {
      auto picture = io::make_image(32, 32, 3), labels = io::make_image(32, 32, 1);
      for (int y = 0; y < 32; ++y) {
        for (int x = 0; x < 32; ++x) {
          const int label = (number + (x < 16 ? 0 : 1)) % 3;
          for (int c = 0; c < 3; ++c)
            picture.at(x, y)[c] = static_cast<uint8_t>((c == label ? 170 : 40) + (x * 7 + y * 3 + number) % 40);
          *labels.at(x, y) = y == 0 ? data::void_class : static_cast<uint8_t>(label);
        }
      }
      const auto name = std::to_string(number) + ".png";
      io::write_png(folder / split / name, picture);
      io::write_png(folder / (std::string(split) + "annot") / name, labels);
    }
  }
}

struct TinySegmentation : TinyDistillation {
  TinySegmentation() {
    register_deeplab_resnet(registries);
    register_dense_sets(registries);
    write_halves(folder / "halves", 4);
    options.data.train = "segmentation_pairs/train";
    options.data.test = "segmentation_pairs/test";
    options.data.path = (folder / "halves").string();
    options.data.batch_size = 4;
    options.data.transforms = {"flip", "normalise(half)"};
    options.student.network = "deeplab_resnet8_narrow";
    options.train.schedule.kind = train::RateScheduleKind::constant;
  }

  void give_dense_teacher() {
    options.teacher.network = "deeplab_resnet8";
    options.teacher.weights = fresh_weights("deeplab_resnet8", 9);
  }
};

}  // namespace retort::model
