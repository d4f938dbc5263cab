#include "train/adam.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/errors.h"
#include "core/isa.h"
#include "train/adam_sweep.h"

namespace retort::train {

namespace {

/// Elements a task takes: large enough to hide the hand-out, small enough to balance; a piece of all four arrays fits
/// L2.
constexpr int64_t elements_per_task = 1 << 15;

AdamSweepFunction chosen_adam_sweep() {
  switch (chosen_isa()) {
    case Isa::avx512:
      return adam_sweep_avx512();
    case Isa::avx2:
      return adam_sweep_avx2();
    default:
      return adam_sweep_scalar();
  }
}

/// What all pieces of one group share.
struct PreparedGroup {
  AdamSweep sweep;
  std::vector<float> step_sizes;
  const uint8_t* active_rows;
};

PreparedGroup prepare(const AdamGroup& group, const AdamOptions& options) {
  RT_CHECK(group.step >= 1, "adam: step {} (steps count from 1)", group.step);
  RT_CHECK(group.row_length == 0 || (group.row_length > 0 && group.count % group.row_length == 0 &&
                                     group.head_length >= 0 && group.head_length <= group.row_length),
           "adam: {} elements in rows of {} with heads of {}", group.count, group.row_length, group.head_length);
  const double step = static_cast<double>(group.step);
  const double first_correction = 1 - std::pow(options.beta1, step);
  const double second_correction = 1 - std::pow(options.beta2, step);
  PreparedGroup prepared{.sweep = {.parameters = group.parameters,
                                   .gradient = group.gradient,
                                   .first_moment = group.first_moment,
                                   .second_moment = group.second_moment,
                                   .count = group.count,
                                   .beta1 = static_cast<float>(options.beta1),
                                   .beta2 = static_cast<float>(options.beta2),
                                   .inverse_root_correction = static_cast<float>(1 / std::sqrt(second_correction)),
                                   .epsilon = static_cast<float>(group.epsilon),
                                   .step_size = static_cast<float>(group.learning_rate / first_correction),
                                   .step_sizes = nullptr,
                                   .row_length = group.row_length,
                                   .zero_gradient = options.zero_gradient},
                         .step_sizes = {},
                         .active_rows = group.active_rows};
  for (int64_t column = 0; column < group.row_length; ++column) {
    const double rate = column < group.head_length ? group.head_learning_rate : group.learning_rate;
    prepared.step_sizes.push_back(static_cast<float>(rate / first_correction));
  }
  return prepared;
}

AdamSweep piece_of(const PreparedGroup& group, int64_t begin, int64_t end) {
  AdamSweep piece = group.sweep;
  piece.parameters += begin;
  piece.gradient += begin;
  piece.first_moment += begin;
  piece.second_moment += begin;
  piece.count = end - begin;
  piece.step_sizes = group.step_sizes.empty() ? nullptr : group.step_sizes.data();
  return piece;
}

/// Sweeps every unbroken run of active rows; begin and end lie at rows.
void sweep_active_rows(const PreparedGroup& group, int64_t begin, int64_t end, AdamSweepFunction sweep) {
  const int64_t length = group.sweep.row_length, last = end / length;
  for (int64_t row = begin / length; row < last;) {
    if (group.active_rows[row] == 0) {
      ++row;
      continue;
    }
    int64_t stop = row + 1;
    while (stop < last && group.active_rows[stop] != 0) ++stop;
    sweep(piece_of(group, row * length, stop * length));
    row = stop;
  }
}

}  // namespace

void adam_step(std::span<const AdamGroup> groups, const AdamOptions& options, ThreadPool& pool) {
  static const AdamSweepFunction sweep = chosen_adam_sweep();
  struct Piece {
    size_t group;
    int64_t begin, end;
  };
  std::vector<PreparedGroup> prepared;
  std::vector<Piece> pieces;
  for (const auto& group : groups) {
    prepared.push_back(prepare(group, options));
    const int64_t row = std::max<int64_t>(group.row_length, 1);
    const int64_t stride = std::max<int64_t>(elements_per_task / row, 1) * row;
    for (int64_t begin = 0; begin < group.count; begin += stride) {
      pieces.push_back({prepared.size() - 1, begin, std::min(begin + stride, group.count)});
    }
  }
  pool.run(static_cast<int64_t>(pieces.size()), [&](int64_t index) {
    const Piece& piece = pieces[index];
    const PreparedGroup& group = prepared[piece.group];
    if (group.active_rows != nullptr) {
      sweep_active_rows(group, piece.begin, piece.end, sweep);
    } else {
      sweep(piece_of(group, piece.begin, piece.end));
    }
  });
}

}  // namespace retort::train
