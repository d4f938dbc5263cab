#include "distil/model/engine/cached_teacher.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/soft_label_maker.h"
#include "support/taught_folder.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

struct CachedLesson : tests::TaughtFolder {
  SoftLabelRequest request;
  CachedTeacherOptions options;

  CachedLesson() {
    request.network = "resnet8";
    request.weights = weights;
    request.seed = 3;
    request.epochs = 2;
    request.top_k = 0;
    request.format = data::SoftLabelFormat::fp32;
  }

  /// Stores what the teacher says of the pictures as `data` changes them; the recipe then follows the file.
  void store() {
    request.data = data;
    options.file = (folder / "said.soft").string();
    SoftLabelMaker maker(registries, request, options.file, true);
    while (maker.step()) {
    }
    maker.commit();
    replay_augmentation(data, options.file);
  }

  std::unique_ptr<CachedTeacher> teacher(int64_t train_seed = 5) const {
    return make_cached_teacher(registries, options, data, train_seed, *data::open_train_set(registries, data));
  }
  std::unique_ptr<data::Loader> loader(int64_t train_seed = 5) const {
    return data::make_train_loader(registries, data, train_seed);
  }
  std::string refusal() const {
    return tests::user_error_of([&] { teacher(); });
  }

  /// The teacher itself: logits, and the vector before its classifier.
  at::Tensor live(const at::Tensor& image, nn::Taps& taps) const {
    const at::NoGradGuard no_grad;
    const auto network = registries.networks.get("resnet8").make(3);
    const auto loaded = nn::load_network_weights(*network, weights);
    nn::GivenSource source(loaded);
    return network->forward(nn::Scope(source, &taps), image.contiguous(at::MemoryFormat::ChannelsLast));
  }
};

at::Tensor cached_logits_of(Teacher& teacher, const data::Batch& batch) {
  nn::Taps none({});
  return teacher.look({.batch = batch, .image = batch.image()}, none);
}

TEST(CachedTeacher, SaysOfEveryReplayedPictureWhatTheTeacherSays) {
  CachedLesson lesson;
  lesson.store();
  EXPECT_EQ(lesson.data.augmentation_epochs, 2);
  EXPECT_EQ(lesson.data.augmentation_seed, 3);
  const auto teacher = lesson.teacher();
  const auto loader = lesson.loader();
  at::Tensor of_epoch[4];
  for (int epoch = 0; epoch < 4; ++epoch) {
    of_epoch[epoch] = at::zeros({12, 3});
    for (int64_t i = 0; i < loader->batches_per_epoch(); ++i) {
      const auto batch = loader->next();
      const auto said = cached_logits_of(*teacher, batch);
      nn::Taps none({});
      EXPECT_TRUE(at::allclose(said, lesson.live(batch.image(), none), 1e-4, 1e-4)) << epoch << " " << i;
      EXPECT_FALSE(said.requires_grad());
      of_epoch[epoch].index_copy_(0, batch.sample_index(), said);
    }
  }
  EXPECT_FALSE(at::allclose(of_epoch[0], of_epoch[1], 1e-4, 1e-4)) << "other crops, other logits";
  EXPECT_TRUE(at::equal(of_epoch[0], of_epoch[2]));
  EXPECT_TRUE(at::equal(of_epoch[1], of_epoch[3]));
}

TEST(CachedTeacher, KnowsEachOfSeveralCrops) {
  CachedLesson lesson;
  lesson.store();
  lesson.data.crops = 2;
  const auto teacher = lesson.teacher();
  const auto loader = lesson.loader();
  for (int64_t i = 0; i < loader->batches_per_epoch(); ++i) {
    const auto batch = loader->next();
    nn::Taps none({});
    EXPECT_TRUE(at::allclose(cached_logits_of(*teacher, batch), lesson.live(batch.image(), none), 1e-4, 1e-4)) << i;
  }
}

TEST(CachedTeacher, SoftensLabelsBelowTheThresholdAndLeavesTheRestToTheBit) {
  CachedLesson lesson;
  lesson.store();
  const auto batch = lesson.loader()->next();
  const auto plain = cached_logits_of(*lesson.teacher(), batch);
  const auto confidence = std::get<0>(at::softmax(plain, 1).max(1));
  const double threshold = confidence.median().item<double>();
  lesson.options.adaptation = data::AdaptationOptions{.low = threshold, .smoothing = 0.3};
  const auto adapted = cached_logits_of(*lesson.teacher(), batch);
  for (int64_t row = 0; row < batch.size; ++row) {
    if (confidence[row].item<double>() >= threshold) {
      EXPECT_TRUE(at::equal(adapted[row], plain[row])) << row;
      continue;
    }
    const auto label = batch.target()[row].item<int64_t>();
    EXPECT_NEAR(at::softmax(adapted[row], 0)[label].item<double>(), 0.8, 1e-5) << row;
  }
}

TEST(CachedTeacher, SaysTheSameInEveryEpochWithoutAugmentation) {
  CachedLesson lesson;
  lesson.data.transforms = {"normalise(cifar10)"};
  lesson.request.epochs = 1;
  lesson.store();
  EXPECT_EQ(lesson.data.augmentation_epochs, 0);
  lesson.data.transforms = {"normalise(imagenet)"};  // of the student alone
  const auto teacher = lesson.teacher();
  const auto loader = lesson.loader();
  at::Tensor of_epoch[2];
  for (auto& all : of_epoch) {
    all = at::zeros({12, 3});
    for (int64_t i = 0; i < loader->batches_per_epoch(); ++i) {
      const auto batch = loader->next();
      all.index_copy_(0, batch.sample_index(), cached_logits_of(*teacher, batch));
    }
  }
  EXPECT_TRUE(at::equal(of_epoch[0], of_epoch[1]));
}

