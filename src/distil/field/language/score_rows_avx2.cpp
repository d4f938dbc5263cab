#include "distil/field/splat/cpu/simd_avx2.h"
// The kernel comes after the vector type that it is compiled for.
#include "distil/field/language/score_codes_kernel.h"
#include "distil/field/language/score_rows_kernel.h"

namespace retort::field {

ScoreRows score_rows_avx2() { return score_rows<splat::simd_avx2::V>; }
ScoreCodes score_codes_avx2() { return score_codes<splat::simd_avx2::V>; }

}  // namespace retort::field
