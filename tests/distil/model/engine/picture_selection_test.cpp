// Which samples of a batch are kept, and that batch norms get enough of them.
#include "distil/model/engine/picture_selection.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "distil/model/engine/network_teacher.h"
#include "distil/model/engine/tiny_distillation.h"

namespace retort::model {
namespace {

data::Batch batch_of(const std::vector<int64_t>& samples) {
  const auto index = at::tensor(samples, at::kLong);
  data::Batch batch{.size = index.size(0)};
  batch.columns = {{"image", index.to(at::kFloat).view({-1, 1, 1, 1})}, {"target", index}, {"sample_index", index}};
  return batch;
}

struct SelectionOfColours {
  TinyDistillation tiny;
  PictureSelection selection{tiny.registries, {.on = true}, tiny.options.data, 0};

  void keep(const at::Tensor& keep, const at::Tensor& confidence) {
    run::StateWriter state;
    state.tensor("selection.keep", keep);
    state.tensor("selection.confidence", confidence);
    selection.load(run::StateReader("test", state.tensors(), state.texts()));
  }
};

TEST(PictureSelection, TakesTheKeptRowsOfEveryColumn) {
  SelectionOfColours colours;
  auto keep = at::zeros({24}, at::kBool);
  for (const int64_t sample : {3, 7, 20}) keep[sample] = true;
  colours.keep(keep, at::ones({24}));
  const auto batch = colours.selection.kept(batch_of({20, 1, 7, 5, 3}));
  EXPECT_EQ(batch.size, 3);
  const auto expected = at::tensor({20, 7, 3}, at::kLong);
  EXPECT_TRUE(at::equal(batch.sample_index(), expected));
  EXPECT_TRUE(at::equal(batch.target(), expected));
  EXPECT_TRUE(at::equal(batch.image().flatten(), expected.to(at::kFloat)));
}

TEST(PictureSelection, TakesTheTwoSurestWhereFewerAreKept) {
  SelectionOfColours colours;
  colours.keep(at::zeros({24}, at::kBool), at::arange(24, at::kFloat));
  EXPECT_TRUE(at::equal(colours.selection.kept(batch_of({2, 9, 4})).sample_index(), at::tensor({9, 4}, at::kLong)));
  EXPECT_EQ(colours.selection.kept(batch_of({2})).size, 1);
}

/// Selections that fill batches anew, over 24 pictures in batches of 6.
struct RefilledColours {
  TinyDistillation tiny;
  std::unique_ptr<data::Loader> loader = data::make_train_loader(tiny.registries, tiny.options.data, 0, 0);
  at::Tensor keep = at::zeros({24}, at::kBool);

