#include "distil/field/camera/lens.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

#include "support/hostile_input.h"

namespace retort::field {
namespace {

using tests::refusal_of;

// COLMAP's parameter order: f or fx, fy, then cx, cy, then the terms.
const std::map<int, std::vector<double>>& parameters_of_models() {
  static const std::map<int, std::vector<double>> parameters = {
      {0, {80, 50, 37}},
      {1, {80, 82, 50, 37}},
      {2, {80, 50, 37, 0.1}},
      {3, {80, 50, 37, 0.1, -0.02}},
      {4, {80, 82, 50, 37, 0.1, -0.02, 0.003, 0.004}},
      {5, {80, 82, 50, 37, 0.1, -0.02, 0.003, 0.004}},
      {6, {80, 82, 50, 37, 0.1, -0.02, 0.003, 0.004, 0.005, 0.06, 0.007, 0.008}},
      {7, {80, 82, 50, 37, 0.9}},
      {8, {80, 50, 37, 0.1}},
      {9, {80, 50, 37, 0.1, -0.02}},
      {10, {80, 82, 50, 37, 0.1, -0.02, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008}},
      {14, {80, 50, 37}},
      {15, {80, 82, 50, 37}},
  };
  return parameters;
}

TEST(Lens, parameters_of_every_model_go_in_and_out) {
  for (const auto& [model, parameters] : parameters_of_models()) {
    const auto lens = make_lens(model, 100, 75, parameters, "camera");
    EXPECT_EQ(lens_parameters(lens), parameters) << model;
    EXPECT_EQ(lens_parameter_count(model), int(parameters.size()));
    EXPECT_LE(lens_parameter_count(model), max_lens_parameters);
    EXPECT_EQ(lens_model_number(lens_model_name(model)), model);
    EXPECT_EQ(lens.fx, 80);
    EXPECT_EQ(lens.fy, parameters[1] == 82 ? 82 : 80);
    EXPECT_EQ(lens.cx, 50);
    EXPECT_EQ(lens.cy, 37);
    EXPECT_EQ(lens.distorted(), model >= 2);
  }
}

TEST(Lens, terms_are_those_of_colmaps_order) {
  const auto full = make_lens(6, 100, 75, parameters_of_models().at(6), "c");
  EXPECT_EQ((std::array{full.k1, full.k2, full.p1, full.p2, full.k3, full.k4, full.k5, full.k6}),
            (std::array{0.1, -0.02, 0.003, 0.004, 0.005, 0.06, 0.007, 0.008}));
  const auto prism = make_lens(10, 100, 75, parameters_of_models().at(10), "c");
  EXPECT_EQ((std::array{prism.k1, prism.k2, prism.p1, prism.p2, prism.k3, prism.k4, prism.sx1, prism.sy1}),
            (std::array{0.1, -0.02, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008}));
}

TEST(Lens, what_is_not_understood_is_refused_with_a_remedy) {
  const double parameters[] = {80, 82, 50, 37, 0, 0, 0, 0};
  const std::string aria = refusal_of([&] { make_lens(11, 100, 75, parameters, "cameras.bin: camera 1"); });
  EXPECT_NE(aria.find("cameras.bin: camera 1: camera model RAD_TAN_THIN_PRISM_FISHEYE is not supported"),
            std::string::npos);
  EXPECT_NE(aria.find("SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL, OPENCV, OPENCV_FISHEYE"), std::string::npos);
  EXPECT_NE(refusal_of([&] { make_lens(77, 100, 75, parameters, "c"); }).find("number 77"), std::string::npos);
  EXPECT_FALSE(refusal_of([&] { make_lens(1, 100, 75, std::span(parameters).first(3), "c"); }).empty());
  EXPECT_FALSE(refusal_of([&] { make_lens(4, 0, 75, parameters, "c"); }).empty());
  const double negative[] = {-80, 80, 50, 37};
  EXPECT_FALSE(refusal_of([&] { make_lens(1, 100, 75, negative, "c"); }).empty());
}

TEST(Lens, every_parameter_must_be_finite) {
  for (const auto& [model, good] : parameters_of_models()) {
    for (size_t place = 0; place < good.size(); ++place) {
      for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        auto parameters = good;
        parameters[place] = bad;
        EXPECT_NE(refusal_of([&, m = model] { make_lens(m, 100, 75, parameters, "c"); }).find("finite"),
                  std::string::npos)
            << model << " " << place;
      }
    }
  }
}

TEST(Lens, distortions_that_can_not_be_taken_out_are_refused) {
  // Folds at r = 1 / sqrt(3000), a fiftieth of the photo's half side.
  const double folded[] = {80, 50, 37, -1000};
  EXPECT_NE(refusal_of([&] { make_lens(2, 100, 75, folded, "c"); }).find("folds the photo over itself"),
            std::string::npos);
  EXPECT_NE(refusal_of([&] { make_lens(8, 100, 75, folded, "c"); }).find("SIMPLE_RADIAL_FISHEYE"), std::string::npos);
  // A pole of the denominator next to the axis.
  const double pole[] = {80, 82, 50, 37, -1.0001e5, 0, 0, 0, 0, -1e5, 0, 0};
  EXPECT_NE(refusal_of([&] { make_lens(6, 100, 75, pole, "c"); }).find("FULL_OPENCV"), std::string::npos);
  for (const double omega : {3.15, -3.15, 1e9}) {
    const double half_turn[] = {80, 82, 50, 37, omega};
    EXPECT_NE(refusal_of([&] { make_lens(7, 100, 75, half_turn, "c"); }).find("half a turn"), std::string::npos);
  }
  for (const double huge : {1e300, -1e300, 1e150, -1e150}) {
    for (const auto& [model, good] : parameters_of_models()) {
      auto parameters = good;
      for (size_t term = parameters[1] == 82 ? 4 : 3; term < parameters.size(); ++term) parameters[term] = huge;
      tests::expect_accepted_or_refused([&, m = model] { make_lens(m, 100, 75, parameters, "c"); }, "huge terms");
    }
  }
}

}  // namespace
}  // namespace retort::field
