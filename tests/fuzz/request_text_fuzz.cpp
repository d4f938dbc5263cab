#include "fuzz/fuzz_parser.h"
#include "serve/request_text.h"

// A text is tried as everything that a request may carry.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace retort::serve;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = parse_target(text)) {
    const auto again = parse_target(target_text(*target));
    RT_CHECK(again && again->path == target->path && again->query == target->query, "no stable address");
    for (const auto& part : target->path) RT_CHECK(part != ".." && part != "." && !part.empty(), "a bad part");
  }
  RT_CHECK(percent_decode(percent_encode(text)) == text, "encoding loses something");
  cookie_value(text, "retort_token");
  bearer_token(text);
  accepts_gzip(text);
  names_etag(text, "a");
  parse_host(text);
  for (const uint64_t bytes : {uint64_t{0}, uint64_t{10}, ~uint64_t{0}}) {
    const auto range = parse_range(text, bytes);
    if (range.kind == RangeAnswer::Kind::part) RT_CHECK(range.begin < range.end && range.end <= bytes, "outside");
  }
  const auto name = safe_file_name(text);
  RT_CHECK(!name.empty() && name.find_first_of("/\"\\\r\n") == std::string::npos && name.front() != '.', "unsafe name");
  return 0;
}
