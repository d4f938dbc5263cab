#include "data/sets/part.h"

namespace retort::data {

int least_scale(int width, int height, int wanted_width, int wanted_height) {
  for (const int eighths : {1, 2, 4}) {
    if (int64_t(width) * eighths >= int64_t(wanted_width) * 8 &&
        int64_t(height) * eighths >= int64_t(wanted_height) * 8) {
      return eighths;
    }
  }
  return 8;
}

}  // namespace retort::data
