// Named random streams. A stream is a key, not a state: children are derived by name or number, so that a new consumer
// disturbs no old one and a resumed run draws what an undisturbed one would have drawn, with nothing to save.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace retort {

/// Draws from one stream (xoshiro256**). Same key, same numbers, on every machine.
class RandomGenerator {
 public:
  explicit RandomGenerator(uint64_t key);
  uint64_t bits();
  double uniform();                ///< in [0, 1)
  double normal();                 ///< mean 0, variance 1 (Box-Muller, one value a call pair)
  int64_t integer(int64_t count);  ///< in [0, count), unbiased; count >= 1
  std::vector<int64_t> permutation(int64_t count);

 private:
  uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

class RandomTree {
 public:
  explicit RandomTree(uint64_t seed) : key_(seed) {}
  RandomTree child(std::string_view name) const;
  RandomTree child(uint64_t number) const;
  RandomGenerator generator() const { return RandomGenerator(key_); }
  uint64_t key() const { return key_; }

 private:
  uint64_t key_;
};

}  // namespace retort
