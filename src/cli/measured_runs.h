// What `reproduce` and `sweep` share: runs that are made to be measured.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "claims/surroundings.h"
#include "cli/verb.h"

namespace retort::cli {

/// Makes a folder and those above it; UserError or Fault when it can't be made.
void make_folder(const std::filesystem::path& folder);

/// This program, its command line and its machine. The commit is that of the git repository that holds
/// `declaration_file` (a claim or recipe), "-dirty" behind it when files differ; empty without git.
claims::Surroundings surroundings_of(const std::filesystem::path& declaration_file,
                                     const std::filesystem::path& work_folder, const Invocation& invocation);

/// A single line that is drawn over and over, on terminals; nothing elsewhere.
std::function<void(std::string_view)> status_line(const Invocation& invocation);

}  // namespace retort::cli
