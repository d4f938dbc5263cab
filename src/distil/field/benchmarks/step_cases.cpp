#include <spdlog/logger.h>

#include <memory>

#include "distil/field/benchmarks/field_bench_parts.h"
#include "distil/field/benchmarks/training_arm.h"

namespace retort::field {

namespace {
constexpr int64_t compared_channels = 128;

/// A step that is measured, and the trainer that it is one of; cases of one width share a trainer.
struct StepCase {
  std::shared_ptr<TrainingArm> arm;
  StepRow row;
};

std::vector<StepCase> cases_of_widths(BenchScene& bench, const FieldBenchOptions& options, Context& context,
                                      const FieldBenchResult& result) {
  std::vector<StepCase> cases;
  const auto add = [&](int64_t channels, std::initializer_list<int> shrinks) {
    const auto arm = std::make_shared<TrainingArm>(bench, channels, result.isa, context.pool);
    for (const int shrink : shrinks) {
      cases.push_back({arm, {.channels = channels, .shrink = shrink, .isa = result.isa, .threads = result.threads}});
    }
  };
  add(0, {1});
  for (const int64_t channels : options.channels) add(channels, {1, bench_shrink});
  return cases;
}

/// Measures all cases against one another and completes their rows.
bool measure_cases(std::vector<StepCase>& cases, const FieldBenchOptions& options, const BlendedPairs& pairs,
                   Context& context, std::vector<CaseTimes>& times) {
  std::vector<std::function<void()>> steps;
  for (const auto& each : cases) steps.push_back([&each] { each.arm->step(each.row.shrink); });
  times = measure_interleaved(steps, options.rounds, options.steps, [&] { return context.stop.requested(); });
  for (size_t i = 0; i < times.size(); ++i) {
    StepRow& row = cases[i].row;
    std::vector<double> rates;
    for (const double seconds : times[i].seconds) rates.push_back(1 / seconds);
    row.rate = spread_of(rates);
    row.processor_ms = 1e3 * spread_of(times[i].processor).median;
    // Forward and backward product, a multiply-add each.
    row.work = {.operations = 4.0 * static_cast<double>(row.channels) * (row.shrink == 1 ? pairs.pixels : pairs.cells),
                .bytes = cases[i].arm->swept_bytes(row.shrink)};
  }
  return !times.empty();
}
}  // namespace

bool measure_steps(BenchScene& bench, const FieldBenchOptions& options, Context& context, FieldBenchResult& result) {
  auto cases = cases_of_widths(bench, options, context, result);
  context.log.info("whole steps: {} cases, {} rounds of {} steps each", cases.size(), options.rounds, options.steps);
  std::vector<CaseTimes> times;
  if (!measure_cases(cases, options, result.pairs, context, times)) return false;
  for (const auto& each : cases) result.steps.push_back(each.row);
  return true;
}

bool compare_kernels(BenchScene& bench, const FieldBenchOptions& options, Context& context, FieldBenchResult& result) {
  ThreadPool one_thread(1);
  for (const int64_t channels : {int64_t{0}, compared_channels}) {
    std::vector<StepCase> cases;
    const auto add = [&](Isa isa, ThreadPool& pool) {
      cases.push_back({std::make_shared<TrainingArm>(bench, channels, isa, pool),
                       {.channels = channels, .isa = isa, .threads = pool.threads()}});
    };
    add(result.isa, context.pool);
    if (result.threads > 1) add(result.isa, one_thread);
    for (const Isa isa : {Isa::avx512, Isa::avx2, Isa::scalar}) {
      if (isa != result.isa && isa <= best_isa()) add(isa, context.pool);
    }
    context.log.info("instruction sets and threads, {} channels: {} cases", channels, cases.size());
    std::vector<CaseTimes> times;
    if (!measure_cases(cases, options, result.pairs, context, times)) return false;
    for (size_t i = 0; i < cases.size(); ++i) {
      cases[i].row.slower = times_as_long(times[i], times.front());
      result.comparison.push_back(cases[i].row);
    }
  }
  return true;
}

}  // namespace retort::field
