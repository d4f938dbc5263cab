// FerKD's surgery on stored labels: thresholds from shares, what is dropped, and trainings on what is left.
#include "distil/model/engine/label_surgery.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "distil/model/engine/soft_label_maker.h"
#include "distil/model/engine/tiny_distillation.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// Eight looks at each of 24 pictures, as the teacher saw them.
struct StoredLesson : TinyDistillation {
  StoredLesson() {
    give_teacher();
    store({"crop_pad_4", "flip", "normalise(cifar10)"}, 8);
  }

  void store(const std::vector<std::string>& transforms, int64_t epochs) {
    options.data.transforms = transforms;
    options.teacher.cache = (folder / "said.soft").string();
    SoftLabelMaker maker(registries,
                         {.data = options.data,
                          .network = options.teacher.network,
                          .weights = options.teacher.weights,
                          .epochs = epochs,
                          .top_k = 0,
                          .format = data::SoftLabelFormat::fp32,
                          .feature = {}},
                         options.teacher.cache, true);
    while (maker.step()) {
    }
    maker.commit();
  }

  std::shared_ptr<const data::CropPool> plan() {
    const data::SoftLabelFile file(options.teacher.cache);
    return plan_label_surgery(options.teacher.adapt, file, *data::open_train_set(registries, options.data));
  }
};

TEST(LabelSurgery, DropsTheShareThatIsAsked) {
  StoredLesson lesson;
  lesson.options.teacher.adapt.high_share = 0.25;
  const auto pool = lesson.plan();
  ASSERT_NE(pool, nullptr);
  EXPECT_EQ(pool->epochs, 8);
  ASSERT_EQ(pool->may_be_drawn.size(), 24U * 8U);
  EXPECT_NEAR(double(std::count(pool->may_be_drawn.begin(), pool->may_be_drawn.end(), false)), 48, 2);
  const auto& adapt = lesson.options.teacher.adapt;
  EXPECT_EQ(adapt.high_share, 0);
  EXPECT_TRUE(adapt.high > 1. / 3 && adapt.high <= 1);
  const data::SoftLabelFile file(lesson.options.teacher.cache);
  EXPECT_NEAR(adapt.high, confidence_quantiles(file, {0.75})[0], 1e-6);
}

TEST(LabelSurgery, DropsNothingWhereAllIsKeptOrSoftened) {
  StoredLesson lesson;
  lesson.options.teacher.adapt.low_share = 0.5;
  EXPECT_EQ(lesson.plan(), nullptr);
  EXPECT_GT(lesson.options.teacher.adapt.low, 0);
  lesson.options.teacher.adapt.below = data::BandAction::drop;
  const auto pool = lesson.plan();  // by the threshold that the share came to
  ASSERT_NE(pool, nullptr);
  EXPECT_GT(std::count(pool->may_be_drawn.begin(), pool->may_be_drawn.end(), false), 0);
}

TEST(LabelSurgery, RefusesToDropTheOnlyLook) {
  StoredLesson lesson;
  lesson.store({"normalise(cifar10)"}, 1);
  lesson.options.teacher.adapt.high_share = 0.25;
  EXPECT_NE(tests::user_error_of([&] { lesson.plan(); }).find("holds one look at each picture"), std::string::npos);
}

TEST(LabelSurgery, ThresholdsInTheWrongOrderAreRefused) {
  Problems problems;
  LabelSurgeryOptions{.low = 0.9, .high = 0.5}.check(problems);
  EXPECT_FALSE(problems.empty());
  Problems shares;
  LabelSurgeryOptions{.low_share = 0.6, .high_share = 0.5}.check(shares);
  EXPECT_FALSE(shares.empty());
}

TEST(LabelSurgery, MixedCropsOfOnePictureTrainAndResume) {
  StoredLesson lesson;
  lesson.options.loss.ce.weight = 0;
  lesson.options.loss.soft_labels.weight = 1;
  lesson.options.data.crops = 2;
  lesson.options.data.mixing = {.cutmix_alpha = 1, .same_picture = true};
  lesson.options.teacher.adapt = {.low_share = 0.1, .high_share = 0.1};
  expect_the_same_when_resumed(lesson, 5);
}

