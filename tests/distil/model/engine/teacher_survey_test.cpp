// Terms that look at the whole training set through the teacher before the first step.
#include "distil/model/engine/teacher_survey.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "distil/model/engine/tiny_distillation.h"
#include "metrics/class_means.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TinyDistillation& with_nd(TinyDistillation& tiny) {
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  tiny.options.loss.nd.weight = 1;
  return tiny;
}

/// The teacher's embeddings of the plain training set, averaged by hand.
at::Tensor means_by_hand(const TinyDistillation& tiny) {
  const at::NoGradGuard no_grad;
  auto options = tiny.options.data;
  options.transforms = {"normalise(cifar10)"};  // without the flip
  options.test_batch_size = 24;
  const auto batch = data::make_plain_train_loader(tiny.registries, options)->next();
  const auto network = tiny.registries.networks.get(tiny.options.teacher.network).make(3);
  const auto weights = nn::load_network_weights(*network, tiny.options.teacher.weights);
  nn::Taps taps({"avgpool"});
  nn::GivenSource source(weights);
  network->forward(nn::Scope(source, &taps), batch.image());
  return metrics::class_means(taps.at("avgpool"), batch.target(), 3);
}

TEST(TeacherSurvey, GivesClassMeansOfThePlainTrainingSetOnce) {
  TinyDistillation tiny;
  auto job = with_nd(tiny).job();
  EXPECT_TRUE(at::equal(everything(*job).at("loss.nd.class_means"), at::zeros({3, 64})));
  LastValues recorder;
  job->step(recorder);
  const auto means = everything(*job).at("loss.nd.class_means");
  EXPECT_TRUE(at::allclose(means, means_by_hand(tiny), 1e-4, 1e-5));
  EXPECT_GT(means.abs().sum().item<double>(), 0);
  run_out(*job);
  EXPECT_TRUE(at::equal(means, everything(*job).at("loss.nd.class_means")));
}

TEST(TeacherSurvey, IsTheSameForAnyBatchesOfTheWalk) {
  at::Tensor means[2];
  for (const int64_t size : {5, 24}) {
    TinyDistillation tiny;
    with_nd(tiny).options.data.test_batch_size = size;
    auto job = tiny.job();
    LastValues recorder;
    job->step(recorder);
    means[size == 24 ? 1 : 0] = everything(*job).at("loss.nd.class_means");
  }
  EXPECT_TRUE(at::allclose(means[0], means[1], 1e-4, 1e-6));
}

TEST(TeacherSurvey, ComesFromTheCheckpointOnResuming) {
  TinyDistillation tiny;
  auto first = with_nd(tiny).job(), second = tiny.job();
  LastValues recorder;
  first->step(recorder);
  run::StateWriter state;
  first->save(state);
  auto tensors = state.tensors();
  tensors["loss.nd.class_means"] = at::full({3, 64}, 0.5);  // nothing that a teacher gives
  second->load(run::StateReader("test", tensors, state.texts()));
  second->step(recorder);
  EXPECT_TRUE(at::equal(everything(*second).at("loss.nd.class_means"), at::full({3, 64}, 0.5)));
}

TEST(TeacherSurvey, AResumedRunGivesTheSameBitsWithAProjectionToo) {
  for (const char* student : {"resnet8", "resnet8_narrow"}) {
    SCOPED_TRACE(student);
    TinyDistillation tiny;
    with_nd(tiny).options.student.network = student;
    for (const int64_t steps : {0, 5}) expect_the_same_when_resumed(tiny, steps);
  }
}

TEST(TeacherSurvey, IsBrokenOffByTheStopFlagAndBegunAnew) {
  TinyDistillation tiny;
  auto job = with_nd(tiny).job();
  tiny.stop.request(SIGTERM);
  LastValues recorder;
  EXPECT_TRUE(job->step(recorder));
  EXPECT_EQ(job->steps_done(), 0);
  EXPECT_TRUE(at::equal(everything(*job).at("loss.nd.class_means"), at::zeros({3, 64})));
  tiny.stop.request(0);
  EXPECT_TRUE(job->step(recorder));
  EXPECT_EQ(job->steps_done(), 1);
  EXPECT_GT(everything(*job).at("loss.nd.class_means").abs().sum().item<double>(), 0);
}

TEST(TeacherSurvey, TheEvaluationTellsWhatBecameOfTheEmbeddings) {
  TinyDistillation tiny;
  auto job = with_nd(tiny).job();
  LastValues recorder;
  while (job->step(recorder)) {
  }
  job->finish(tiny.folder.path(), recorder);
  const auto nd = nlohmann::json::parse(std::ifstream(tiny.folder / "evaluation.json")).at("terms").at("nd");
  EXPECT_GT(nd.at("norm_over_teachers").get<double>(), 0);
  EXPECT_GT(nd.at("cosine_to_class_mean").get<double>(), 0);  // both behind a ReLU
  EXPECT_LE(nd.at("cosine_to_class_mean").get<double>(), 1);
}

class StoredAnswers : public Teacher {
 public:
  std::string name() const override { return "stored"; }
  at::Tensor look(const TeacherBatch&, nn::Taps&) override { return {}; }
  bool sees_any_picture() const override { return false; }
};

TEST(TeacherSurvey, RefusesATeacherOfStoredPicturesAndIsNotMadeWhereNobodyAsks) {
  TinyDistillation tiny;
  const StoredAnswers stored;
  LossTerm asking{.name = "nd"};
  asking.prepare = [](const TeacherTour&, const nn::Scope&) { return true; };
  EXPECT_NE(tests::user_error_of([&] {
              make_teacher_survey(tiny.registries, tiny.options.data, {asking}, &stored);
            }).find("loss.nd: first looks at the whole training set without augmentation"),
            std::string::npos);
  EXPECT_EQ(make_teacher_survey(tiny.registries, tiny.options.data, {LossTerm{.name = "kd"}}, &stored), nullptr);
}

}  // namespace
}  // namespace retort::model
