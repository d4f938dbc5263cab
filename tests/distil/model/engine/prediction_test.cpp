#include "distil/model/engine/prediction.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "distil/model/engine/known_data.h"
#include "io/image.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// Logits are the channels' means, ten times as large.
TrainedNetwork mean_network() {
  nn::Network network{.name = "means", .image = {3, 2, 2}, .classes = 3, .forward = {}};
  network.forward = [](const nn::Scope&, const at::Tensor& x) { return x.mean({2, 3}) * 10; };
  return {std::make_shared<const nn::Network>(std::move(network)), {}};
}

void write_colour(const std::filesystem::path& file, int size, int channel) {
  auto image = io::make_image(size, size, 3);
  for (size_t i = size_t(channel); i < image.pixels.size(); i += 3) image.pixels[i] = 255;
  io::write_png(file, image);
}

TEST(Prediction, RunsPicturesOfAnySizeInOrder) {
  const tests::TemporaryFolder folder;
  std::vector<std::filesystem::path> pictures;
  for (int i = 0; i < 7; ++i) {
    pictures.push_back(folder / (std::to_string(i) + ".png"));
    write_colour(pictures.back(), i < 4 ? 4 : 6, i % 3);
  }
  const StopFlag stop;
  const auto predictions = predict_pictures(mean_network(), data::PictureReader({}, {}), pictures, 3, stop);
  ASSERT_EQ(predictions.size(), 7U);
  const double likeliest = std::exp(10) / (std::exp(10) + 2);
  for (size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(predictions[i].picture, pictures[i]);
    EXPECT_EQ(predictions[i].best(1), std::vector<int64_t>{int64_t(i) % 3});
    EXPECT_NEAR(predictions[i].probabilities.at(i % 3), likeliest, 1e-5);
  }
}

TEST(Prediction, LikeliestFirstAmongEqualsTheLowerNumber) {
  const Prediction prediction{.picture = "a", .probabilities = {0.2F, 0.3F, 0.2F, 0.3F}};
  EXPECT_EQ(prediction.best(3), (std::vector<int64_t>{1, 3, 0}));
  EXPECT_EQ(prediction.best(9).size(), 4U);
}

TEST(Prediction, IsWrittenAsTextJsonAndCsv) {
  const std::vector<Prediction> predictions = {{"a.png", {0.25F, 0.75F}}, {"long, name.png", {0.5F, 0.5F}}};
  const std::vector<std::string> names = {"cat", "\"dog\""};
  EXPECT_EQ(to_csv(predictions, names),
            "picture,class,cat,\"\"\"dog\"\"\"\r\n"
            "a.png,\"\"\"dog\"\"\",0.25,0.75\r\n"
            "\"long, name.png\",cat,0.5,0.5\r\n");
  const auto json = to_json(predictions, names, 1);
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0]["classes"].size(), 1U);
  EXPECT_EQ(json[0]["classes"][0]["class"], "\"dog\"");
  EXPECT_EQ(json[0]["classes"][0]["probability"], 0.75);
  EXPECT_EQ(to_text({predictions[0]}, names, 2), "a.png  \"dog\"   75.00 %\n       cat     25.00 %\n");
}

TEST(KnownData, ReadsTheNamesThatARunRecorded) {
  const tests::TemporaryFolder folder;
  EXPECT_TRUE(recorded_class_names(folder.path()).empty());
  const auto names_in = [&](const std::string& text) {
    std::ofstream(folder / "evaluation.json") << text;
    return recorded_class_names(folder.path());
  };
  EXPECT_EQ(names_in(R"({"student": {"top1": 1, "top1_of_class": {"zebra": 0.5, "ant": null}}})"),
            (std::vector<std::string>{"zebra", "ant"}));
  for (const char* other : {"{}", "[]", R"({"student": 3})", R"({"student": {"top1_of_class": [1]}})"})
    EXPECT_TRUE(names_in(other).empty()) << other;
  EXPECT_NE(tests::user_error_of([&] { names_in("{"); }).find("evaluation.json"), std::string::npos);
}

}  // namespace
}  // namespace retort::model
