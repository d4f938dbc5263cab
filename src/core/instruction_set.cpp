#include "core/instruction_set.h"

#include "core/env.h"
#include "core/errors.h"

namespace retort {

namespace {

InstructionSet best_of_this_machine() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    return InstructionSet::avx512;
  }
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? InstructionSet::avx2
                                                                         : InstructionSet::scalar;
}

InstructionSet choose_instruction_set() {
  const auto best = best_of_this_machine();
  const std::string wish = env::get("ISA");
  if (wish.empty() || wish == "auto") return best;
  const auto wished =
      wish == "scalar" ? InstructionSet::scalar
      : wish == "avx2" ? InstructionSet::avx2
      : wish == "avx512"
          ? InstructionSet::avx512
          : throw UserError(fmt::format("RETORT_ISA is '{}'; it should be auto, scalar, avx2 or avx512", wish));
  if (wished > best) user_error("RETORT_ISA asks for {}, which this machine lacks", wish);
  return wished;
}

}  // namespace

InstructionSet instruction_set() {
  static const InstructionSet chosen = choose_instruction_set();
  return chosen;
}

}  // namespace retort
