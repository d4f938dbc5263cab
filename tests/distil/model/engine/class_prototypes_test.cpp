// Vectors of classes from a trained network: their rule, and that a teacher takes them.
#include "distil/model/engine/class_prototypes.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/prototype_teacher.h"
#include "distil/model/engine/tiny_distillation.h"
#include "distil/model/engine/trained_network.h"

namespace retort::model {
namespace {

TEST(ClassPrototypes, AreMeansOfUnitFeatures) {
  TinyDistillation tiny;
  const auto file = tiny.fresh_weights("resnet14", 9);
  const auto prototypes =
      class_prototypes(tiny.registries, {.data = tiny.options.data, .network = "resnet14", .weights = file});
  ASSERT_EQ(prototypes.sizes(), (std::vector<int64_t>{3, 64}));
  const auto network = tiny.registries.networks.get("resnet14").make(3);
  const auto weights = load_model_weights(*network, file);
  auto data = tiny.options.data;
  data.test = data.train;
  const auto loader = data::make_test_loader(tiny.registries, data);
  auto expected = at::zeros({3, 64});
  for (int64_t number = 0; number < loader->batches_per_epoch(); ++number) {
    const auto batch = loader->next();
    nn::Taps taps({"avgpool"});
    nn::GivenSource source(weights);
    network->forward(nn::Scope(source, &taps), batch.image());
    for (int64_t i = 0; i < batch.size; ++i) {
      const auto feature = taps.at("avgpool")[i];
      expected[batch.target()[i].item<int64_t>()] += feature / feature.norm() / 8;
    }
  }
  EXPECT_TRUE(at::allclose(prototypes, expected, 1e-4, 1e-5));
}

TEST(ClassPrototypes, TeachAsTextsDo) {
  TinyDistillation tiny;
  tiny.give_teacher();
  const auto file = tiny.folder / "classes.safetensors";
  io::save_safetensors(file,
                       {{"prototypes", class_prototypes(tiny.registries, {.data = tiny.options.data,
                                                                          .network = tiny.options.teacher.network,
                                                                          .weights = tiny.options.teacher.weights})}});
  tiny.options.teacher.prototypes = file.string();
  tiny.options.loss.kd.weight = 1;
  tiny.options.loss.sp.weight = 1;  // a term that reads the tower's maps as well
  const auto job = tiny.job();
  LastValues recorder;
  while (job->step(recorder)) {
  }
  EXPECT_GT(recorder.values.at("train/kd"), 0);
}

}  // namespace
}  // namespace retort::model
