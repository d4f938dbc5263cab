#include "io/torch_storages.h"

#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "io/bytes.h"
#include "io/npy.h"
#include "io/pickle_globals.h"

namespace retort::io {
namespace {

constexpr int max_value_depth = 64;
// Room for legitimately expanded tensors; beyond it a file must have bytes to show for what it unfolds to.
constexpr uint64_t free_copy_bytes = 64u << 20;
constexpr uint64_t copy_bytes_per_file_byte = 4;
constexpr uint64_t max_elements = uint64_t{1} << 48;

// A storage as one tensor sees it: legacy files also have views of a part of a storage.
struct StorageView {
  TorchStorage storage;
  uint64_t offset = 0, count = 0;  ///< elements
};

// Reads PyTorch's persistent id: ("storage", type, key, device, count [, None or (key, offset, count)]).
class StorageParser {
 public:
  StorageParser(const PickleGraph& graph, const std::string& name) : graph_(graph), name_(name) {}

  StorageView parse(const PickleNode& reference) const {
    const auto& items = reference.items;
    require(items.size() >= 5 && items.size() <= 6 && text(items[0]) == "storage");
    StorageView view;
    const auto dtype = storage_dtype(graph_.node(items[1]).text);
    require(graph_.node(items[1]).kind == PickleKind::global && dtype.has_value());
    view.storage = {text(items[2]), *dtype, number(items[4])};
    view.count = view.storage.count;
    if (items.size() == 6 && graph_.node(items[5]).kind == PickleKind::tuple) {
      const auto& part = graph_.node(items[5]).items;
      require(part.size() == 3);
      view.offset = number(part[1]);
      view.count = number(part[2]);
      require(view.offset <= view.storage.count && view.count <= view.storage.count - view.offset);
    }
    return view;
  }

 private:
  void require(bool holds) const {
    if (!holds) user_error("{}: the pickle's storage reference is malformed", name_);
  }
  const std::string& text(PickleNodeId id) const {
    require(graph_.node(id).kind == PickleKind::text);
    return graph_.node(id).text;
  }
  uint64_t number(PickleNodeId id) const {
    const PickleNode& node = graph_.node(id);
    require(node.kind == PickleKind::integer && node.integer >= 0 &&
            static_cast<uint64_t>(node.integer) <= max_elements);
    return static_cast<uint64_t>(node.integer);
  }

  const PickleGraph& graph_;
  const std::string& name_;
};

// Where a tensor's elements lie in its storage view, in elements.
struct StridedLayout {
  uint64_t offset = 0;
  std::vector<int64_t> sizes, strides;

  bool is_contiguous() const {
    int64_t expected = 1;
    for (size_t d = sizes.size(); d-- > 0;) {
      if (sizes[d] == 1) continue;
      if (strides[d] != expected) return false;
      expected *= sizes[d];
    }
    return true;
  }

  // Whether every element lies below `count`. Lengths and strides are bounded, so that 64 terms can't overflow.
  bool fits(uint64_t count) const {
    unsigned __int128 last = offset;
    for (size_t d = 0; d < sizes.size(); ++d) {
      if (sizes[d] == 0) return true;
      last += static_cast<unsigned __int128>(sizes[d] - 1) * static_cast<uint64_t>(strides[d]);
    }
    return last < count;
  }
};

Array copy_strided(DType dtype, const StridedLayout& layout, uint64_t byte_size, std::span<const uint8_t> storage) {
  const size_t element = size_of(dtype), dimensions = layout.sizes.size();
  std::vector<int64_t> index(dimensions, 0);
  std::string bytes(byte_size, '\0');
  uint64_t from = layout.offset;
  for (size_t to = 0; to < bytes.size(); to += element) {
    std::memcpy(bytes.data() + to, storage.data() + from * element, element);
    for (size_t d = dimensions; d-- > 0;) {
      from += static_cast<uint64_t>(layout.strides[d]);
      if (++index[d] < layout.sizes[d]) break;
      from -= static_cast<uint64_t>(layout.strides[d]) * static_cast<uint64_t>(index[d]);
      index[d] = 0;
    }
  }
  return make_array(dtype, layout.sizes, std::move(bytes));
}

class PickleResolver {
 public:
  PickleResolver(const PickleGraph& graph, const StorageSource& source, uint64_t file_bytes, const std::string& name)
      : graph_(graph),
        source_(source),
        copy_budget_(free_copy_bytes + copy_bytes_per_file_byte * file_bytes),
        name_(name) {}

