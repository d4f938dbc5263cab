// Which samples of a batch are kept, and that batch norms get enough of them.
#include "distil/model/engine/picture_selection.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

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

TEST(PictureSelection, ChoosesByBothNetworks) {
  SelectionOfColours colours;
  auto& tiny = colours.tiny;
  tiny.give_teacher();
  const auto job = tiny.job();
  const auto network = tiny.registries.networks.get("resnet8").make(3);
  const auto teacher_network = tiny.registries.networks.get("resnet14").make(3);
  NetworkTeacher teacher(teacher_network, nn::create_weights(*teacher_network, RandomTree(9)), TeacherMode::eval,
                         train::Precision::float32);
  const double share = colours.selection.choose(1, *network, job->student(), teacher);
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
