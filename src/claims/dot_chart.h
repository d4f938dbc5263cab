// A picture of few values in groups.
#pragma once

#include <string>
#include <vector>

namespace retort::claims {

/// A group: its values are drawn on one line.
struct DotRow {
  std::string name;
  std::vector<double> values = {};  ///< finite
  bool marked = false;              ///< its name in bold
};

/// Rows that share an axis.
struct DotPanel {
  std::string title;
  std::vector<DotRow> rows = {};
};

/// An SVG with colours of its own: a panel below the other, a dot a value and a stroke at each row's mean. Rows and
/// panels without values are left out.
std::string render_dot_chart(const std::vector<DotPanel>& panels);

}  // namespace retort::claims
