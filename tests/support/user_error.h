// What a user would be told.
#pragma once

#include <functional>
#include <string>

#include "core/errors.h"

namespace retort::tests {

/// The message of the UserError that `action` throws; "(no UserError)" when it throws none.
inline std::string user_error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "(no UserError)";
}

}  // namespace retort::tests
