// Real spherical harmonics as 3D Gaussian splatting writes them (Feature 3DGS, utils/sh_utils.py): polynomials in a
// unit direction. Templates over the number type, so that the scalar reference and the vector kernels share them.
#pragma once

namespace retort::splat {

inline constexpr int most_sh_coefficients = 25;

inline constexpr double sh_c0 = 0.28209479177387814, sh_c1 = 0.4886025119029199;
inline constexpr double sh_c2[5] = {1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792,
                                    0.5462742152960396};
inline constexpr double sh_c3[7] = {-0.5900435899266435, 2.890611442640554, -0.4570457994644658, 0.3731763325901154,
                                    -0.4570457994644658, 1.445305721320277, -0.5900435899266435};
inline constexpr double sh_c4[9] = {2.5033429417967046,  -1.7701307697799304, 0.9461746957575601,
                                    -0.6690465435572892, 0.10578554691520431, -0.6690465435572892,
                                    0.47308734787878004, -1.7701307697799304, 0.6258357354491761};

/// Values of the (degree + 1)^2 basis functions, degree 0..4, at (x, y, z).
template <class V>
inline void sh_basis(int degree, V x, V y, V z, V* basis) {
  const auto k = [](double constant) { return V(constant); };
  basis[0] = k(sh_c0);
  if (degree < 1) return;
  basis[1] = k(-sh_c1) * y;
  basis[2] = k(sh_c1) * z;
  basis[3] = k(-sh_c1) * x;
  if (degree < 2) return;
  const V xx = x * x, yy = y * y, zz = z * z, xy = x * y, yz = y * z, xz = x * z;
  basis[4] = k(sh_c2[0]) * xy;
  basis[5] = k(sh_c2[1]) * yz;
  basis[6] = k(sh_c2[2]) * (k(2) * zz - xx - yy);
  basis[7] = k(sh_c2[3]) * xz;
  basis[8] = k(sh_c2[4]) * (xx - yy);
  if (degree < 3) return;
  basis[9] = k(sh_c3[0]) * y * (k(3) * xx - yy);
  basis[10] = k(sh_c3[1]) * xy * z;
  basis[11] = k(sh_c3[2]) * y * (k(4) * zz - xx - yy);
  basis[12] = k(sh_c3[3]) * z * (k(2) * zz - k(3) * xx - k(3) * yy);
  basis[13] = k(sh_c3[4]) * x * (k(4) * zz - xx - yy);
  basis[14] = k(sh_c3[5]) * z * (xx - yy);
  basis[15] = k(sh_c3[6]) * x * (xx - k(3) * yy);
  if (degree < 4) return;
  basis[16] = k(sh_c4[0]) * xy * (xx - yy);
  basis[17] = k(sh_c4[1]) * yz * (k(3) * xx - yy);
  basis[18] = k(sh_c4[2]) * xy * (k(7) * zz - k(1));
  basis[19] = k(sh_c4[3]) * yz * (k(7) * zz - k(3));
  basis[20] = k(sh_c4[4]) * (zz * (k(35) * zz - k(30)) + k(3));
  basis[21] = k(sh_c4[5]) * xz * (k(7) * zz - k(3));
  basis[22] = k(sh_c4[6]) * (xx - yy) * (k(7) * zz - k(1));
  basis[23] = k(sh_c4[7]) * xz * (xx - k(3) * yy);
  basis[24] = k(sh_c4[8]) * (xx * (xx - k(3) * yy) - yy * (k(3) * xx - yy));
}

/// Partial derivatives of the basis with respect to x, y and z, taken as independent (no normalisation).
template <class V>
inline void sh_basis_gradient(int degree, V x, V y, V z, V* dx, V* dy, V* dz) {
  const auto k = [](double constant) { return V(constant); };
  const auto set = [&](int i, double constant, V gx, V gy, V gz) {
    dx[i] = k(constant) * gx;
    dy[i] = k(constant) * gy;
    dz[i] = k(constant) * gz;
  };
  const V none = k(0), one = k(1), two = k(2);
  set(0, 0, none, none, none);
  if (degree < 1) return;
  set(1, -sh_c1, none, one, none);
  set(2, sh_c1, none, none, one);
  set(3, -sh_c1, one, none, none);
  if (degree < 2) return;
  const V xx = x * x, yy = y * y, zz = z * z, xy = x * y, yz = y * z, xz = x * z;
  set(4, sh_c2[0], y, x, none);
  set(5, sh_c2[1], none, z, y);
  set(6, sh_c2[2], k(-2) * x, k(-2) * y, k(4) * z);
  set(7, sh_c2[3], z, none, x);
  set(8, sh_c2[4], two * x, k(-2) * y, none);
  if (degree < 3) return;
  set(9, sh_c3[0], k(6) * xy, k(3) * (xx - yy), none);
  set(10, sh_c3[1], yz, xz, xy);
  set(11, sh_c3[2], k(-2) * xy, k(4) * zz - xx - k(3) * yy, k(8) * yz);
  set(12, sh_c3[3], k(-6) * xz, k(-6) * yz, k(6) * zz - k(3) * (xx + yy));
  set(13, sh_c3[4], k(4) * zz - k(3) * xx - yy, k(-2) * xy, k(8) * xz);
  set(14, sh_c3[5], two * xz, k(-2) * yz, xx - yy);
  set(15, sh_c3[6], k(3) * (xx - yy), k(-6) * xy, none);
  if (degree < 4) return;
  set(16, sh_c4[0], y * (k(3) * xx - yy), x * (xx - k(3) * yy), none);
  set(17, sh_c4[1], k(6) * x * yz, z * (k(3) * xx - k(3) * yy), y * (k(3) * xx - yy));
  set(18, sh_c4[2], y * (k(7) * zz - one), x * (k(7) * zz - one), k(14) * xy * z);
  set(19, sh_c4[3], none, z * (k(7) * zz - k(3)), y * (k(21) * zz - k(3)));
  set(20, sh_c4[4], none, none, z * (k(140) * zz - k(60)));
  set(21, sh_c4[5], z * (k(7) * zz - k(3)), none, x * (k(21) * zz - k(3)));
  set(22, sh_c4[6], two * x * (k(7) * zz - one), k(-2) * y * (k(7) * zz - one), k(14) * z * (xx - yy));
  set(23, sh_c4[7], z * (k(3) * xx - k(3) * yy), k(-6) * x * yz, x * (xx - k(3) * yy));
  set(24, sh_c4[8], k(4) * x * (xx - k(3) * yy), k(4) * y * (yy - k(3) * xx), none);
}

}  // namespace retort::splat
