#include "data/near_duplicates.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/errors.h"

namespace retort::data {

namespace {
constexpr int columns = 9, rows = 8;

/// Sum of a cell's pixels over all channels, by its whole pixels; of pictures smaller than the cells the nearest pixel.
double brightness_of_cell(const Picture& picture, int column, int row) {
  const int left = column * picture.width / columns, top = row * picture.height / rows;
  const int right = std::max(left + 1, (column + 1) * picture.width / columns),
            bottom = std::max(top + 1, (row + 1) * picture.height / rows);
  double sum = 0;
  for (int channel = 0; channel < picture.channels; ++channel)
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x) sum += picture.row(channel, y)[x];
  return sum / ((right - left) * (bottom - top));
}

std::vector<uint64_t> hashes_of(const Dataset& set) {
  std::vector<uint64_t> hashes;
  for (int64_t i = 0; i < set.size(); ++i) hashes.push_back(difference_hash(set.sample(i).image));
  return hashes;
}
}  // namespace

uint64_t difference_hash(const Picture& picture) {
  RT_CHECK(!picture.empty(), "a picture without pixels has no hash");
  uint64_t hash = 0;
  for (int row = 0; row < rows; ++row) {
    std::array<double, columns> cells{};
    for (int column = 0; column < columns; ++column) cells[size_t(column)] = brightness_of_cell(picture, column, row);
    for (int column = 0; column + 1 < columns; ++column)
      hash = 2 * hash + (cells[size_t(column)] < cells[size_t(column) + 1] ? 1 : 0);
  }
  return hash;
}

std::vector<int64_t> unlike_samples(const Dataset& set, const Dataset& others, int64_t bits) {
  const auto own = hashes_of(set), theirs = hashes_of(others);
  std::vector<int64_t> unlike;
  for (size_t i = 0; i < own.size(); ++i)
    if (std::none_of(theirs.begin(), theirs.end(), [&](uint64_t hash) { return std::popcount(hash ^ own[i]) <= bits; }))
      unlike.push_back(int64_t(i));
  return unlike;
}

}  // namespace retort::data
