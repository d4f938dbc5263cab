#include "distil/model/engine/map_accuracy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "distil/model/engine/score.h"
#include "distil/model/engine/tiny_segmentation.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// A prediction that is certain of class `label` for every pixel.
LogitSource always(int64_t label) {
  return [label](const data::Batch& batch) {
    auto logits = at::zeros({batch.size, 3, batch.image().size(2), batch.image().size(3)});
    logits.select(1, label).fill_(std::log(2.));
    return logits;
  };
}

TEST(MapAccuracy, CountsOverTheWholeSetWithoutVoidPixels) {
  TinySegmentation tiny;
  const auto loader = data::make_test_loader(tiny.registries, tiny.options.data);
  const auto accuracy = measure_map_accuracy(always(1), 3, *loader);
  // Each class has a third of all pixels.
  EXPECT_EQ(accuracy.pixels, 12 * 31 * 32);
  EXPECT_NEAR(accuracy.pixel_accuracy, 1. / 3, 1e-12);
  ASSERT_EQ(accuracy.of_class.size(), 3U);
  EXPECT_DOUBLE_EQ(accuracy.of_class[0], 0);
  EXPECT_NEAR(accuracy.of_class[1], 1. / 3, 1e-12);
  EXPECT_NEAR(accuracy.mean_iou, 1. / 9, 1e-12);
  EXPECT_NEAR(accuracy.cross_entropy, std::log(4.) - std::log(2.) / 3, 1e-5);
  const auto json = to_json(accuracy, {"red", "green", "blue"});
  EXPECT_NEAR(json.at("iou_of_class").at("green").get<double>(), 1. / 3, 1e-12);
  EXPECT_EQ(measure_map_accuracy(always(1), 3, *loader).pixels, accuracy.pixels);  // from the beginning again
}

TEST(Score, IsThatOfTheDataSetsTask) {
  TinySegmentation tiny;
  const auto loader = data::make_test_loader(tiny.registries, tiny.options.data);
  const auto network = tiny.registries.networks.get("deeplab_resnet8_narrow").make(3);
  const auto weights = nn::create_weights(*network, RandomTree(0));
  const auto score = measure_score(*network, weights, *loader);
  EXPECT_STREQ(leading_name(score), "miou");
  EXPECT_EQ(samples_of(score), 12);
  LastValues recorder;
  record_score(score, recorder);
  EXPECT_EQ(recorder.values.at("eval/miou"), leading_share(score));
  EXPECT_EQ(recorder.values.count("eval/top1"), 0U);
  EXPECT_STREQ(leading_name(Accuracy{.top1 = 0.25}), "top1");
  EXPECT_EQ(leading_share(Accuracy{.top1 = 0.25}), 0.25);
}

}  // namespace
}  // namespace retort::model
