#include "distil/field/splat_files/palette.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <queue>
#include <utility>

#include "core/errors.h"
#include "core/thread_pool.h"

namespace retort::field {

namespace {
constexpr int64_t cells_a_group = 128;  // k-means looks at so many entries for a row
constexpr int palette_rounds = 4;

// Rows order[begin, end), and what is known of them.
struct PaletteCell {
  int64_t begin = 0, end = 0;
  double error = 0;   // sum of squared distances from the mean
  int64_t axis = 0;   // where they differ most
  double middle = 0;  // the mean there
};

struct LargerError {
  // Of equal errors the first in order goes first: the tree must not depend on the heap.
  bool operator()(const PaletteCell& a, const PaletteCell& b) const {
    return a.error != b.error ? a.error < b.error : a.begin > b.begin;
  }
};

class PaletteTree {
 public:
  PaletteTree(std::span<const float> rows, int64_t width)
      : rows_(rows), width_(width), order_(rows.size() / static_cast<size_t>(width)) {
    std::iota(order_.begin(), order_.end(), 0);
  }

  const std::vector<uint32_t>& order() const { return order_; }

  /// Halves the cell with the largest error until there are `most`, or all rows of each cell are equal. By `begin`.
  std::vector<PaletteCell> split(std::vector<PaletteCell> cells, int64_t most) {
    std::priority_queue open(LargerError(), std::move(cells));
    while (static_cast<int64_t>(open.size()) < most && open.top().error > 0) {
      const auto cell = open.top();
      open.pop();
      const int64_t cut = std::partition(order_.begin() + cell.begin, order_.begin() + cell.end,
                                         [&](uint32_t row) { return row_of(row)[cell.axis] < cell.middle; }) -
                          order_.begin();
      open.push(cell_of(cell.begin, cut));
      open.push(cell_of(cut, cell.end));
    }
    cells.clear();
    for (; !open.empty(); open.pop()) cells.push_back(open.top());
    std::sort(cells.begin(), cells.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return cells;
  }

  PaletteCell all() const { return cell_of(0, static_cast<int64_t>(order_.size())); }
  const float* row_of(uint32_t row) const { return rows_.data() + row * width_; }

 private:
  PaletteCell cell_of(int64_t begin, int64_t end) const {
    std::vector<double> sums(static_cast<size_t>(width_), 0), squares(static_cast<size_t>(width_), 0);
    for (int64_t at = begin; at < end; ++at) {
      const float* row = row_of(order_[at]);
      for (int64_t axis = 0; axis < width_; ++axis) sums[axis] += row[axis];
    }
    for (auto& sum : sums) sum /= static_cast<double>(end - begin);
    for (int64_t at = begin; at < end; ++at) {
      const float* row = row_of(order_[at]);
      for (int64_t axis = 0; axis < width_; ++axis) {
        squares[axis] += (row[axis] - sums[axis]) * (row[axis] - sums[axis]);
      }
    }
    const auto widest = std::max_element(squares.begin(), squares.end()) - squares.begin();
    return {.begin = begin,
            .end = end,
            .error = std::accumulate(squares.begin(), squares.end(), 0.0),
            .axis = widest,
            .middle = sums[widest]};
  }

  std::span<const float> rows_;
  int64_t width_;
  std::vector<uint32_t> order_;
};

// One group of neighbouring cells: its rows, and the entries [first, first + cells) of the palette that are its own.
struct PaletteGroup {
  int64_t begin, end, first, cells;
};

void nearest_entries(const PaletteTree& tree, const PaletteGroup& group, Palette& palette) {
  for (int64_t at = group.begin; at < group.end; ++at) {
    const float* row = tree.row_of(tree.order()[at]);
    float best = std::numeric_limits<float>::infinity();
    for (int64_t entry = group.first; entry < group.first + group.cells; ++entry) {
      const float* centre = palette.entries.data() + entry * palette.width;
      float distance = 0;
      for (int64_t axis = 0; axis < palette.width; ++axis) {
        distance += (row[axis] - centre[axis]) * (row[axis] - centre[axis]);
      }
      if (distance < best) {
        best = distance;
        palette.labels[tree.order()[at]] = static_cast<uint32_t>(entry);
      }
    }
  }
}

// Entries become the means of their rows; those without rows stay.
void mean_entries(const PaletteTree& tree, const PaletteGroup& group, Palette& palette) {
  const int64_t width = palette.width;
  std::vector<double> sums(static_cast<size_t>(group.cells * width), 0);
  std::vector<int64_t> counts(static_cast<size_t>(group.cells), 0);
  for (int64_t at = group.begin; at < group.end; ++at) {
    const uint32_t row = tree.order()[at];
    const int64_t entry = palette.labels[row] - group.first;
    ++counts[entry];
    for (int64_t axis = 0; axis < width; ++axis) sums[entry * width + axis] += tree.row_of(row)[axis];
  }
  for (int64_t entry = 0; entry < group.cells; ++entry) {
    if (counts[entry] == 0) continue;
    for (int64_t axis = 0; axis < width; ++axis) {
      palette.entries[(group.first + entry) * width + axis] =
          static_cast<float>(sums[entry * width + axis] / static_cast<double>(counts[entry]));
    }
  }
}

// Drops the entries that no row is nearest to.
void keep_named_entries(Palette& palette) {
  std::vector<int64_t> places(static_cast<size_t>(palette.size()), -1);
  for (const uint32_t label : palette.labels) places[label] = 0;
  int64_t kept = 0;
  for (int64_t entry = 0; entry < static_cast<int64_t>(places.size()); ++entry) {
    if (places[entry] < 0) continue;
    std::copy_n(palette.entries.begin() + entry * palette.width, palette.width,
                palette.entries.begin() + kept * palette.width);
    places[entry] = kept++;
  }
  palette.entries.resize(static_cast<size_t>(kept * palette.width));
  for (auto& label : palette.labels) label = static_cast<uint32_t>(places[label]);
}
}  // namespace

Palette fit_palette(std::span<const float> rows, int64_t width, int64_t most) {
  RT_CHECK(width > 0 && most > 0 && rows.size() % static_cast<size_t>(width) == 0, "palette: {} numbers, rows of {}",
           rows.size(), width);
  Palette palette{.width = width, .entries = {}, .labels = {}};
  if (rows.empty()) return palette;
  PaletteTree tree(rows, width);
  palette.labels.resize(tree.order().size());
  const auto coarse = tree.split({tree.all()}, std::max<int64_t>(1, most / cells_a_group));
  const auto cells = tree.split(coarse, most);
  std::vector<PaletteGroup> groups;
  size_t next = 0;
  for (const auto& whole : coarse) {
    const size_t first = next;
    while (next < cells.size() && cells[next].begin < whole.end) ++next;
    groups.push_back({whole.begin, whole.end, static_cast<int64_t>(first), static_cast<int64_t>(next - first)});
  }
  for (size_t entry = 0; entry < cells.size(); ++entry) {
    for (int64_t at = cells[entry].begin; at < cells[entry].end; ++at) {
      palette.labels[tree.order()[at]] = static_cast<uint32_t>(entry);
    }
  }
  palette.entries.resize(cells.size() * static_cast<size_t>(width));
  ThreadPool pool(available_cores());
  pool.run(static_cast<int64_t>(groups.size()), [&](int64_t index) {
    const auto& group = groups[index];
    mean_entries(tree, group, palette);
    for (int round = 0; round < palette_rounds; ++round) {
      nearest_entries(tree, group, palette);
      mean_entries(tree, group, palette);
    }
    nearest_entries(tree, group, palette);
  });
  keep_named_entries(palette);
  return palette;
}

}  // namespace retort::field
