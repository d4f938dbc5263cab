// Edit scripts: what to select and what to do with it, as YAML that replays to the bit.
//
//   steps:
//     - select: {query: ball, against: [floor, cube], threshold: 0.24, rule: hybrid}
//     - delete: {}
//     - select: {click: [[120, 80]], view: "0004", similarity: 0.8}
//     - select: {box: [10, 20, 60, 70], view: "0004", combine: add}
//     - select: {lasso: [[..], ..], view: ..} / {scribble: [[..], ..], view: .., radius: 3} / {file: cut.safetensors}
//     - grow: {rings: 2}     # also shrink, invert: {}
//     - recolour: {colour: [1, 0, 0]} / {matrix: [...9], offset: [...3]} / {swap: bgr}
//     - opacity: {factor: 0.5}
//     - transform: {move: [0, 0.2, 0], rotate: {axis: [0, 1, 0], degrees: 30}, scale: 1.5, pivot: [..]}
//     - duplicate: {move: [1, 0, 0]}
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/thread_pool.h"
#include "distil/field/editing/edit.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/vocabulary.h"

namespace retort::field {

struct EditScript;  ///< defined beside the reader

/// What selections of a script may refer to.
struct EditSurroundings {
  const Scene* scene = nullptr;            ///< views by name; null: pointing is refused
  const Vocabulary* vocabulary = nullptr;  ///< words; null: only files of vectors
  ThreadPool* pool = nullptr;
};

}  // namespace retort::field
