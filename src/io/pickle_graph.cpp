#include "io/pickle_graph.h"

#include <utility>

namespace retort::io {
namespace {

constexpr size_t max_pickle_nodes = 4'000'000;
constexpr size_t max_pickle_items = 16'000'000;
constexpr size_t max_pickle_stack = 4'000'000;

}  // namespace

void PickleStack::push(PickleNode node) {
  in_.require(graph_.nodes.size() < max_pickle_nodes, "the pickle has too many values");
  graph_.nodes.push_back(std::move(node));
  push_known(static_cast<PickleNodeId>(graph_.nodes.size() - 1));
}

void PickleStack::push_known(PickleNodeId id) {
  in_.require(stack_.size() < max_pickle_stack, "the pickle's stack is too deep");
  stack_.push_back(id);
}

void PickleStack::count_items(size_t count) {
  item_count_ += count;
  in_.require(item_count_ <= max_pickle_items, "the pickle's containers are too large");
}

void PickleStack::push_items(PickleKind kind, std::vector<PickleNodeId> items) {
  in_.require(kind != PickleKind::dict || items.size() % 2 == 0, "the pickle has a dict with a key but no value");
  count_items(items.size());
  push({.kind = kind, .items = std::move(items)});
}

PickleNodeId PickleStack::pop() {
  top();
  const PickleNodeId id = stack_.back();
  stack_.pop_back();
  return id;
}

std::vector<PickleNodeId> PickleStack::pop_several(size_t count) {
  std::vector<PickleNodeId> items(count);
  for (size_t i = count; i-- > 0;) items[i] = pop();
  return items;
}

std::vector<PickleNodeId> PickleStack::pop_to_mark() {
  in_.require(!marks_.empty(), "the pickle lacks a mark");
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleNodeId> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleStack::pop_value_or_mark() {
  if (stack_.size() == floor() && !marks_.empty()) {
    marks_.pop_back();
  } else {
    pop();
  }
}

void PickleStack::mark() {
  in_.require(marks_.size() < max_pickle_stack, "the pickle has too many marks");
  marks_.push_back(stack_.size());
}

void PickleStack::duplicate_top() {
  top();
  push_known(stack_.back());
}

const PickleNode& PickleStack::top() {
  in_.require(stack_.size() > floor(), "the pickle takes from an empty stack");
  return graph_.nodes[stack_.back()];
}

void PickleStack::extend_top(PickleKind kind, const std::vector<PickleNodeId>& items) {
  in_.require(top().kind == kind, "the pickle fills something that is no such container");
  in_.require(kind != PickleKind::dict || items.size() % 2 == 0, "the pickle has a dict with a key but no value");
  count_items(items.size());
  auto& filled = graph_.nodes[stack_.back()].items;
  filled.insert(filled.end(), items.begin(), items.end());
}

void PickleStack::replace_top(PickleNode node) {
  top();
  count_items(node.items.size());
  graph_.nodes[stack_.back()] = std::move(node);
}

void PickleStack::memoize(uint64_t key) {
  top();
  in_.require(memo_.size() < max_pickle_nodes, "the pickle remembers too much");
  memo_[key] = stack_.back();
}

void PickleStack::recall(uint64_t key) {
  const auto found = memo_.find(key);
  in_.require(found != memo_.end(), "the pickle recalls what it never remembered");
  push_known(found->second);
}

PickleGraph PickleStack::finish() {
  graph_.root = pop();
  return std::move(graph_);
}

}  // namespace retort::io
