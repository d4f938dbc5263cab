#include "distil/field/session/messages/session_messages.h"
#include "fuzz/fuzz_parser.h"

// A text of a page: a message or a complaint, never both, never an exception.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto heard = retort::field::parse_session_message({reinterpret_cast<const char*>(data), size});
  RT_CHECK(heard.message.has_value() == heard.error.empty(), "neither understood nor refused");
  return 0;
}
