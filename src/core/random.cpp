#include "core/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "core/errors.h"

namespace retort {

namespace {
uint64_t splitmix(uint64_t& state) {
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint64_t rotate_left(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

uint64_t mix(uint64_t key, uint64_t salt) {
  uint64_t state = key ^ rotate_left(salt, 29);
  const uint64_t first = splitmix(state);
  state ^= salt;
  return first ^ rotate_left(splitmix(state), 17);
}
}  // namespace

RandomGenerator::RandomGenerator(uint64_t key) {
  for (auto& word : state_) word = splitmix(key);
}

uint64_t RandomGenerator::bits() {
  const uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

double RandomGenerator::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

double RandomGenerator::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

int64_t RandomGenerator::integer(int64_t count) {
  RT_CHECK(count >= 1, "random integer below {}", count);
  const uint64_t bound = static_cast<uint64_t>(count), rejected = (0 - bound) % bound;
  while (true) {
    const uint64_t draw = bits();
    if (draw >= rejected) return static_cast<int64_t>(draw % bound);
  }
}

std::vector<int64_t> RandomGenerator::permutation(int64_t count) {
  RT_CHECK(count >= 0, "permutation of {} things", count);
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), int64_t{0});
  for (int64_t last = count - 1; last > 0; --last) std::swap(order[last], order[integer(last + 1)]);
  return order;
}

RandomTree RandomTree::child(std::string_view name) const {
  uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
  for (const unsigned char letter : name) hash = (hash ^ letter) * 0x100000001B3u;
  return RandomTree(mix(key_, hash));
}

RandomTree RandomTree::child(uint64_t number) const { return RandomTree(mix(key_, number + 0x632BE59BD9B4E019u)); }

}  // namespace retort
