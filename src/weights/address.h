// Web addresses: taken apart, and followed when a server answers with another one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace retort::weights {

struct Address {
  bool secure = false;  ///< https
  std::string host;     ///< with the port, when one is given
  std::string path;     ///< with the query; begins with '/'

  std::string text() const;
};

/// Nothing unless `text` is an http or https address of printable ASCII, without user name or password. A fragment is
/// left out.
std::optional<Address> parse_address(std::string_view text);

/// Where an answer with this Location header leads; `refusal` says why it is not followed, else it is empty.
struct Redirection {
  std::optional<Address> target = {};
  std::string refusal = {};
};

/// `location` may be absolute or relative to `from`. From https it never leads to http: what was asked for under
/// encryption is not fetched without.
Redirection follow_location(const Address& from, std::string_view location);

/// The ending of the address's file (".pth"), or "" when it has none worth keeping.
std::string file_ending(const Address& address);

}  // namespace retort::weights
