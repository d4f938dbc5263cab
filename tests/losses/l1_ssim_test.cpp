#include "losses/l1_ssim.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstring>

#include "core/errors.h"
#include "metrics/image_quality.h"

namespace retort::losses {
namespace {

struct Images {
  at::Tensor image, target;
};

/// Smooth pictures with noise: the variances are neither all small nor all large.
Images random_images(int64_t height, int64_t width, uint64_t seed) {
  at::manual_seed(seed);
  const at::Tensor target = at::rand({3, height, width});
  return {(0.7 * target + 0.3 * at::rand({3, height, width})).contiguous(), target};
}

at::Tensor reference_loss(const at::Tensor& image, const at::Tensor& target, double lambda) {
  return (1 - lambda) * metrics::l1(image, target) + lambda * (1 - metrics::ssim(image, target));
}

at::Tensor reference_gradient(const at::Tensor& image, const at::Tensor& target, double lambda) {
  const at::Tensor leaf = image.to(at::kDouble).set_requires_grad(true);
  return torch::autograd::grad({reference_loss(leaf, target.to(at::kDouble), lambda)}, {leaf})[0];
}

void expect_near_reference(const at::Tensor& gradient, const at::Tensor& expected) {
  const double largest = expected.abs().max().item<double>();
  EXPECT_LT((gradient.to(at::kDouble) - expected).abs().max().item<double>(), 2e-4 * largest);
}

TEST(L1Ssim, agrees_with_autograd) {
  ThreadPool pool(2);
  PhotometricLoss loss(pool);
  for (const auto& [height, width] : {std::pair{70, 37}, {9, 8}, {1, 1}, {33, 1}, {5, 64}, {64, 48}}) {
    for (const double lambda : {0.0, 0.2, 1.0}) {
      const auto [image, target] = random_images(height, width, 1);
      at::Tensor gradient = at::full_like(image, 7);
      const auto terms = loss.evaluate(image.data_ptr<float>(), {.planes = target.data_ptr<float>()}, height, width,
                                       lambda, gradient.data_ptr<float>());
      const at::Tensor image64 = image.to(at::kDouble), target64 = target.to(at::kDouble);
      EXPECT_NEAR(terms.l1, metrics::l1(image64, target64).item<double>(), 1e-6);
      EXPECT_NEAR(terms.ssim, metrics::ssim(image64, target64).item<double>(), 1e-5);
      EXPECT_NEAR(terms.loss, reference_loss(image64, target64, lambda).item<double>(), 1e-5);
      expect_near_reference(gradient, reference_gradient(image, target, lambda));
    }
  }
}

TEST(L1Ssim, known_value) {
  // 16 x 16 ramps of the Feature 3DGS sheet, computed in float64 from the formulas alone.
  at::Tensor a = at::empty({3, 16, 16}), b = at::empty({3, 16, 16});
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 16; ++j) {
      a.select(1, i).select(1, j).fill_(((3 * i + 5 * j) % 17) / 17.0);
      b.select(1, i).select(1, j).fill_(((3 * i + 5 * j + 2) % 19) / 19.0);
    }
  }
  ThreadPool pool(1);
  const auto terms =
      PhotometricLoss(pool).evaluate(a.data_ptr<float>(), {.planes = b.data_ptr<float>()}, 16, 16, 0.2, nullptr);
  EXPECT_NEAR(terms.ssim, 0.18076858, 1e-6);
  EXPECT_NEAR(terms.l1, 0.34055728, 1e-6);
}

TEST(L1Ssim, bytes_equal_planes) {
  ThreadPool pool(2);
  PhotometricLoss loss(pool);
  at::manual_seed(3);
  const int height = 41, width = 29;
  const at::Tensor pixels = at::randint(0, 256, {height, width, 3}, at::kByte);
  const at::Tensor planes = (pixels.permute({2, 0, 1}).to(at::kFloat) / 255).contiguous();
  const at::Tensor image = at::rand({3, height, width});
  at::Tensor from_bytes = at::empty_like(image), from_planes = at::empty_like(image);
  const auto first = loss.evaluate(image.data_ptr<float>(), {.pixels = pixels.data_ptr<uint8_t>()}, height, width, 0.2,
                                   from_bytes.data_ptr<float>());
  const auto second = loss.evaluate(image.data_ptr<float>(), {.planes = planes.data_ptr<float>()}, height, width, 0.2,
                                    from_planes.data_ptr<float>());
  EXPECT_EQ(first.loss, second.loss);
  EXPECT_TRUE(from_bytes.equal(from_planes));
}

TEST(L1Ssim, masked_pixels_count_as_black) {
  ThreadPool pool(1);
  PhotometricLoss loss(pool);
  const auto [image, target] = random_images(30, 25, 4);
  const at::Tensor mask = at::rand({30, 25}).gt(0.4).to(at::kByte);
  at::Tensor gradient = at::empty_like(image);
  const auto terms =
      loss.evaluate(image.data_ptr<float>(), {.planes = target.data_ptr<float>(), .mask = mask.data_ptr<uint8_t>()}, 30,
                    25, 0.2, gradient.data_ptr<float>());
  const at::Tensor kept = mask.to(at::kDouble);
  EXPECT_NEAR(terms.loss, reference_loss(image * kept, target * kept, 0.2).item<double>(), 1e-5);
  expect_near_reference(gradient, reference_gradient(image * kept, target * kept, 0.2) * kept);
}

TEST(L1Ssim, same_bits_for_any_thread_count_and_size_history) {
  const auto [image, target] = random_images(100, 61, 5);
  std::vector<at::Tensor> gradients;
  std::vector<PhotometricTerms> terms;
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    PhotometricLoss loss(pool);
    at::Tensor gradient = at::empty_like(image);
    const auto larger = random_images(130, 80, 6);
    at::Tensor ignored = at::empty_like(larger.image);
    loss.evaluate(larger.image.data_ptr<float>(), {.planes = larger.target.data_ptr<float>()}, 130, 80, 0.2,
                  ignored.data_ptr<float>());
    terms.push_back(loss.evaluate(image.data_ptr<float>(), {.planes = target.data_ptr<float>()}, 100, 61, 0.2,
                                  gradient.data_ptr<float>()));
    gradients.push_back(gradient);
  }
  for (size_t run = 1; run < terms.size(); ++run) {
    EXPECT_EQ(std::memcmp(&terms[run], &terms[0], sizeof terms[0]), 0);
    EXPECT_TRUE(gradients[run].equal(gradients[0]));
  }
}

TEST(L1Ssim, refuses_what_makes_no_sense) {
  ThreadPool pool(1);
  PhotometricLoss loss(pool);
  const float value[3] = {};
  EXPECT_THROW(loss.evaluate(value, {.planes = value}, 0, 1, 0.2, nullptr), Fault);
  EXPECT_THROW(loss.evaluate(value, {}, 1, 1, 0.2, nullptr), Fault);
}

}  // namespace
}  // namespace retort::losses
