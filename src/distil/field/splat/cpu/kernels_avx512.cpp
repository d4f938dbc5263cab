#include "distil/field/splat/cpu/simd_avx512.h"
// The kernels come after the vector type that they are compiled for.
#include "distil/field/splat/cpu/blend_kernel.h"
#include "distil/field/splat/cpu/kernel_range.h"
#include "distil/field/splat/cpu/product_kernel.h"

namespace retort::splat {

const Kernels& kernels_avx512() {
  using V = simd_avx512::V;
  static constexpr Kernels kernels{
      project_range<V>, project_backward_range<V>, blend_tile<V>, weights_tile<V>,   backward_tile<V>,
      product<V>,       weight_gradient<V>,        pool<V>,       weighted_totals<V>};
  return kernels;
}

}  // namespace retort::splat