TEST(CachedTeacher, OffersTheFeatureItHoldsAndNoOther) {
  CachedLesson lesson;
  EXPECT_EQ((lesson.store(), lesson.teacher()->network()), nullptr);
  lesson.request.feature = "avgpool";
  lesson.store();
  const auto teacher = lesson.teacher();
  ASSERT_NE(teacher->network(), nullptr);
  EXPECT_EQ(teacher->network()->pooled, "avgpool");
  const auto batch = lesson.loader()->next();
  nn::Taps cached({"avgpool"}), live({"avgpool"});
  teacher->look({.batch = batch, .image = batch.image()}, cached);
  lesson.live(batch.image(), live);
  EXPECT_TRUE(at::allclose(cached.at("avgpool"), live.at("avgpool"), 2e-3, 1e-3));
  nn::Taps map({"avgpool", "layer1"});
  EXPECT_NE(tests::user_error_of([&] {
              teacher->look({.batch = batch, .image = batch.image()}, map);
            }).find("holds logits and the feature 'avgpool' only"),
            std::string::npos);
}

TEST(CachedTeacher, RefusesOtherSamples) {
  CachedLesson lesson;
  lesson.store();
  EXPECT_EQ(lesson.refusal(), "(no UserError)");
  const auto usual = lesson.data;
  lesson.data.train = "image_folder/test";
  EXPECT_NE(lesson.refusal().find("said.soft: holds soft labels of image_folder/train; the recipe trains on "
                                  "image_folder/test"),
            std::string::npos);
  lesson.data = usual;
  lesson.data.train_samples = 6;
  EXPECT_NE(lesson.refusal().find("holds soft labels of 12 samples of image_folder/train; the recipe trains on 6"),
            std::string::npos);
  lesson.data = usual;
  lesson.data.classes = {"red", "green", "blue"};
  EXPECT_NE(lesson.refusal().find("other samples or labels"), std::string::npos);
}

TEST(CachedTeacher, RefusesAnotherTeacher) {
  CachedLesson lesson;
  lesson.store();
  lesson.options.network = "resnet8";
  lesson.options.weights = lesson.weights;
  EXPECT_EQ(lesson.refusal(), "(no UserError)");
  lesson.options.weights = lesson.save_teacher("other.safetensors", 10);
  EXPECT_NE(lesson.refusal().find("holds what resnet8 with the weights teacher.safetensors said (SHA-256 "),
            std::string::npos);
  lesson.options.network = "resnet14";
  EXPECT_NE(lesson.refusal().find("holds what resnet8 said (teacher.safetensors); the recipe's teacher is resnet14"),
            std::string::npos);
}

TEST(CachedTeacher, RefusesPicturesThatAreChangedOtherwise) {
  CachedLesson lesson;
  lesson.store();
  const auto usual = lesson.data;
  lesson.data.transforms = {"crop_pad_4", "flip", "normalise(imagenet)"};
  EXPECT_EQ(lesson.refusal(), "(no UserError)") << "the crops are the same";
  lesson.data.transforms = {"flip", "normalise(cifar10)"};
  EXPECT_NE(
      lesson.refusal().find("changed by [crop_pad_4, flip, normalise(cifar10)]; the recipe changes them by [flip, "
                            "normalise(cifar10)]"),
      std::string::npos);
  lesson.data.transforms = {"normalise(cifar10)"};
  EXPECT_NE(lesson.refusal().find("the recipe changes them by [normalise(cifar10)]"), std::string::npos);
  lesson.data = usual;
  lesson.data.augmentation_seed = 4;
  EXPECT_NE(lesson.refusal().find("changed by the seed 3; the recipe's is 4"), std::string::npos);
  lesson.data = usual;
  for (const int64_t epochs : {0, 3}) {
    lesson.data.augmentation_epochs = epochs;
    EXPECT_NE(lesson.refusal().find("holds 2 epochs of changed pictures"), std::string::npos);
  }
  lesson.data.augmentation_epochs = 1;
  EXPECT_EQ(lesson.refusal(), "(no UserError)");
}

TEST(CachedTeacher, RefusesDrawnPicturesWhereNoneWereStored) {
  CachedLesson lesson;
  lesson.data.transforms = {"normalise(cifar10)"};
  lesson.request.epochs = 1;
  lesson.store();
  lesson.data.transforms = {"flip", "normalise(cifar10)"};
  EXPECT_NE(lesson.refusal().find("changed by [normalise(cifar10)]; the recipe changes them by [flip"),
            std::string::npos);
}

TEST(CachedTeacher, RefusesABatchOfAnEpochThatIsNotStored) {
  CachedLesson lesson;
  lesson.store();
  const auto teacher = lesson.teacher();
  auto batch = lesson.loader()->next();
  batch.augmentation_epoch = 2;
  EXPECT_NE(tests::user_error_of([&] {
              cached_logits_of(*teacher, batch);
            }).find("data.augmentation_epochs: 2 would be right"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::model
