// Teachers of class vectors: their logits, and files that do not fit.
#include "distil/model/engine/prototype_teacher.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "distil/model/engine/network_teacher.h"
#include "io/tensor/tensor_io.h"
#include "support/network_registries.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

struct PrototypeFile {
  tests::TemporaryFolder folder;
  std::filesystem::path file = folder / "texts.safetensors";
  io::NamedTensors tensors = {{"prototypes", at::sin(at::arange(3 * 64)).view({3, 64})}};

  ClassPrototypes load() const {
    io::save_safetensors(file, tensors);
    return load_prototypes(file, 3);
  }
  std::string refused() const {
    return tests::user_error_of([&] { load(); });
  }
};

std::unique_ptr<Teacher> small_tower() {
  const auto network = tests::network_registries().networks.get("resnet8").make(3);
  return std::make_unique<NetworkTeacher>(network, nn::create_weights(*network, RandomTree(5)), TeacherMode::eval,
                                          train::Precision::float32);
}

TEST(PrototypeTeacher, SaysAHundredTimesTheCosine) {
  const PrototypeFile texts;
  PrototypeTeacher teacher(small_tower(), texts.load());
  teacher.expect({"layer2"});
  nn::Taps taps({"layer2"});
  const data::Batch batch;
  const auto image = at::sin(at::arange(2 * 3 * 32 * 32)).view({2, 3, 32, 32});
  const auto logits = teacher.look({.batch = batch, .image = image, .learning = false}, taps);
  EXPECT_EQ(taps.at("layer2").size(0), 2);
  nn::Taps pooled({"avgpool"});
  const auto tower = small_tower();
  tower->look({.batch = batch, .image = image, .learning = false}, pooled);
  const auto cosines =
      at::cosine_similarity(pooled.at("avgpool").unsqueeze(1), texts.tensors.at("prototypes").unsqueeze(0), 2);
  EXPECT_TRUE(at::allclose(logits, 100 * cosines, 1e-3, 1e-2));
}

TEST(PrototypeTeacher, PromptsOfAClassAreAveraged) {
  PrototypeFile texts;
  const auto one = texts.load();
  auto prompts = texts.tensors.at("prototypes").unsqueeze(1);
  texts.tensors["prototypes"] = at::cat({prompts, 3 * prompts}, 1);  // lengths do not count
  EXPECT_TRUE(at::allclose(texts.load().text, one.text, 1e-4, 1e-6));
}

TEST(PrototypeTeacher, AFewPicturesJoinInWhenTheFileHasThem) {
  PrototypeFile texts;
  PrototypeTeacher plain(small_tower(), texts.load());
  texts.tensors["cache_keys"] = at::cos(at::arange(2 * 64)).view({2, 64});
  texts.tensors["cache_values"] = at::eye(3).slice(0, 0, 2);
  texts.tensors["cache_alpha_beta"] = at::tensor({4.0, 1.5}, at::kFloat);
  PrototypeTeacher few(small_tower(), texts.load());
  nn::Taps nothing({});
  const data::Batch batch;
  const auto image = at::sin(at::arange(3 * 32 * 32)).view({1, 3, 32, 32});
  const auto more = few.look({.batch = batch, .image = image, .learning = false}, nothing) -
                    plain.look({.batch = batch, .image = image, .learning = false}, nothing);
  EXPECT_GT(more[0][0].item<double>(), 0);
  EXPECT_GT(more[0][1].item<double>(), 0);
  EXPECT_NEAR(more[0][2].item<double>(), 0, 1e-4);  // no picture of that class
}

TEST(PrototypeTeacher, FilesThatDoNotFitAreRefused) {
  PrototypeFile texts;
  texts.tensors["prototypes"] = at::ones({4, 64});
  EXPECT_NE(texts.refused().find("'prototypes' is [4, 64]; it should be"), std::string::npos);
  texts.tensors["prototypes"] = at::ones({3, 64}, at::kLong);
  EXPECT_NE(texts.refused().find("of floating numbers"), std::string::npos);
  texts.tensors["prototypes"] = at::full({3, 64}, INFINITY);
  EXPECT_NE(texts.refused().find("not finite"), std::string::npos);
  texts.tensors = {{"texts", at::ones({3, 64})}};
  EXPECT_NE(texts.refused().find("has no tensor 'prototypes'"), std::string::npos);
  texts.tensors = {{"prototypes", at::ones({3, 64})}, {"cache_keys", at::ones({2, 32})}};
  EXPECT_NE(texts.refused().find("'cache_keys' is [2, 32]"), std::string::npos);
}

TEST(PrototypeTeacher, VectorsOfAnotherModelAreRefused) {
  PrototypeFile texts;
  texts.tensors["prototypes"] = at::ones({3, 10});
  PrototypeTeacher teacher(small_tower(), texts.load());
  nn::Taps nothing({});
  const data::Batch batch;
  EXPECT_NE(tests::user_error_of([&] {
              teacher.look({.batch = batch, .image = at::ones({1, 3, 32, 32}), .learning = false}, nothing);
            }).find("they should be of one model"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::model
