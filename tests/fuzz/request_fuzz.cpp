#include "fuzz/fuzz_parser.h"
#include "serve/access.h"
#include "serve/outgoing.h"
#include "serve/request_parser.h"

// Bytes as a connection would read them: parsed, decoded, held against the rules, answered.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace retort::serve;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const RequestLimits limits{.most_header_bytes = 1000, .most_body_bytes = 100};
  auto outcome = parse_request(bytes, limits);
  auto* parsed = std::get_if<ParsedRequest>(&outcome);
  if (!parsed) return 0;
  RT_CHECK(parsed->request.body.size() <= limits.most_body_bytes, "the body is over its limit");
  RT_CHECK(parsed->head.target.size() <= limits.most_header_bytes, "the head is over its limit");
  Pass pass;
  const AccessRules rules{.address = "127.0.0.1", .loopback = true, .token = "token"};
  Response response = error_response(404, "nothing");
  if (const auto refusal = check_access(rules, parsed->head, parsed->request, pass)) {
    response = error_response(refusal->status, refusal->message);
  }
  const auto outgoing = make_outgoing(std::move(response), parsed->head);
  RT_CHECK(outgoing.first.find("\r\n\r\n") != std::string::npos, "a head without an end");
  return 0;
}
