#include "distil/model/engine/soft_label_maker.h"

#include <gtest/gtest.h>

#include "io/atomic_file.h"
#include "support/taught_folder.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

struct SoftLabelMaking : tests::TaughtFolder {
  SoftLabelRequest request;
  SoftLabelMaking() {
    request.data = data;
    request.network = "resnet8";
    request.weights = weights;
    request.epochs = 2;
    request.seed = 3;
  }

  SoftLabelMaker maker(const std::string& file, bool overwrite = false) const {
    return {registries, request, folder / file, overwrite};
  }
  std::string make(const std::string& file) const {
    auto made = maker(file);
    while (made.step()) {
    }
    made.commit();
    return io::read_whole_file(folder / file, 1 << 20);
  }
  std::string refusal(const std::string& file) const {
    return tests::user_error_of([&] { maker(file); });
  }
};

TEST(SoftLabelMaker, WritesDownWhoSpokeOfWhat) {
  const SoftLabelMaking making;
  making.make("a.soft");
  const data::SoftLabelFile file(making.folder / "a.soft");
  const auto& header = file.header();
  EXPECT_EQ(header.data.name, "image_folder/train");
  EXPECT_EQ(header.data.samples, 12);
  EXPECT_EQ(header.teacher.weights, "teacher.safetensors");
  EXPECT_EQ(header.teacher.checksum.size(), 64U);
  EXPECT_EQ(header.transforms, making.data.transforms);
  EXPECT_TRUE(header.augmented);
  EXPECT_EQ(header.seed, 3);
  EXPECT_EQ(header.classes, 3);
  EXPECT_EQ(header.top_k, 3) << "there are no 128 classes";
  EXPECT_EQ(header.epochs, 2);
}

TEST(SoftLabelMaker, AsksATeacherOfOtherClassesWhenTold) {
  SoftLabelMaking making;
  const auto made = nn::create_weights(*making.registries.networks.get("resnet8").make(7), RandomTree(2));
  making.request.weights = (making.folder / "seven.safetensors").string();
  io::save_safetensors(making.request.weights, nn::named_tensors(made));
  making.request.classes = 7;
  making.make("seven.soft");
  EXPECT_EQ(data::SoftLabelFile(making.folder / "seven.soft").header().classes, 7);
}

TEST(SoftLabelMaker, GoesOnAndGivesTheSameBytes) {
  const SoftLabelMaking making;
  const auto wanted = making.make("whole.soft");
  {
    auto broken_off = making.maker("parts.soft");
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(broken_off.step());
    EXPECT_EQ(broken_off.records(), 17) << "an epoch of 5 + 5 + 2, and 5 of the next";
  }
  EXPECT_FALSE(std::filesystem::exists(making.folder / "parts.soft"));
  {
    // A record of a batch that was not whole: the batch is asked again.
    data::SoftLabelWriter writer(making.folder / "parts.soft", making.maker("other.soft").header());
    ASSERT_EQ(writer.records(), 17);
    writer.add(std::vector<float>{1, 2, 3}, {});
  }
  auto resumed = making.maker("parts.soft");
  EXPECT_EQ(resumed.records(), 17);
  while (resumed.step()) {
  }
  EXPECT_EQ(resumed.error().records, 7);
  resumed.commit();
  EXPECT_EQ(io::read_whole_file(making.folder / "parts.soft", 1 << 20), wanted);
}

TEST(SoftLabelMaker, DoesNothingTwiceAndOverwritesNothingUnasked) {
  SoftLabelMaking making;
  making.make("a.soft");
  auto again = making.maker("a.soft");
  EXPECT_TRUE(again.already_there());
  EXPECT_FALSE(again.step());
  making.request.seed = 4;
  EXPECT_NE(
      making.refusal("a.soft").find("a.soft: holds other soft labels (resnet8 of image_folder/train, epochs 2, seed "
                                    "3); --overwrite replaces them"),
      std::string::npos);
  EXPECT_FALSE(making.maker("a.soft", true).already_there());
  io::write_whole_file(making.folder / "notes.txt", "mine");
  EXPECT_NE(making.refusal("notes.txt").find("is no file of soft labels"), std::string::npos);
}

TEST(SoftLabelMaker, RefusesWhatMakesNoSense) {
  SoftLabelMaking making;
  making.request.data.transforms = {"normalise(cifar10)"};
  EXPECT_NE(making.refusal("a.soft").find("--epochs 2: the transforms [normalise(cifar10)] draw nothing"),
            std::string::npos);
  making.request.epochs = 1;
  making.request.feature = "layer2";
  EXPECT_NE(making.refusal("a.soft").find("a vector such as 'avgpool' would be right"), std::string::npos)
      << making.refusal("a.soft");
  making.request.feature = "avgpol";
  EXPECT_NE(making.refusal("a.soft").find("did you mean 'avgpool'"), std::string::npos);
  making.request.feature = "avgpool";
  EXPECT_EQ(making.maker("a.soft").header().feature_width, 64);
}

}  // namespace
}  // namespace retort::model
