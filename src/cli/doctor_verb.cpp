#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <torch/version.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/failures.h"
#include "cli/machine_facts.h"
#include "cli/verbs.h"
#include "core/env.h"
#include "core/isa.h"
#include "core/memory_room.h"
#include "core/text.h"
#include "distil/field/benchmarks/machine_rates.h"
#include "retort_build.h"

namespace retort::cli {

namespace {
void print_fact(const char* name, const std::string& value) { fmt::print("{:<18} {}\n", name, value); }

void print_processor() {
  print_fact("processor", processor_name());
  print_fact("instruction sets", join(instruction_sets(), " "));
  const auto asked = env::get("ISA");
  print_fact("kernels",
             fmt::format("{} ({})", isa_name(chosen_isa()),
                         asked.empty() ? "best of this machine; RETORT_ISA overrides" : "RETORT_ISA=" + asked));
}

/// What LibTorch multiplies matrices with.
std::string blas_name(const std::vector<std::string>& libraries) {
  if (at::hasMKL()) return "MKL (inside LibTorch)";
  const auto file = find_library(libraries, "libopenblas");
  if (!file.empty()) return "OpenBLAS, " + file;
  const auto plain = find_library(libraries, "libblas");
  return plain.empty() ? "inside LibTorch" : "reference BLAS, " + plain + " (slow: install libopenblas0-pthread)";
}

std::string gpu_text() {
  if (at::hasCUDA()) return "yes, LibTorch can use it";
  std::error_code ignored;
  if (std::filesystem::exists("/dev/nvidiactl", ignored)) {
    return "there is one, but this LibTorch can't use it (set up with a CUDA build of LibTorch to use it)";
  }
  return "none";
}

void print_libraries(const std::vector<std::string>& libraries) {
  print_fact("LibTorch", fmt::format("{}, {}", TORCH_VERSION, find_library(libraries, "libtorch_cpu")));
  print_fact("BLAS", blas_name(libraries));
  print_fact("GPU", gpu_text());
}

void print_warnings(const std::vector<std::string>& libraries) {
  const auto runtimes = openmp_runtimes(libraries);
  print_fact("OpenMP runtimes", runtimes.empty() ? "none" : join(runtimes, ", "));
  if (runtimes.size() > 1) {
    fmt::print(
        "warning: {} OpenMP runtimes in one process fight for the cores; link one only: set up with the other LibTorch "
        "(./setup --torch=wheel), or drop the library that brings the second from LD_PRELOAD and LD_LIBRARY_PATH\n",
        runtimes.size());
  }
}

int examine(Invocation& invocation) {
  print_fact("retort", build::version);
  print_processor();
  print_fact("threads", fmt::format("{} of {} cores that this process may use (LibTorch {})",
                                    invocation.context.pool.threads(), available_cores(), at::get_num_threads()));
  const auto memory = memory_room();
  print_fact("memory", fmt::format("{} of {} free{}", human_bytes(static_cast<double>(memory.available_bytes)),
                                   human_bytes(static_cast<double>(memory.total_bytes)),
                                   memory.limited_by.empty() ? "" : ", by the control group " + memory.limited_by));
  const double matrix_rate = field::measure_matrix_rate();
  const double memory_rate = field::measure_memory_rate(invocation.context.pool);
  // Read after the matrix product: some libraries are loaded with their first use.
  const auto libraries = mapped_libraries(read_proc_file("/proc/self/maps"));
  print_libraries(libraries);
  print_fact("matrix product", fmt::format("{:.0f} GFLOP/s, float32 (higher is better)", matrix_rate));
  print_fact("memory copy", fmt::format("{:.1f} GB/s, read and write (higher is better)", memory_rate));
  const auto variables = env::set();
  print_fact("environment", variables.empty() ? "no RETORT_ variable is set" : join(variables, " "));
  print_warnings(libraries);
  return exit_done;
}
}  // namespace

Verb make_doctor_verb() {
  return {.name = "doctor",
          .heading = "Check",
          .summary = "what this machine and this build have to work with",
          .examples = {{"doctor", "instruction sets, LibTorch, threads, memory, GPU, measured rates"},
                       {"doctor --threads 1", "rates of one thread"}},
          .add_options = [](CLI::App&) -> Action { return examine; },
          .verbs = {}};
}

}  // namespace retort::cli
