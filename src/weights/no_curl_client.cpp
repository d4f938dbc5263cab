// Stands for curl_client.cpp where the build found no libcurl.
#include "core/errors.h"
#include "weights/http_client.h"

namespace retort::weights {

std::unique_ptr<HttpClient> make_http_client() {
  user_error(
      "this build has no libcurl and can't fetch anything: load the file in another way and name it with --from FILE, "
      "or "
      "install libcurl (Debian: libcurl4-openssl-dev) and build again");
}

}  // namespace retort::weights
