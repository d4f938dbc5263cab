// Which vector instructions the kernels use.
#pragma once

#include <string>

namespace retort {

/// Instruction sets for which kernels exist, from the plainest on.
enum class Isa { automatic, scalar, avx2, avx512 };

/// "", "auto", "scalar", "avx2" or "avx512"; UserError for anything else.
Isa parse_isa(const std::string& name);
const char* isa_name(Isa isa);

/// The best that this machine has.
Isa best_isa();

/// `automatic` resolved to the best; UserError when the machine lacks what was asked for.
Isa resolve_isa(Isa isa);

/// What RETORT_ISA asks for, else the best; never `automatic`. Read once. UserError when the variable holds no known
/// name or a set that the machine lacks.
Isa chosen_isa();

}  // namespace retort
