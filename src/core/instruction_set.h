// Which vector instructions the kernels may use.
#pragma once

namespace retort {

enum class InstructionSet { scalar, avx2, avx512 };

/// The best set that this machine has and RETORT_ISA allows (unset or "auto": no limit). Read once. UserError when
/// RETORT_ISA is no known name or names a set that the machine lacks.
InstructionSet instruction_set();

}  // namespace retort
