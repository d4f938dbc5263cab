// Damaged files to order, and what must come of them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "core/errors.h"

namespace retort::tests {

/// The message of the UserError that `action` must throw.
inline std::string refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "expected a UserError, got: " << error.what();
    return "";
  }
  ADD_FAILURE() << "expected a UserError, got none";
  return "";
}

/// Whether `action` succeeds or throws a UserError; any other exception fails the test.
inline void expect_accepted_or_refused(const std::function<void()>& action, const std::string& where) {
  try {
    action();
  } catch (const UserError&) {
  } catch (const std::exception& error) {
    ADD_FAILURE() << where << ": " << error.what();
  }
}

/// Cuts `content` at every length and flips bits of every byte; `parse` must take or refuse each result.
inline void damage_everywhere(const std::string& content, const std::function<void(const std::string&)>& parse) {
  for (size_t length = 0; length < content.size(); ++length) {
    expect_accepted_or_refused([&] { parse(content.substr(0, length)); }, "cut at " + std::to_string(length));
  }
  for (size_t place = 0; place < content.size(); ++place) {
    for (const int mask : {0x01, 0x10, 0x80, 0xff}) {
      std::string damaged = content;
      damaged[place] = static_cast<char>(damaged[place] ^ mask);
      expect_accepted_or_refused([&] { parse(damaged); }, "flipped at " + std::to_string(place));
    }
  }
}

}  // namespace retort::tests