  PickleValue resolve(PickleNodeId id, int depth) {
    if (depth > max_value_depth) {
      user_error("{}: its values are nested deeper than {} levels or in themselves", name_, max_value_depth);
    }
    const PickleNode& node = graph_.node(id);
    switch (node.kind) {
      case PickleKind::none:
        return {};
      case PickleKind::boolean:
        return {node.integer != 0};
      case PickleKind::integer:
        return {node.integer};
      case PickleKind::real:
        return {node.real};
      case PickleKind::text:
      case PickleKind::global:
        return {node.text};
      case PickleKind::bytes:
        return {PickleBytes{node.text}};
      case PickleKind::storage:
        user_error("{}: holds a bare storage; save tensors instead", name_);
      default:
        break;
    }
    // Containers and tensors are built once and shared, or nested sharing would unfold without bounds.
    if (const auto known = finished_.find(id); known != finished_.end()) return known->second;
    PickleValue value = build(node, depth);
    finished_.emplace(id, value);
    return value;
  }

 private:
  PickleValue build(const PickleNode& node, int depth) {
    switch (node.kind) {
      case PickleKind::tensor:
        return {tensor(node)};
      case PickleKind::numpy_array:
        return {numpy_array(node)};
      case PickleKind::numpy_dtype:
        return {node.text};
      default:
        return container(node, depth);
    }
  }

  PickleValue container(const PickleNode& node, int depth) {
    if (node.kind == PickleKind::dict) return {dict(node, depth)};
    std::vector<PickleValue> items;
    for (const PickleNodeId item : node.items) items.push_back(resolve(item, depth + 1));
    if (node.kind == PickleKind::tuple) return {std::make_shared<const PickleTuple>(PickleTuple{std::move(items)})};
    return {std::make_shared<const PickleList>(PickleList{std::move(items)})};
  }

  std::shared_ptr<const PickleDict> dict(const PickleNode& node, int depth) {
    auto result = std::make_shared<PickleDict>();
    std::unordered_map<std::string, size_t> places;
    for (size_t i = 0; i < node.items.size(); i += 2) {
      const std::string key = key_text(graph_.node(node.items[i]));
      PickleValue value = resolve(node.items[i + 1], depth + 1);
      const auto [place, is_new] = places.emplace(key, result->items.size());
      if (is_new) {
        result->items.emplace_back(key, std::move(value));
      } else {
        result->items[place->second].second = std::move(value);
      }
    }
    return result;
  }

  std::string key_text(const PickleNode& key) const {
    switch (key.kind) {
      case PickleKind::text:
      case PickleKind::global:
        return key.text;
      case PickleKind::boolean:
        return key.integer != 0 ? "True" : "False";
      case PickleKind::integer:
        return std::to_string(key.integer);
      default:
        user_error("{}: a dict has a key that is neither text nor whole number", name_);
    }
  }

  std::vector<int64_t> lengths(PickleNodeId id) const {
    const PickleNode& node = graph_.node(id);
    if (node.kind != PickleKind::tuple && node.kind != PickleKind::list) malformed();
    std::vector<int64_t> values;
    for (const PickleNodeId item : node.items) {
      const PickleNode& length = graph_.node(item);
      if (length.kind != PickleKind::integer || length.integer < 0) malformed();
      if (static_cast<uint64_t>(length.integer) > max_elements) malformed();
      values.push_back(length.integer);
    }
    return values;
  }

  [[noreturn]] void malformed() const { user_error("{}: the pickle describes a tensor wrongly", name_); }

  void spend(uint64_t copied_bytes) {
    if (copied_bytes > copy_budget_) {
      user_error("{}: its tensors unfold to far more bytes than the file has; the file is damaged", name_);
    }
    copy_budget_ -= copied_bytes;
  }