  PictureSelection selection(int64_t epoch) const {
    PictureSelection made(tiny.registries, {.on = true, .refill = true}, tiny.options.data, 0);
    run::StateWriter state;
    state.tensor("selection.keep", keep);
    state.tensor("selection.confidence", at::ones({24}));
    state.integer("selection.epoch", epoch);
    state.integer("selection.given", 0);
    state.integer("selection.waiting", 0);
    made.load(run::StateReader("test", state.tensors(), state.texts()));
    return made;
  }
};

TEST(PictureSelection, RefillsBatchesWithEachKeptSampleOnceInTheLoadersOrder) {
  RefilledColours colours;
  for (int64_t i = 0; i < 24; ++i) colours.keep[i] = i % 5 != 0;  // 19 are kept
  std::vector<int64_t> expected;
  for (int64_t i = 0; i < 4; ++i) {
    const auto index = colours.loader->next().sample_index();
    for (int64_t row = 0; row < index.size(0); ++row)
      if (const auto sample = index[row].item<int64_t>(); sample % 5 != 0) expected.push_back(sample);
  }
  colours.loader->seek({});
  auto selection = colours.selection(0);
  std::vector<int64_t> sizes, seen;
  while (const auto batch = selection.next(*colours.loader)) {
    EXPECT_EQ(batch->number, static_cast<int64_t>(sizes.size()));
    EXPECT_EQ(batch->image().size(0), batch->size);
    EXPECT_EQ(batch->sample_random.size(), static_cast<size_t>(batch->size));
    sizes.push_back(batch->size);
    for (int64_t row = 0; row < batch->size; ++row) seen.push_back(batch->sample_index()[row].item<int64_t>());
  }
  // Nineteen are three batches of six, and one over, which a batch norm could do nothing with.
  EXPECT_EQ(sizes, (std::vector<int64_t>{6, 6, 6}));
  expected.pop_back();
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(colours.loader->position(), (data::LoaderPosition{.epoch = 1, .batch = 0}));
}

TEST(PictureSelection, GivesASmallLastBatchUnlessTheLoaderDropsIt) {
  RefilledColours colours;
  for (int64_t i = 0; i < 9; ++i) colours.keep[i] = true;
  const auto sizes = [&] {
    colours.loader->seek({});
    auto selection = colours.selection(0);
    std::vector<int64_t> found;
    while (const auto batch = selection.next(*colours.loader)) found.push_back(batch->size);
    return found;
  };
  EXPECT_EQ(sizes(), (std::vector<int64_t>{6, 3}));
  colours.tiny.options.data.drop_last = true;
  colours.loader = data::make_train_loader(colours.tiny.registries, colours.tiny.options.data, 0, 0);
  EXPECT_EQ(sizes(), std::vector<int64_t>{6});
}

TEST(PictureSelection, TakesUpWhatWaitedWhenResumed) {
  RefilledColours colours;
  for (int64_t i = 0; i < 24; ++i) colours.keep[i] = i % 3 != 0;  // 16: about four of each six
  auto selection = colours.selection(0);
  selection.next(*colours.loader);
  run::StateWriter state;
  selection.save(state);
  ASSERT_NE(state.texts().at("selection.waiting"), "0");
  const auto place = colours.loader->position();
  auto resumed = colours.selection(0);
  const auto loader = data::make_train_loader(colours.tiny.registries, colours.tiny.options.data, 0, 0);
  loader->seek(place);
  resumed.load(run::StateReader("test", state.tensors(), state.texts()));
  resumed.take_up(*loader);
  EXPECT_EQ(loader->position(), place);
  while (const auto want = selection.next(*colours.loader)) {
    const auto got = resumed.next(*loader);
    ASSERT_TRUE(got.has_value());
    EXPECT_TRUE(at::equal(got->sample_index(), want->sample_index()));
    EXPECT_TRUE(at::equal(got->image(), want->image()));
    EXPECT_EQ(got->number, want->number);
  }
  EXPECT_FALSE(resumed.next(*loader).has_value());
}

TEST(PictureSelection, JudgesPicturesAsTheLoaderWillChangeThem) {
  SelectionOfColours colours;
  auto& tiny = colours.tiny;
  const auto network = tiny.registries.networks.get("resnet8").make(3);
  const auto weights = nn::create_weights(*network, RandomTree(3));
  NetworkTeacher teacher(network, nn::create_weights(*network, RandomTree(9)), TeacherMode::eval,
                         train::Precision::float32);
  const auto confidence = [&](int64_t epoch, int64_t of_loader) {
    colours.selection.choose(epoch, of_loader, *network, weights, teacher);
    run::StateWriter state;
    colours.selection.save(state);
    return state.tensors().at("selection.confidence").clone();
  };
  // Behind `max_epoch` the schedule stands still: only the flips tell epochs apart.
  const auto late = colours.tiny.options.train.selection.max_epoch;
  EXPECT_TRUE(at::equal(confidence(late, 4), confidence(late + 1, 4)));
  EXPECT_FALSE(at::equal(confidence(late, 4), confidence(late, 5)));
}

TEST(PictureSelection, JobsJudgeByTheEpochOfTheLoader) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  tiny.options.train.selection = {.on = true, .refill = true};
  StageOptions before;
  before.loss.kd.weight = 1;
  before.epochs = 2;
  before.optimiser = tiny.options.train.optimiser;
  tiny.options.before.emplace_back("first", before);
  const auto job = tiny.job();
  LastValues recorder;
  for (int64_t i = 0; i < 2 * 4 + 1; ++i) job->step(recorder);
  run::StateWriter state;
  job->save(state);
  EXPECT_EQ(state.texts().at("selection.epoch"), "2");
}

TEST(PictureSelection, RefilledJobsResumeToTheBit) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  // A low bar for some: some pictures of every class are kept, not all.
  tiny.options.train.selection = {.on = true, .cutoff = 0.5, .max_epoch = 2, .length = 3, .refill = true};
  for (const int64_t steps : {1, 3, 6}) expect_the_same_when_resumed(tiny, steps);
}

TEST(PictureSelection, ChoosesByBothNetworks) {
  SelectionOfColours colours;
  auto& tiny = colours.tiny;
  tiny.give_teacher();
  const auto job = tiny.job();
  const auto network = tiny.registries.networks.get("resnet8").make(3);
  const auto teacher_network = tiny.registries.networks.get("resnet14").make(3);
  NetworkTeacher teacher(teacher_network, nn::create_weights(*teacher_network, RandomTree(9)), TeacherMode::eval,
                         train::Precision::float32);
  const double share = colours.selection.choose(1, 0, *network, job->student(), teacher);
  run::StateWriter state;
  colours.selection.save(state);
  const auto& keep = state.tensors().at("selection.keep");
  EXPECT_DOUBLE_EQ(share, keep.to(at::kDouble).mean().item<double>());
  const auto& confidence = state.tensors().at("selection.confidence");
  EXPECT_GE(confidence.min().item<double>(), 1.0 / 3 - 1e-6);
  EXPECT_LE(confidence.max().item<double>(), 1);
}

}  // namespace
}  // namespace retort::model
