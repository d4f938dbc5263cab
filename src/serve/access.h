// Who may ask: the token, the Host header (against DNS rebinding) and the Origin (against other sites' pages).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serve/request_head.h"

namespace retort::serve {

struct AccessRules {
  std::string address;   ///< that the server is bound to
  bool loopback = true;  ///< that address can be reached from this machine alone
  std::string token;     ///< empty: none is asked for
};

/// A request that may pass; the token is taken out of its query.
struct Pass {
  std::string cookie;    ///< the token came in the address: the answer gives it back as a cookie of this name
  std::string redirect;  ///< a page load with the token in its address goes on to this address, without it
};

/// Holds a decoded request against the rules. Refusals: 400 (no Host, or two), 403 (a Host or Origin that isn't this
/// server's), 401 (no token or a wrong one).
std::optional<Refusal> check_access(const AccessRules& rules, const RequestHead& head, Request& request, Pass& pass);

/// The cookie that holds the token of who asks at this Host field: "retort_token", with "_<port>" behind where it names
/// one. Browsers give a cookie to all ports of a name, so that without it a second server would push out the first.
std::string cookie_name(std::string_view host_field);

/// Whether two texts are equal, in a time that depends on the length of `given` alone.
bool equal_in_constant_time(std::string_view given, std::string_view secret);

/// 128 random bits from the system's source as 32 hex digits.
std::string make_token();

}  // namespace retort::serve
