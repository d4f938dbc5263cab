// What a pickle builds, and the stack it is built on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/bytes.h"

namespace retort::io {

using PickleNodeId = uint32_t;

enum class PickleKind {
  none,
  boolean,
  integer,
  real,
  text,
  bytes,
  list,
  tuple,
  dict,         ///< items alternate between key and value
  global,       ///< the text is an allowed Python name such as "torch.FloatStorage"
  storage,      ///< items are those of PyTorch's persistent id: "storage", type, key, device, length ...
  tensor,       ///< items are the arguments of torch._utils._rebuild_tensor: storage, offset, sizes, strides
  numpy_dtype,  ///< the text is NumPy's name of it, with the byte order in front once that is known: "u1", "|u1"
  numpy_array   ///< items are its state: version, shape, dtype, whether in Fortran order, bytes; none before BUILD
};

struct PickleNode {
  PickleKind kind = PickleKind::none;
  int64_t integer = 0;
  double real = 0;
  std::string text = {};
  std::vector<PickleNodeId> items = {};
};

/// Nodes may be shared and (in hostile files) contain themselves: walk with a depth limit.
struct PickleGraph {
  std::vector<PickleNode> nodes;
  PickleNodeId root = 0;

  const PickleNode& node(PickleNodeId id) const { return nodes[id]; }
};

/// The pickle machine's stack, marks and memo. All of them are bounded, so that a small file can't exhaust the memory
/// by naming the same large value again and again. UserError (through the reader, which knows file and position).
class PickleStack {
 public:
  explicit PickleStack(const ByteReader& in) : in_(in) {}

  /// A new node, pushed.
  void push(PickleNode node);
  void push_text(PickleKind kind, std::string_view text) { push({.kind = kind, .text = std::string(text)}); }
  void push_items(PickleKind kind, std::vector<PickleNodeId> items);
  void push_known(PickleNodeId id);

  PickleNodeId pop();
  std::vector<PickleNodeId> pop_several(size_t count);
  std::vector<PickleNodeId> pop_to_mark();
  /// Removes the top value or, where there is none above it, the last mark.
  void pop_value_or_mark();
  void mark();
  void duplicate_top();
  const PickleNode& top();

  /// Appends to the list or dict on top.
  void extend_top(PickleKind kind, const std::vector<PickleNodeId>& items);

  /// Gives the value on top, and all that share it, another content.
  void replace_top(PickleNode node);

  void memoize(uint64_t key);
  void memoize_next() { memoize(memo_.size()); }
  void recall(uint64_t key);

  const PickleNode& node(PickleNodeId id) const { return graph_.node(id); }
  /// The graph, rooted at the top value. Call last.
  PickleGraph finish();

 private:
  // Values below the last mark belong to an unfinished container and are out of reach.
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  void count_items(size_t count);

  const ByteReader& in_;
  PickleGraph graph_;
  std::vector<PickleNodeId> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, PickleNodeId> memo_;
  size_t item_count_ = 0;
};

}  // namespace retort::io
