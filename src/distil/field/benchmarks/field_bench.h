// `retort bench field`: whole training steps and feature maps, held against what the machine could do at best.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/context.h"
#include "core/isa.h"
#include "distil/field/benchmarks/bench_scene.h"
#include "distil/field/benchmarks/blended_pairs.h"
#include "distil/field/benchmarks/interleaved.h"

namespace retort::field {

/// The feature loss is also measured on maps so many times smaller each way.
inline constexpr int bench_shrink = 4;

struct FieldBenchOptions {
  int rounds = 10;
  int steps = 10;                                  ///< a round and case
  std::vector<int64_t> channels = {16, 128, 512};  ///< widths of the features; colours alone are measured always
  bool steps_measured = true, renders_measured = true, comparison_measured = true;
};

/// What can't be avoided, whatever the program.
struct LeastWork {
  double operations = 0;  ///< floating-point, of products of blended pairs with features; a multiply-add counts 2
  double bytes = 0;       ///< read and written
};

struct StepRow {
  int64_t channels = 0;
  int shrink = 1;
  Isa isa = Isa::automatic;
  int threads = 1;
  Spread rate = {};         ///< steps a second
  double processor_ms = 0;  ///< a step, all threads together, median
  LeastWork work = {};      ///< feature products forward and back, Adam's sweep, the map; no blending, no colour loss
  Spread slower = {};       ///< comparison only: times as long as the first row of the same width
};

struct RenderRow {
  int64_t channels = 0;
  Spread milliseconds = {};  ///< of a full-size map, weights computed anew, splats projected before
  LeastWork work = {};
};

struct FieldBenchResult {
  std::string scene;
  int width = 0, height = 0, threads = 1;
  int64_t splats = 0;
  Isa isa = Isa::automatic;
  BlendedPairs pairs = {};  ///< a view, `cells` at 1 / bench_shrink
  double gflops = 0;        ///< 10^9 operations a second of a float32 matrix product
  double gigabytes = 0;     ///< 10^9 bytes a second, read plus written, of a copy
  std::vector<StepRow> steps = {}, comparison = {};
  std::vector<RenderRow> renders = {};
  double peak_memory_gb = 0;  ///< of the process, all its step cases together

  /// The least times of some work at the measured rates, milliseconds.
  double products_ms(const LeastWork& work) const { return work.operations / gflops * 1e-6; }
  double memory_ms(const LeastWork& work) const { return work.bytes / gigabytes * 1e-6; }
  double floor_ms(const LeastWork& work) const { return products_ms(work) + memory_ms(work); }
};

/// Measures on the context's pool; the comparison with one thread makes a pool of its own. std::nullopt when asked to
/// stop. UserError for channels outside 1..2048 and for training pictures of several sizes.
std::optional<FieldBenchResult> run_field_bench(BenchScene& bench, const FieldBenchOptions& options, Context& context);

/// Tables for people (field_bench_report.cpp).
std::string to_text(const FieldBenchResult& result);
nlohmann::ordered_json to_json(const FieldBenchResult& result);

}  // namespace retort::field
