// Fewer channels for a teacher: the directions that carry most of its maps' energy.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>

namespace retort::field {

/// An orthonormal basis B [C,R] of the space of the R leading principal directions, taken about zero: the mean is *not*
/// subtracted.
/// So reduction is linear: blending along a ray and reducing commute, an empty pixel stays zero, and products with a
/// query survive (<f, q> ~ <B^T f, B^T q>, |f| ~ |B^T f|), which cosines against words need.
/// Within that space the axes are turned by a cosine transform. Principal axes themselves would put most of the length
/// (that of the mean) into one channel, and Adam moves every channel at the same pace: the features would not get
/// there.
struct FeatureBasis {
  at::Tensor columns;      ///< [C,R] float32
  double kept_energy = 0;  ///< share of the sample's squared length that the R directions keep, in [0, 1]

  int64_t channels() const { return columns.size(0); }
  int64_t reduced_channels() const { return columns.size(1); }

  /// float16 or float32 map [C,h,w] -> float16 [R,h,w]. Single-threaded, the same bits on any number of threads.
  at::Tensor reduce_map(const at::Tensor& map) const;
  /// The way back, float16 [R,h,w] -> float16 [C,h,w], likewise single-threaded.
  at::Tensor expand_halves(const at::Tensor& reduced) const;
  /// Reduced map [R,h,w] -> [C,h,w] float32; differentiable.
  at::Tensor expand_map(const at::Tensor& reduced) const;
  /// Query directions [N,C] (or one, [C]) -> [N,R] (or [R]) float32.
  at::Tensor reduce_directions(const at::Tensor& directions) const;

  /// safetensors, atomically.
  void save(const std::filesystem::path& file) const;
  /// UserError when the file is damaged or no basis.
  static FeatureBasis load(const std::filesystem::path& file);
};

/// Sums outer products of feature vectors map by map, then gives the basis.
class BasisFitter {
 public:
  explicit BasisFitter(int64_t channels);
  ~BasisFitter();

  /// Takes up to `pixels` pixels of a float16 map [C,h,w]: all where there are no more, else drawn from a stream that
  /// `key` names.
  void add(const at::Tensor& map, int64_t pixels, uint64_t key);
  /// Basis of `reduced_channels` directions (1 to C). UserError naming `what` when all sampled features are zero.
  FeatureBasis fit(int64_t reduced_channels, const std::string& what) const;

 private:
  struct Sums;
  std::unique_ptr<Sums> sums_;
};

/// The basis of a scene's maps: of a fixed sample of the given ones (their numbers name the streams), each read by
/// `read` as float16 [channels,h,w]. UserError naming `what` when all sampled features are zero.
FeatureBasis sampled_basis(const std::vector<int64_t>& maps, int64_t channels, int64_t reduced_channels,
                           const std::string& what, const std::function<at::Tensor(int64_t)>& read);

}  // namespace retort::field
