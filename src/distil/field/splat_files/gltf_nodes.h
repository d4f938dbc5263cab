// Where the nodes of a glTF document place a mesh.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "distil/field/splat_files/move_cloud.h"

namespace retort::field {

/// The way from a mesh's coordinates to glTF's world (y up): the transforms of the first node that shows the mesh, and
/// of its parents. The identity when no node shows it. UserError led by `name` for transforms that are malformed, not
/// finite, mirrored, skewed or of uneven scale (splats would need other kernels), children that are not there, nodes
/// with two parents and cycles.
Similarity placement_of_mesh(const nlohmann::json& document, size_t mesh, const std::string& name);

}  // namespace retort::field
