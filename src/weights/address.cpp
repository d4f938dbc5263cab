#include "weights/address.h"

#include <algorithm>
#include <cctype>

#include "core/text.h"

namespace retort::weights {

namespace {
constexpr size_t longest_address = 8192;
constexpr size_t longest_file_ending = 16;

bool is_printable_address(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char letter) { return letter > ' ' && letter < 0x7f && letter != '\\'; });
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& letter : lower) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return lower;
}

// Letters, digits, '.', '-' and '_', or an IPv6 address in brackets; then perhaps a port.
bool is_host(std::string_view host) {
  const size_t name_end = host.starts_with('[') ? host.find(']') : host.find(':');
  if (host.starts_with('[') && name_end == std::string_view::npos) return false;
  const auto name = host.substr(0, name_end);
  const auto rest = name_end == std::string_view::npos ? "" : host.substr(name_end + (host.starts_with('[') ? 1 : 0));
  if (name.empty() || name == "[") return false;
  const bool plain = std::all_of(name.begin(), name.end(), [&](unsigned char letter) {
    const bool in_brackets = name.starts_with('[') && (letter == ':' || letter == '[');
    return std::isalnum(letter) || letter == '.' || letter == '-' || letter == '_' || in_brackets;
  });
  if (!plain) return false;
  int64_t port = 0;
  return rest.empty() || (rest.starts_with(':') && parse_integer(rest.substr(1), port) && port > 0 && port < 65536);
}
}  // namespace

std::string Address::text() const { return (secure ? "https://" : "http://") + host + path; }

std::optional<Address> parse_address(std::string_view text) {
  text = text.substr(0, text.find('#'));
  if (text.size() > longest_address || !is_printable_address(text)) return std::nullopt;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto scheme = lower_case(text.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  const auto rest = text.substr(scheme_end + 3);
  const auto host_end = std::min(rest.find_first_of("/?"), rest.size());
  Address address{.secure = scheme == "https", .host = lower_case(rest.substr(0, host_end)), .path = {}};
  if (!is_host(address.host)) return std::nullopt;
  address.path = rest.substr(host_end);
  if (!address.path.starts_with('/')) address.path.insert(0, "/");
  return address;
}

Redirection follow_location(const Address& from, std::string_view location) {
  const auto here = from.text();
  const auto path_only = from.path.substr(0, from.path.find('?'));
  const auto scheme = std::string(from.secure ? "https:" : "http:");
  const auto colon = location.find(':');
  const bool absolute = colon != std::string_view::npos && colon < location.find_first_of("/?#");
  std::string wanted;
  if (location.empty()) {
    return {.refusal = here + ": a redirection without an address"};
  } else if (absolute) {
    wanted = location;
  } else if (location.starts_with("//")) {
    wanted = scheme + std::string(location);
  } else {
    Address target = from;
    target.path = "";
    const auto folder = path_only.substr(0, path_only.rfind('/') + 1);
    const bool whole_path = location.starts_with('/');
    wanted = target.text() + (whole_path ? "" : location.starts_with('?') ? path_only : folder) + std::string(location);
  }
  const auto target = parse_address(wanted);
  if (!target) return {.refusal = here + ": redirects to what is no http or https address"};
  if (from.secure && !target->secure) {
    return {.refusal = here + ": redirects from https to " + target->text() + ", which is not encrypted; not followed"};
  }
  return {.target = target};
}

std::string file_ending(const Address& address) {
  const auto path = address.path.substr(0, address.path.find('?'));
  const auto dot = path.rfind('.');
  if (dot == std::string::npos || dot < path.rfind('/') || path.size() - dot > longest_file_ending) return "";
  const auto ending = path.substr(dot);
  const bool plain = ending.size() > 1 && std::all_of(ending.begin() + 1, ending.end(),
                                                      [](unsigned char letter) { return std::isalnum(letter); });
  return plain && ending != ".partial" ? ending : "";
}

}  // namespace retort::weights
