#include "serve/request_text.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace retort::serve {

namespace {

int hex_digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool ascii_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool control_character(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_control_character(std::string_view text) { return std::ranges::any_of(text, control_character); }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Cuts `text` at the first `separator`, which goes; the whole text when there is none.
std::string_view cut_at(std::string_view& text, char separator) {
  const size_t place = text.find(separator);
  const auto part = text.substr(0, place);
  text.remove_prefix(place == std::string_view::npos ? text.size() : place + 1);
  return part;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit_value(text[i + 1]), low = hex_digit_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (ascii_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[static_cast<unsigned char>(c) >> 4];
      encoded += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return encoded;
}

std::optional<Target> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  target = target.substr(0, target.find('#'));
  std::string_view path = cut_at(target, '?'), query = target;
  Target parsed;
  while (!path.empty()) {
    auto part = percent_decode(cut_at(path, '/'));
    if (!part || *part == "." || *part == ".." || has_control_character(*part)) return std::nullopt;
    if (!part->empty()) parsed.path.push_back(std::move(*part));
  }
  while (!query.empty()) {
    std::string_view pair = cut_at(query, '&');
    if (pair.empty()) continue;
    auto name = percent_decode(cut_at(pair, '='), true);
    auto value = percent_decode(pair, true);
    if (!name || !value || has_control_character(*name) || value->find('\0') != std::string::npos) return std::nullopt;
    parsed.query.emplace(std::move(*name), std::move(*value));
  }
  return parsed;
}

std::string target_text(const Target& target) {
  std::string text;
  for (const auto& part : target.path) text += "/" + percent_encode(part);
  if (text.empty()) text = "/";
  char separator = '?';
  for (const auto& [name, value] : target.query) {
    text += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return text;
}

std::optional<std::string> cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    std::string_view pair = cut_at(header, ';');
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
    std::string value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return std::nullopt;
}

std::string bearer_token(std::string_view header) {
  const std::string text = trim(header);
  if (text.size() < 7 || lower_case(text.substr(0, 7)) != "bearer ") return "";
  return trim(std::string_view(text).substr(7));
}

bool accepts_gzip(std::string_view header) {
  std::optional<bool> named, any;
  while (!header.empty()) {
    std::string_view item = cut_at(header, ',');
    const std::string coding = lower_case(trim(cut_at(item, ';')));
    const std::string weight = lower_case(trim(item));
    double quality = 1;
    if (weight.starts_with("q=") && !parse_number(std::string_view(weight).substr(2), quality)) quality = 0;
    if (coding == "gzip" || coding == "x-gzip") named = quality > 0;
    if (coding == "*") any = quality > 0;
  }
  return named.value_or(any.value_or(false));
}

bool names_etag(std::string_view header, std::string_view etag) {
  if (etag.empty()) return false;
  while (!header.empty()) {
    std::string item = trim(cut_at(header, ','));
    if (item == "*") return true;
    if (item.starts_with("W/")) item = item.substr(2);
    if (item.size() == etag.size() + 2 && item.front() == '"' && item.back() == '"' &&
        std::string_view(item).substr(1, etag.size()) == etag) {
      return true;
    }
  }
  return false;
}

RangeAnswer parse_range(std::string_view header, uint64_t size) {
  using Kind = RangeAnswer::Kind;
  const std::string text = lower_case(trim(header));
  if (!text.starts_with("bytes=") || text.find(',') != std::string::npos) return {};
  std::string_view last = std::string_view(text).substr(6);
  if (last.find('-') == std::string_view::npos) return {};
  const std::string first_text = trim(cut_at(last, '-')), last_text = trim(last);
  const auto first = whole_number(first_text), end = whole_number(last_text);
  if ((!first && !first_text.empty()) || (!end && !last_text.empty()) || (!first && !end)) return {};
  if (!first) {  // the last bytes
    if (*end == 0 || size == 0) return {.kind = Kind::unsatisfiable};
    return {.kind = Kind::part, .begin = size - std::min(size, *end), .end = size};
  }
  if (end && *end < *first) return {};
  if (*first >= size) return {.kind = Kind::unsatisfiable};
  return {.kind = Kind::part, .begin = *first, .end = end && *end < size ? *end + 1 : size};
}

std::optional<HostPort> parse_host(std::string_view text) {
  HostPort parsed;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos || close < 3) return std::nullopt;
    parsed.host = lower_case(text.substr(1, close - 1));
    if (!std::ranges::all_of(parsed.host, [](char c) { return hex_digit_value(c) >= 0 || c == ':' || c == '.'; })) {
      return std::nullopt;
    }
    text.remove_prefix(close + 1);
  } else {
    const auto host = text.substr(0, text.find(':'));
    text.remove_prefix(host.size());
    parsed.host = lower_case(host);
    if (parsed.host.empty() || !std::ranges::all_of(parsed.host, [](char c) {
          return ascii_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
        })) {
      return std::nullopt;
    }
  }
  if (text.empty()) return parsed;
  const auto port = text.substr(1);
  if (text.front() != ':' || port.empty() || port.size() > 5 ||
      !std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  parsed.port = port;
  return parsed;
}

std::string safe_file_name(std::string_view name) {
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string safe;
  for (const char c : name) {
    if (!control_character(c) && c != '"' && c != '\\') safe += c;
  }
  safe.erase(0, std::min(safe.find_first_not_of(". "), safe.size()));
  return safe.empty() ? "download" : safe;
}

}  // namespace retort::serve
