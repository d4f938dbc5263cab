#include "distil/field/splat_files/gltf_nodes.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/errors.h"

namespace retort::field {
namespace {

using nlohmann::json;
constexpr double even_tolerance = 1e-3;

// `count` finite numbers under a key, or those given.
template <int count>
Eigen::Matrix<double, count, 1> node_numbers(const json& node, const char* key,
                                             const Eigen::Matrix<double, count, 1>& otherwise,
                                             const std::string& where) {
  if (!node.contains(key)) return otherwise;
  const auto& list = node[key];
  bool right = list.is_array() && list.size() == size_t(count);
  Eigen::Matrix<double, count, 1> numbers;
  for (int i = 0; right && i < count; ++i) {
    right = list[size_t(i)].is_number() && std::isfinite(list[size_t(i)].get<double>());
    if (right) numbers[i] = list[size_t(i)].get<double>();
  }
  if (!right) user_error("{}: '{}' is not {} numbers", where, key, count);
  return numbers;
}

// A node's own transform: column-major matrix, or translation, rotation x, y, z, w, and scale.
Eigen::Matrix4d node_transform(const json& node, const std::string& where) {
  if (node.contains("matrix")) {
    const auto numbers = node_numbers<16>(node, "matrix", Eigen::Matrix<double, 16, 1>::Zero(), where);
    return Eigen::Map<const Eigen::Matrix4d>(numbers.data());
  }
  const auto turn = node_numbers<4>(node, "rotation", {0, 0, 0, 1}, where);
  if (!(turn.norm() > 0 && std::isfinite(turn.norm()))) user_error("{}: 'rotation' has no length", where);
  const Eigen::Matrix3d rotation = Eigen::Quaterniond(Eigen::Vector4d(turn / turn.norm())).toRotationMatrix();
  Eigen::Matrix4d transform = Eigen::Matrix4d::Identity();
  transform.topLeftCorner<3, 3>() = rotation * node_numbers<3>(node, "scale", {1, 1, 1}, where).asDiagonal();
  transform.topRightCorner<3, 1>() = node_numbers<3>(node, "translation", {0, 0, 0}, where);
  return transform;
}

// The parent of each node; -1: none.
std::vector<int64_t> node_parents(const json& nodes, const std::string& name) {
  std::vector<int64_t> parents(nodes.size(), -1);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].is_object() || !nodes[i].contains("children")) continue;
    const auto& children = nodes[i]["children"];
    for (const auto& child : children.is_array() ? children : json::array({children})) {
      if (!child.is_number_unsigned() || child.get<uint64_t>() >= nodes.size()) {
        user_error("{}: node {}: 'children' names a node that is not there", name, i);
      }
      auto& parent = parents[child.get<size_t>()];
      if (parent >= 0) user_error("{}: node {} has two parents, {} and {}", name, child.get<size_t>(), parent, i);
      parent = int64_t(i);
    }
  }
  return parents;
}

Similarity similarity_of(const Eigen::Matrix4d& transform, const std::string& where) {
  const Eigen::Matrix3d linear = transform.topLeftCorner<3, 3>();
  const double determinant = linear.determinant(), scale = std::cbrt(determinant);
  const Eigen::Matrix3d rotation = linear / scale;
  const bool even =
      determinant > 0 && std::isfinite(scale) && transform.allFinite() &&
      (rotation.transpose() * rotation - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff() < even_tolerance &&
      transform.row(3).isApprox(Eigen::RowVector4d(0, 0, 0, 1));
  if (!even) {
    user_error(
        "{}: the node's transform mirrors, skews or scales unevenly, which splats can't follow; apply it to the splats "
        "in "
        "the program that wrote the file",
        where);
  }
  Similarity move{.scale = scale};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) move.rotation[size_t(3 * row + column)] = rotation(row, column);
    move.shift[size_t(row)] = transform(row, 3);
  }
  return move;
}

}  // namespace

Similarity placement_of_mesh(const json& document, size_t mesh, const std::string& name) {
  if (!document.contains("nodes") || !document["nodes"].is_array()) return {};
  const auto& nodes = document["nodes"];
  const auto shows = [&](const json& node) {
    return node.is_object() && node.contains("mesh") && node["mesh"] == mesh;
  };
  const auto found = std::find_if(nodes.begin(), nodes.end(), shows);
  if (found == nodes.end()) return {};
  const auto parents = node_parents(nodes, name);
  Eigen::Matrix4d transform = Eigen::Matrix4d::Identity();
  size_t passed = 0;
  for (int64_t node = found - nodes.begin(); node >= 0; node = parents[size_t(node)]) {
    if (++passed > nodes.size()) user_error("{}: node {} is its own ancestor", name, node);
    transform = node_transform(nodes[size_t(node)], fmt::format("{}: node {}", name, node)) * transform;
  }
  return similarity_of(transform, fmt::format("{}: node {}", name, found - nodes.begin()));
}

}  // namespace retort::field
