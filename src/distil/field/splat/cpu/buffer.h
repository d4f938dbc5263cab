// Scratch memory that is kept from frame to frame: cache-line aligned, not initialised, so that pages which are never
// touched cost nothing.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace retort::splat {

template <class Value>
class Buffer {
  static_assert(std::is_trivially_copyable_v<Value>);

 public:
  /// Room for at least `count` values. The contents are lost when the buffer grows. std::bad_alloc without memory.
  Value* ensure(int64_t count) {
    if (count > capacity_) {
      values_.reset();
      capacity_ = 0;
      const int64_t wanted = count + count / 4 + 64;
      const size_t bytes = (static_cast<size_t>(wanted) * sizeof(Value) + 63) / 64 * 64;
      values_.reset(static_cast<Value*>(std::aligned_alloc(64, bytes)));
      if (!values_) throw std::bad_alloc();
      capacity_ = wanted;
    }
    return values_.get();
  }
  Value* data() const { return values_.get(); }
  Value& operator[](int64_t index) const { return values_.get()[index]; }

 private:
  struct Free {
    void operator()(Value* values) const { std::free(values); }
  };
  std::unique_ptr<Value, Free> values_;
  int64_t capacity_ = 0;
};

}  // namespace retort::splat
