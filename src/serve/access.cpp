#include "serve/access.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cstdint>

#include "core/errors.h"
#include "serve/request_text.h"

namespace retort::serve {

namespace {

/// The name of another site that points to this machine doesn't pass. Any port does: who comes through a tunnel
/// (ssh -L 8000:localhost:7373) asks for its own end's, and a foreign site can't choose the name by choosing a port.
bool host_is_ours(const AccessRules& rules, std::string_view host_field) {
  const auto asked = parse_host(host_field);
  if (!asked) return false;
  if (!rules.loopback) return true;  // the token guards it, and it has more names than we know
  return asked->host == "localhost" || asked->host == "127.0.0.1" || asked->host == "::1" ||
         asked->host == rules.address;
}

bool same_origin(std::string_view origin, std::string_view host_field) {
  if (origin.starts_with("http://")) {
    origin.remove_prefix(7);
  } else if (origin.starts_with("https://")) {  // behind somebody's proxy
    origin.remove_prefix(8);
  } else {
    return false;
  }
  const auto from = parse_host(origin), to = parse_host(host_field);
  return from && to && from->host == to->host && from->port == to->port;
}

bool is_page_load(const RequestHead& head) {
  if (head.method != "GET" || head.upgrade) return false;
  return head.field("sec-fetch-mode") == "navigate" || head.field("accept").find("text/html") != std::string_view::npos;
}

}  // namespace

std::optional<Refusal> check_access(const AccessRules& rules, const RequestHead& head, Request& request, Pass& pass) {
  if (head.count("host") != 1) return Refusal{400, "a request needs one Host field"};
  if (!host_is_ours(rules, head.field("host"))) {
    return Refusal{403, "this server answers to its own address alone: open the one that it printed"};
  }
  const bool changes = head.upgrade || head.method == "POST";
  if (changes && head.count("origin") > 0 && !same_origin(head.field("origin"), head.field("host"))) {
    return Refusal{403, "pages of other sites may not speak to this server"};
  }
  std::string given;
  if (const auto found = request.query.find("token"); found != request.query.end()) {
    given = std::move(found->second);
    request.query.erase(found);
  }
  if (rules.token.empty()) return std::nullopt;
  if (!given.empty() && equal_in_constant_time(given, rules.token)) {
    pass.cookie = cookie_name(head.field("host"));
    if (is_page_load(head)) pass.redirect = target_text({.path = request.path, .query = request.query});
    return std::nullopt;
  }
  const auto cookie = cookie_name(head.field("host"));
  for (const auto& [name, value] : head.fields) {
    if (name == "authorization" && equal_in_constant_time(bearer_token(value), rules.token)) return std::nullopt;
    if (name == "cookie" && equal_in_constant_time(cookie_value(value, cookie).value_or(""), rules.token)) {
      return std::nullopt;
    }
  }
  return Refusal{401, "this server asks for its token: open the address that it printed when it began"};
}

std::string cookie_name(std::string_view host_field) {
  const auto asked = parse_host(host_field);
  return asked && !asked->port.empty() ? "retort_token_" + asked->port : "retort_token";
}

bool equal_in_constant_time(std::string_view given, std::string_view secret) {
  if (secret.empty()) return given.empty();
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i] ^ secret[i % secret.size()]);
  }
  volatile unsigned result = difference;  // keeps the compiler from leaving the loop early
  return result == 0;
}

std::string make_token() {
  std::array<uint8_t, 16> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) fault("the system gives no random bytes for a token");
  std::string token;
  for (const uint8_t byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

}  // namespace retort::serve
