#include "core/isa.h"

#include <cpuid.h>

#include "core/env.h"
#include "core/errors.h"

namespace retort {

namespace {
/// Clang 14's __builtin_cpu_supports doesn't know f16c.
bool machine_has_f16c() {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C);
}

bool machine_has(Isa isa) {
  switch (isa) {
    case Isa::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && machine_has_f16c();
    default:
      return true;
  }
}
}  // namespace

Isa parse_isa(const std::string& name) {
  if (name.empty() || name == "auto") return Isa::automatic;
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (name == isa_name(isa)) return isa;
  }
  user_error("instruction set '{}' is unknown; auto, scalar, avx2 or avx512 would be right", name);
}

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    default:
      return "auto";
  }
}

Isa best_isa() {
  if (machine_has(Isa::avx512)) return Isa::avx512;
  return machine_has(Isa::avx2) ? Isa::avx2 : Isa::scalar;
}

Isa resolve_isa(Isa isa) {
  if (isa == Isa::automatic) return best_isa();
  if (!machine_has(isa)) {
    user_error("this machine has no {}; its best instruction set is {}", isa_name(isa), isa_name(best_isa()));
  }
  return isa;
}

Isa chosen_isa() {
  static const Isa chosen = resolve_isa(parse_isa(env::get("ISA")));
  return chosen;
}

}  // namespace retort
