#include "metrics/colour_fit.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"

namespace retort::metrics {
namespace {

at::Tensor mixed(const at::Tensor& image, const at::Tensor& matrix, const at::Tensor& offset) {
  return at::matmul(matrix, image.view({3, -1})).add(offset.unsqueeze(1)).view(image.sizes());
}

TEST(ColourFit, UndoesAnAffineMapOfColours) {
  at::manual_seed(1);
  const auto photo = at::rand({3, 11, 7});
  const auto image = mixed(photo, at::eye(3) * 0.7 + at::rand({3, 3}) * 0.1, at::rand({3}) * 0.2);
  EXPECT_GT((image - photo).abs().max().item<float>(), 0.05f);
  EXPECT_LT((fit_colours(image, photo) - photo).abs().max().item<float>(), 1e-4f);
}

TEST(ColourFit, FitsToCountedPixelsAndMapsAll) {
  at::manual_seed(2);
  auto photo = at::rand({3, 8, 8});
  const auto whole = photo.clone(), image = photo * 0.5;
  photo.slice(1, 4).fill_(0);  // what lies outside the mask must not matter
  auto mask = at::zeros({8, 8}, at::kBool);
  mask.slice(0, 0, 4).fill_(true);
  EXPECT_LT((fit_colours(image, photo, mask) - whole).abs().max().item<float>(), 1e-4f);
}

TEST(ColourFit, PicturesOfOneColourHaveAFitToo) {
  const auto grey = at::full({3, 5, 5}, 0.25f), photo = at::full({3, 5, 5}, 0.75f);
  EXPECT_LT((fit_colours(grey, photo) - photo).abs().max().item<float>(), 1e-4f);
  const auto nothing = at::zeros({5, 5}, at::kBool);
  EXPECT_TRUE(at::allclose(fit_colours(grey, photo, nothing), grey)) << "nothing to fit to: as it was";
}

TEST(ColourFit, RefusesOtherShapes) {
  EXPECT_THROW(fit_colours(at::zeros({3, 2, 2}), at::zeros({3, 2, 3})), Fault);
  EXPECT_THROW(fit_colours(at::zeros({3, 2, 2}), at::zeros({3, 2, 2}), at::zeros({3}, at::kBool)), Fault);
}

}  // namespace
}  // namespace retort::metrics
