#include <curl/curl.h>

#include <exception>
#include <string>
#include <utility>

#include "core/errors.h"
#include "weights/http_client.h"

namespace retort::weights {

namespace {
constexpr long connect_timeout_seconds = 30;
constexpr long silence_timeout_seconds = 60;

// One transfer: libcurl's callbacks put together to head and body.
class CurlTransfer {
 public:
  CurlTransfer(const HttpRequest& request, const HttpListener& listener)
      : listener_(listener), curl_(curl_easy_init()) {
    RT_CHECK(curl_ != nullptr, "libcurl could not be started");
    for (const auto& header : request.headers) headers_ = curl_slist_append(headers_, header.c_str());
    set(CURLOPT_URL, request.address.c_str());
    set(CURLOPT_HTTPHEADER, headers_);
    set(CURLOPT_USERAGENT, "retort");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set_protocols();
    set(CURLOPT_CONNECTTIMEOUT, connect_timeout_seconds);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, silence_timeout_seconds);
    set(CURLOPT_ERRORBUFFER, reason_);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &on_tick);
    set(CURLOPT_XFERINFODATA, this);
  }

  ~CurlTransfer() {
    curl_slist_free_all(headers_);
    curl_easy_cleanup(curl_);
  }
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  std::string perform() {
    const CURLcode code = curl_easy_perform(curl_);
    if (failure_) std::rethrow_exception(failure_);
    if (code != CURLE_OK && !ended_) return reason_[0] != '\0' ? reason_ : curl_easy_strerror(code);
    // A body begins with the head's news; without one they come now.
    if (!ended_ && !head_told_) listener_.head(head_);
    return "";
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    RT_CHECK(curl_easy_setopt(curl_, option, value) == CURLE_OK, "libcurl refuses option {}", static_cast<int>(option));
  }

  void set_protocols() {
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  }

  // An exception must not cross libcurl: it is kept and thrown again behind it.
  template <class Ask>
  bool asked(const Ask& ask) {
    try {
      if (ask()) return true;
    } catch (...) {
      failure_ = std::current_exception();
    }
    ended_ = true;
    return false;
  }

  static size_t on_header(char* data, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    transfer.head_.add_line({data, size});
    return size;
  }

  static size_t on_body(char* data, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const bool goes_on = transfer.asked([&] {
      if (!std::exchange(transfer.head_told_, true) && !transfer.listener_.head(transfer.head_)) return false;
      return transfer.listener_.body({data, size});
    });
    return goes_on ? size : size + 1;  // another length than was given ends the transfer
  }

  static int on_tick(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    return transfer.asked(transfer.listener_.go_on) ? 0 : 1;
  }

  const HttpListener& listener_;
  CURL* curl_;
  curl_slist* headers_ = nullptr;
  char reason_[CURL_ERROR_SIZE] = "";
  HttpHead head_;
  bool head_told_ = false, ended_ = false;
  std::exception_ptr failure_;
};

class CurlClient : public HttpClient {
 public:
  CurlClient() { RT_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl could not be started"); }
  ~CurlClient() override { curl_global_cleanup(); }

  std::string get(const HttpRequest& request, const HttpListener& listener) override {
    return CurlTransfer(request, listener).perform();
  }
};
}  // namespace

std::unique_ptr<HttpClient> make_http_client() { return std::make_unique<CurlClient>(); }

}  // namespace retort::weights