TEST(StoredLabels, OfSeveralTeachersTeachTogether) {
  StoredLesson lesson;
  lesson.options.loss.ce.weight = 0;
  lesson.options.loss.meal_v2 = {.weight = 1, .judged = JudgedOutputs::probabilities};
  lesson.options.teacher.mix = TeacherMix::probabilities;
  auto alone = lesson.job();
  const auto first = lesson.options.teacher;
  lesson.options.teacher.weights = lesson.fresh_weights("resnet14", 21);
  TeacherNetworkOptions second = lesson.options.teacher;
  second.cache = (lesson.folder / "second.soft").string();
  std::filesystem::rename(first.cache, first.cache + ".kept");
  lesson.store({"crop_pad_4", "flip", "normalise(cifar10)"}, 8);
  std::filesystem::rename(first.cache, second.cache);
  std::filesystem::rename(first.cache + ".kept", first.cache);
  lesson.options.teacher = first;
  lesson.options.teacher.also.emplace_back("second", second);
  Problems problems;
  lesson.options.teacher.check(problems);
  EXPECT_TRUE(problems.empty());
  auto together = lesson.job();
  run_out(*alone);
  run_out(*together);
  EXPECT_FALSE(
      at::equal(alone->student().parameters.at("conv1.weight"), together->student().parameters.at("conv1.weight")));
  lesson.options.data.mixing.cutmix_alpha = 1;
  expect_the_same_when_resumed(lesson, 5);
}

TEST(LabelSurgery, ThatTouchesNothingTrainsAsStoredLabelsDo) {
  StoredLesson lesson;
  lesson.options.loss.ce.weight = 0;
  lesson.options.loss.soft_labels.weight = 1;
  lesson.options.data.crops = 2;
  auto plain = lesson.job();
  lesson.options.teacher.adapt.low = 1e-6;  // on, and below every confidence
  auto adapted = lesson.job();
  run_out(*plain);
  run_out(*adapted);
  const auto want = everything(*plain), got = everything(*adapted);
  for (const auto& [name, tensor] : want) EXPECT_TRUE(at::equal(tensor, got.at(name))) << name;
}

/// Says of the first row that it is class 0 and so on, whatever the pictures are.
struct TeacherOfRows : Teacher {
  std::string name() const override { return "rows"; }
  at::Tensor look(const TeacherBatch& seen, nn::Taps&) override { return 9 * at::eye(seen.batch.size); }
  bool sees_any_picture() const override { return false; }
};

TEST(ForwardPass, MixesWhatWasSaidOfPicturesBeforeTheyWereMixed) {
  TinyDistillation tiny;
  const auto network = tiny.registries.networks.get("resnet8").make(4);
  const auto weights = nn::create_weights(*network, RandomTree(1));
  data::Batch batch{.size = 4};
  batch.columns["image"] = at::zeros({4, 3, 32, 32});
  batch.columns["target"] = batch.columns["sample_index"] = at::arange(4, at::kLong);
  LossOptions loss;
  loss.soft_labels.weight = 1;
  TeacherOfRows teacher;
  const std::vector<int64_t> labels_of_set = {0, 1, 2, 3};
  const StudentAndTeacher pair{.student = *network,
                               .student_weights = weights,
                               .teacher = &teacher,
                               .labels_of_set = labels_of_set,
                               .mixing = {.mixup_alpha = 1}};
  const ForwardPass both(pair, make_loss_terms(loss, *network, nullptr), batch, 1, true);
  const auto& in = both.inputs();
  const auto said = at::softmax(9 * at::eye(4), 1);
  const auto want = in.lambda * said + (1 - in.lambda) * said.index_select(0, in.partner_labels);
  EXPECT_TRUE(at::allclose(at::softmax(in.teacher.logits, 1), want, 1e-4, 1e-5));
}

}  // namespace
}  // namespace retort::model