  Array tensor(const PickleNode& node) {
    const PickleNode& reference = graph_.node(node.items[0]);
    const PickleNode& offset = graph_.node(node.items[1]);
    if (reference.kind != PickleKind::storage || offset.kind != PickleKind::integer || offset.integer < 0) malformed();
    const StorageView view = StorageParser(graph_, name_).parse(reference);
    const DType dtype = view.storage.dtype;
    StridedLayout layout{static_cast<uint64_t>(offset.integer), lengths(node.items[2]), lengths(node.items[3])};
    const auto byte_size = byte_count(dtype, layout.sizes);
    if (!byte_size || layout.sizes.size() != layout.strides.size()) malformed();
    if (*byte_size == 0) return make_array(dtype, layout.sizes, "");
    if (!layout.fits(view.count)) {
      user_error("{}: a tensor of shape {} and strides {} at {} leaves its storage '{}' of {} elements", name_,
                 shape_text(layout.sizes), shape_text(layout.strides), layout.offset, view.storage.key, view.count);
    }
    const SharedBytes storage = source_(view.storage);
    const size_t element = size_of(dtype);
    const auto visible = storage.bytes.subspan(view.offset * element, view.count * element);
    if (layout.is_contiguous()) {
      return {dtype, layout.sizes, {storage.owner, visible.subspan(layout.offset * element, *byte_size)}};
    }
    spend(*byte_size);
    return copy_strided(dtype, layout, *byte_size, visible);
  }

  // State of an array: version, shape, dtype, whether in Fortran order, bytes.
  Array numpy_array(const PickleNode& node) {
    if (node.items.size() != 5) malformed();
    const PickleNode &dtype_node = graph_.node(node.items[2]), &order = graph_.node(node.items[3]);
    const PickleNode& content = graph_.node(node.items[4]);
    if (dtype_node.kind != PickleKind::numpy_dtype || order.kind != PickleKind::boolean) malformed();
    if (content.kind != PickleKind::text && content.kind != PickleKind::bytes) malformed();
    const auto dtype = numpy_dtype(dtype_node.text);
    if (!dtype) {
      user_error("{}: has a NumPy array of dtype '{}'; little-endian f2, f4, f8, i1, i2, i4, i8, u1 and b1 are read",
                 name_, dtype_node.text);
    }
    StridedLayout layout{0, lengths(node.items[1]), {}};
    const auto byte_size = byte_count(*dtype, layout.sizes);
    if (!byte_size || *byte_size != content.text.size()) malformed();
    spend(*byte_size);
    if (order.integer == 0 || layout.sizes.size() < 2 || *byte_size == 0) {
      return make_array(*dtype, layout.sizes, content.text);
    }
    int64_t stride = 1;
    for (const int64_t size : layout.sizes) {
      layout.strides.push_back(stride);
      stride *= size;
    }
    return copy_strided(*dtype, layout, *byte_size, as_bytes(content.text));
  }

  const PickleGraph& graph_;
  const StorageSource& source_;
  uint64_t copy_budget_;
  const std::string& name_;
  std::unordered_map<PickleNodeId, PickleValue> finished_;
};

}  // namespace

std::map<std::string, TorchStorage> storages_of(const PickleGraph& graph, const std::string& name) {
  std::map<std::string, TorchStorage> storages;
  const StorageParser parser(graph, name);
  for (const PickleNode& node : graph.nodes) {
    if (node.kind != PickleKind::storage) continue;
    TorchStorage storage = parser.parse(node).storage;
    const auto [known, is_new] = storages.emplace(storage.key, storage);
    if (!is_new && (known->second.dtype != storage.dtype || known->second.count != storage.count)) {
      user_error("{}: describes its storage '{}' in two ways; the file is damaged", name, storage.key);
    }
  }
  return storages;
}

PickleValue resolve_pickle(const PickleGraph& graph, const StorageSource& source, uint64_t file_bytes,
                           const std::string& name) {
  return PickleResolver(graph, source, file_bytes, name).resolve(graph.root, 0);
}

}  // namespace retort::io
