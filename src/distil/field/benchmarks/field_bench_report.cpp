#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "distil/field/benchmarks/field_bench.h"

namespace retort::field {

namespace {
std::string step_name(const StepRow& row) {
  if (row.channels == 0) return "RGB";
  return fmt::format("RGB + {}{}", row.channels, row.shrink == 1 ? "" : fmt::format(", loss at 1/{}", row.shrink));
}

std::string steps_text(const FieldBenchResult& result) {
  auto text = fmt::format("\n{:<26} {:>7} {:>7} {:>7} {:>9} {:>9} {:>9} {:>9}\n", "steps/s (higher is better)", "least",
                          "median", "most", "cpu ms", "products", "memory", "x floor");
  for (const auto& row : result.steps) {
    text += fmt::format("{:<26} {:>7.1f} {:>7.1f} {:>7.1f} {:>9.2f} {:>6.2f} ms {:>6.2f} ms {:>9.2f}\n", step_name(row),
                        row.rate.least, row.rate.median, row.rate.most, row.processor_ms, result.products_ms(row.work),
                        result.memory_ms(row.work), 1e3 / row.rate.median / result.floor_ms(row.work));
  }
  return text + fmt::format("peak memory of these cases together: {:.2f} GB\n", result.peak_memory_gb);
}

std::string renders_text(const FieldBenchResult& result) {
  auto text = fmt::format("\n{:<26} {:>7} {:>7} {:>7} {:>9} {:>9} {:>9} {:>9}\n", "feature map, ms (lower)", "least",
                          "median", "most", "us/chan", "products", "memory", "x floor");
  for (const auto& row : result.renders) {
    const double median = row.milliseconds.median;
    text += fmt::format("{:<26} {:>7.2f} {:>7.2f} {:>7.2f} {:>9.1f} {:>6.2f} ms {:>6.2f} ms {:>9.2f}\n",
                        fmt::format("{} channels", row.channels), row.milliseconds.least, median, row.milliseconds.most,
                        1e3 * median / static_cast<double>(row.channels), result.products_ms(row.work),
                        result.memory_ms(row.work), median / result.floor_ms(row.work));
  }
  return text;
}

std::string comparison_text(const FieldBenchResult& result) {
  auto text = fmt::format("\n{:<26} {:>7} {:>7} {:>7} {:>9} {:>9} {:>9} {:>9}\n", "steps/s (higher is better)", "least",
                          "median", "most", "cpu ms", "slower:", "median", "most");
  for (const auto& row : result.comparison) {
    const auto name = fmt::format("{}, {} x{}", step_name(row), isa_name(row.isa), row.threads);
    text += fmt::format("{:<26} {:>7.1f} {:>7.1f} {:>7.1f} {:>9.2f} {:>8.2f}x {:>8.2f}x {:>8.2f}x\n", name,
                        row.rate.least, row.rate.median, row.rate.most, row.processor_ms, row.slower.least,
                        row.slower.median, row.slower.most);
  }
  return text;
}

nlohmann::ordered_json spread_json(const Spread& spread) {
  return {{"least", spread.least}, {"median", spread.median}, {"most", spread.most}};
}

nlohmann::ordered_json floors_json(const FieldBenchResult& result, const LeastWork& work) {
  return {{"products_ms", result.products_ms(work)}, {"memory_ms", result.memory_ms(work)}};
}

nlohmann::ordered_json step_json(const FieldBenchResult& result, const StepRow& row) {
  return {{"channels", row.channels},
          {"loss_shrink", row.shrink},
          {"instruction_set", isa_name(row.isa)},
          {"threads", row.threads},
          {"steps_per_second", spread_json(row.rate)},
          {"processor_ms", row.processor_ms},
          {"floors", floors_json(result, row.work)}};
}
}  // namespace

std::string to_text(const FieldBenchResult& result) {
  const double pixels = static_cast<double>(result.width) * result.height;
  auto text = fmt::format(
      "{}: {}x{}, {} splats, {} on {} threads\n"
      "{:.1f} blended splats a pixel, {:.1f} a cell of the map at 1/{}\n"
      "measured here: matrix product {:.0f} GFLOP/s, copy {:.1f} GB/s\n",
      result.scene, result.width, result.height, result.splats, isa_name(result.isa), result.threads,
      result.pairs.pixels / pixels, result.pairs.cells / (pixels / bench_shrink / bench_shrink), bench_shrink,
      result.gflops, result.gigabytes);
  if (!result.steps.empty()) text += steps_text(result);
  if (!result.renders.empty()) text += renders_text(result);
  if (!result.comparison.empty()) text += comparison_text(result);
  return text;
}

nlohmann::ordered_json to_json(const FieldBenchResult& result) {
  nlohmann::ordered_json json = {{"scene", result.scene},
                                 {"width", result.width},
                                 {"height", result.height},
                                 {"splats", result.splats},
                                 {"instruction_set", isa_name(result.isa)},
                                 {"threads", result.threads},
                                 {"blended_pairs_of_pixels", result.pairs.pixels},
                                 {"blended_pairs_of_cells", result.pairs.cells},
                                 {"matrix_gflops", result.gflops},
                                 {"copy_gb_per_second", result.gigabytes},
                                 {"peak_memory_gb", result.peak_memory_gb}};
  for (const auto& row : result.steps) json["steps"].push_back(step_json(result, row));
  for (const auto& row : result.renders) {
    json["feature_maps"].push_back({{"channels", row.channels},
                                    {"milliseconds", spread_json(row.milliseconds)},
                                    {"floors", floors_json(result, row.work)}});
  }
  for (const auto& row : result.comparison) {
    auto entry = step_json(result, row);
    entry["times_as_long_as_first"] = spread_json(row.slower);
    json["comparison"].push_back(entry);
  }
  return json;
}

}  // namespace retort::field
