// What `field edit` is asked for, as an edit script.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "distil/field/editing/script/steps.h"

namespace retort::cli {

/// Words of the command line.
struct QuickEdits {
  std::string script;                           ///< a file, done first
  std::vector<std::string> recolour, opacity;   ///< "dog=#ff8800", "dog=0.5"
  std::vector<std::string> deleted, extracted;  ///< "dog"
  bool fringe = false;                          ///< deleted words take their fringe along
  std::string selection;                        ///< a file; the word "selection" then means it
  std::vector<std::string> against;
  std::optional<double> threshold;
  std::string rule;
};

/// The script with the quick edits behind it, in the order of QuickEdits; files are named by absolute paths, so that
/// the script can be written anywhere. UserError for what can't be read, and when nothing is asked for.
field::EditScript script_of(const QuickEdits& edits);

std::vector<field::EditStep> steps_of(const field::EditScript& script);

/// A name for the result: that of the script, or "delete-dog".
std::string name_of(const QuickEdits& edits);

}  // namespace retort::cli
