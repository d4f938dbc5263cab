// A job on label maps: what it learns, what it measures, and what it refuses.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "distil/model/engine/tiny_segmentation.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(SegmentationJob, LearnsColoursOfPixelsAndMeasuresThem) {
  TinySegmentation tiny;
  tiny.options.train.epochs = 25;
  tiny.options.train.evaluate_every = 0;
  tiny.options.train.log_every = 1;
  tiny.options.train.monitor.accuracy = true;
  auto job = tiny.job();
  LastValues recorder;
  while (job->step(recorder)) {
  }
  job->finish(tiny.folder.path(), recorder);
  EXPECT_GT(recorder.values.at("eval/miou"), 0.6);
  EXPECT_GT(recorder.values.at("eval/pixel_accuracy"), 0.7);
  EXPECT_GT(recorder.values.at("monitor/accuracy"), 0.7);
  const auto evaluation = nlohmann::json::parse(std::ifstream(tiny.folder / "evaluation.json"));
  const auto& student = evaluation.at("student");
  EXPECT_EQ(student.at("samples"), 12);
  EXPECT_EQ(student.at("pixels"), 12 * 31 * 32);  // the first row is void
  EXPECT_EQ(student.at("miou"), evaluation.at("best_miou"));
  EXPECT_EQ(student.at("iou_of_class").size(), 3U);
}

TEST(SegmentationJob, AResumedRunGivesTheSameBits) {
  TinySegmentation tiny;
  tiny.give_dense_teacher();
  tiny.options.train.epochs = 3;
  tiny.options.loss.kd.weight = 1;
  tiny.options.loss.dist.weight = 1;
  tiny.options.loss.cwd.weight = 1;
  tiny.options.loss.cwd.of = CwdSource::logits;
  tiny.options.loss.at.weight = 1;
  expect_the_same_when_resumed(tiny, 4);
}

TEST(SegmentationJob, MasksAreLearnedWithTheStudentOneForEachClass) {
  TinySegmentation tiny;
  tiny.give_dense_teacher();
  tiny.options.train.epochs = 2;
  tiny.options.loss.acam.weight = 1;
  auto job = tiny.job();
  const auto before = everything(*job);
  EXPECT_EQ(before.at("loss.acam.0.channel_units").sizes(), (at::IntArrayRef{3}));
  EXPECT_EQ(before.at("loss.acam.0.spatial_units").sizes(), (at::IntArrayRef{3, 3}));
  EXPECT_EQ(before.count("loss.acam.0.align.weight"), 0U);  // both score the same classes
  LastValues recorder;
  job->step(recorder);
  const auto after = everything(*job);
  for (const char* name : {"loss.acam.0.channel_units", "loss.acam.0.spatial_units", "loss.acam.0.query.weight"})
    EXPECT_FALSE(at::equal(before.at(name), after.at(name))) << name;
  expect_the_same_when_resumed(tiny, 4);
}

TEST(SegmentationJob, TheTeacherIsMeasuredToo) {
  TinySegmentation tiny;
  tiny.give_dense_teacher();
  tiny.options.train.epochs = 1;
  tiny.options.loss.kd.weight = 1;
  auto job = tiny.job();
  run_out(*job);
  LastValues recorder;
  job->finish(tiny.folder.path(), recorder);
  const auto evaluation = nlohmann::json::parse(std::ifstream(tiny.folder / "evaluation.json"));
  EXPECT_EQ(evaluation.at("teacher").at("miou"), recorder.values.at("eval/teacher_miou"));
}

TEST(SegmentationJob, RefusesWhatHasNoMeaningForPixels) {
  const auto refusal = [](const std::function<void(TinySegmentation&)>& change) {
    TinySegmentation tiny;
    tiny.give_dense_teacher();
    change(tiny);
    return tests::user_error_of([&] { tiny.job(); });
  };
  const auto expect = [](const std::string& message, const char* part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect(refusal([](auto& tiny) { tiny.options.student.network = "resnet8"; }), "student.network: 'resnet8' names one");
  expect(refusal([](auto& tiny) {
           tiny.options.teacher.network = "resnet14";
           tiny.options.teacher.weights = tiny.fresh_weights("resnet14", 9);
           tiny.options.loss.at.weight = 1;
         }),
         "teacher.network: 'resnet14' names one");
  expect(refusal([](auto& tiny) { tiny.options.loss.dkd.weight = 1; }), "loss.dkd: compares classes of whole");
  expect(refusal([](auto& tiny) { tiny.options.loss.crd.weight = 1; }), "loss.crd: compares classes of whole");
  expect(refusal([](auto& tiny) { tiny.options.data.mixing.mixup_alpha = 1; }), "data.mixing: label maps");

  TinyDistillation pictures;
  register_deeplab_resnet(pictures.registries);
  pictures.options.student.network = "deeplab_resnet8";
  expect(tests::user_error_of([&] { pictures.job(); }), "is for segmentation, and the data set has no label maps");
}

}  // namespace
}  // namespace retort::model
