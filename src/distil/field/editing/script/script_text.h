// Edit scripts as YAML.
//
//   steps:
//     - select: {query: ball, against: [floor, cube], threshold: 0.24, rule: hybrid}
//     - delete: {}
//     - select: {click: [[120, 80]], view: "0004", similarity: 0.8}
//     - select: {box: [10, 20, 60, 70], view: "0004", combine: add}
//     - select: {lasso: [[..], ..], view: ..} / {scribble: [[..], ..], view: .., radius: 3} / {file: cut.safetensors}
//     - grow: {rings: 2}     # also shrink; invert: {}, select_all: {}, select_none: {}
//     - recolour: {colour: [1, 0, 0]} / {matrix: [...9], offset: [...3]} / {swap: bgr}
//     - opacity: {factor: 0.5}
//     - transform: {move: [0, 0.2, 0], rotate: {axis: [0, 1, 0], degrees: 30}, scale: 1.5, pivot: [..]}
//     - duplicate: {move: [1, 0, 0]}
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "distil/field/editing/script/steps.h"

namespace retort::field {

/// Bounds of what a script may ask for: steps, and points and words of all steps together.
constexpr size_t max_script_steps = 10'000, max_script_values = 200'000;

/// Reads a script; `name` stands for the file in messages. One UserError tells all faults, each with file:line, the key
/// and, for a mistyped one, the nearest.
EditScript parse_edit_script(const std::string& text, const std::string& name);
EditScript load_edit_script(const std::filesystem::path& file);

/// One step from YAML or JSON: {"opacity": {"factor": 0.5}}.
EditStep parse_edit_step(const std::string& text, const std::string& name);
/// The same, but selections are refused: they may name files.
Edit parse_edit(const std::string& text, const std::string& name);

/// One step as a line of a script: "opacity: {factor: 0.5}".
std::string edit_step_text(const EditStep& step);
/// Steps as a script that reads back as the same steps, to the bit of every number. Keys at their defaults are left
/// out.
std::string edit_script_text(const std::vector<EditStep>& steps);

}  // namespace retort::field
