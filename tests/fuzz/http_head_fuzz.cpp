#include "core/text.h"
#include "fuzz/fuzz_parser.h"
#include "weights/address.h"
#include "weights/http_head.h"
#include "weights/part_origin.h"

// A text is tried as the head of an answer with its Location and Content-Range, and as the note beside a part.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace retort::weights;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  HttpHead head;
  for (const auto& line : retort::split(text, '\n')) head.add_line(line);
  parse_content_range(head.get("content-range"));
  strong_etag(head);
  const Address from{.secure = true, .host = "host", .path = "/folder/file.pth?x"};
  const auto redirection = follow_location(from, head.get("location"));
  RT_CHECK(redirection.target.has_value() == redirection.refusal.empty(), "neither followed nor refused");
  if (redirection.target) {
    RT_CHECK(redirection.target->secure, "encryption is left");
    RT_CHECK(parse_address(redirection.target->text())->text() == redirection.target->text(), "no stable address");
    file_ending(*redirection.target);
  }
  parse_part_origin(text);
  return 0;
}
