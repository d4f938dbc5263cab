// Python's pickle opcodes that data files use (Lib/pickletools.py). Those that only serve objects, extension registries
// or out-of-band buffers are left out and therefore refused.
#pragma once

#include <cstdint>

namespace retort::io {

enum class PickleOpcode : uint8_t {
  mark = '(',
  stop = '.',
  pop = '0',
  pop_mark = '1',
  dup = '2',
  float_line = 'F',
  int_line = 'I',
  bin_int = 'J',
  bin_int1 = 'K',
  long_line = 'L',
  bin_int2 = 'M',
  none = 'N',
  bin_persistent_id = 'Q',
  reduce = 'R',
  string_line = 'S',
  bin_string = 'T',
  short_bin_string = 'U',
  unicode_line = 'V',
  bin_unicode = 'X',
  append = 'a',
  build = 'b',
  global = 'c',
  dict = 'd',
  empty_dict = '}',
  appends = 'e',
  get_line = 'g',
  bin_get = 'h',
  inst = 'i',
  long_bin_get = 'j',
  list = 'l',
  empty_list = ']',
  put_line = 'p',
  bin_put = 'q',
  long_bin_put = 'r',
  set_item = 's',
  tuple = 't',
  empty_tuple = ')',
  set_items = 'u',
  bin_float = 'G',
  bin_bytes = 'B',
  short_bin_bytes = 'C',
  proto = 0x80,
  new_object = 0x81,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  new_true = 0x88,
  new_false = 0x89,
  long1 = 0x8a,
  long4 = 0x8b,
  short_bin_unicode = 0x8c,
  bin_unicode8 = 0x8d,
  bin_bytes8 = 0x8e,
  stack_global = 0x93,
  memoize = 0x94,
  frame = 0x95
};

}  // namespace retort::io
