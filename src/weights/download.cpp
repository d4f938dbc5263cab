#include "weights/download.h"

#include "core/errors.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/sha256.h"
#include "weights/address.h"
#include "weights/part_origin.h"

namespace retort::weights {

namespace {
constexpr int most_redirections = 5;

bool is_redirection(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

class Download {
 public:
  Download(const CatalogueEntry& entry, const std::filesystem::path& target, HttpClient& client, const StopFlag& stop,
           const DownloadProgress& progress)
      : entry_(entry),
        target_(target),
        client_(client),
        stop_(stop),
        progress_(progress),
        file_(target, io::Uncommitted::kept),
        wanted_bytes_(static_cast<uint64_t>(entry.bytes)) {
    const auto origin = read_part_origin(target);
    if (!origin || origin->address != entry.address || file_.size() > wanted_bytes_) {
      file_.restart();
    } else {
      etag_ = origin->etag;
    }
  }

  DownloadEnd run() {
    bool began_again = false;
    progress_(file_.size());
    while (file_.size() < wanted_bytes_) {
      if (!ask()) return DownloadEnd::stopped;
      if (!useless_part_) break;
      if (began_again) fault("{}: sends another part than it is asked for, twice", entry_.address);
      began_again = true;
      file_.restart();
    }
    finish();
    return DownloadEnd::done;
  }

 private:
  /// One question, wherever redirections lead; false when stopped.
  bool ask() {
    auto address = parse_address(entry_.address);
    RT_CHECK(address.has_value(), "{}: no address", entry_.address);
    useless_part_ = false;
    for (int hop = 0; hop <= most_redirections; ++hop) {
      HttpHead head;
      const auto error = client_.get({.address = address->text(), .headers = range_headers()},
                                     {.head =
                                          [&](const HttpHead& told) {
                                            head = told;
                                            return accept(told);
                                          },
                                      .body = [this](std::string_view bytes) { return take(bytes); },
                                      .go_on = [this] { return !stop_.requested(); }});
      if (stop_.requested()) return false;
      if (!error.empty()) raise_broken(address->text(), error);
      if (!is_redirection(head.status)) return true;
      const auto next = follow_location(*address, head.get("location"));
      if (!next.target) throw Fault(next.refusal);
      address = next.target;
    }
    fault("{}: more than {} redirections", entry_.address, most_redirections);
  }

  std::vector<std::string> range_headers() const {
    if (file_.size() == 0) return {};
    std::vector<std::string> headers = {fmt::format("Range: bytes={}-", file_.size())};
    if (!etag_.empty()) headers.push_back("If-Range: " + etag_);
    return headers;
  }

  /// Whether the body is wanted.
  bool accept(const HttpHead& head) {
    if (is_redirection(head.status)) return false;
    if (head.status == 200) {
      begin(head);
      return true;
    }
    const bool asked_for_part = file_.size() > 0;
    if (head.status == 206 || (head.status == 416 && asked_for_part)) {
      useless_part_ = head.status == 416 || !fits(head);
      return !useless_part_;
    }
    fault("{}: the server answers with status {}{}", entry_.address, head.status,
          head.status == 404 || head.status == 410 ? " (no such file)" : "");
  }

  void begin(const HttpHead& head) {
    int64_t length = 0;
    if (parse_integer(head.get("content-length"), length) && length != entry_.bytes) {
      fault("{}: has {} bytes on the server, {} in the catalogue; one of them has changed", entry_.address, length,
            entry_.bytes);
    }
    file_.restart();
    etag_ = strong_etag(head);
    write_part_origin(target_, {entry_.address, etag_});
  }

  /// Whether a part goes on where the file ends, and is of the same file.
  bool fits(const HttpHead& head) const {
    const auto range = parse_content_range(head.get("content-range"));
    const auto etag = strong_etag(head);
    return range && static_cast<uint64_t>(range->first) == file_.size() && range->last < entry_.bytes &&
           range->total.value_or(entry_.bytes) == entry_.bytes && (etag.empty() || etag_.empty() || etag == etag_);
  }

  bool take(std::string_view bytes) {
    if (bytes.size() > wanted_bytes_ - file_.size()) {
      forget();
      fault("{}: sends more than the catalogue's {} bytes; nothing is kept", entry_.address, entry_.bytes);
    }
    file_.write(bytes);
    progress_(file_.size());
    return !stop_.requested();
  }

  void finish() {
    if (file_.size() < wanted_bytes_) raise_broken(entry_.address, "the answer ended early");
    file_.flush();
    const auto hash = io::sha256_of_file(file_.partial_path());
    if (hash != entry_.sha256) {
      forget();
      fault("{}: the SHA-256 of what came is {}, the catalogue says {}; nothing is kept", entry_.address, hash,
            entry_.sha256);
    }
    file_.commit();
    remove_part_origin(target_);
  }

  void forget() {
    file_.discard();
    remove_part_origin(target_);
  }

  [[noreturn]] void raise_broken(const std::string& address, const std::string& reason) const {
    const auto kept = file_.size() == 0
                          ? std::string("where there is no network, load the file in another way and use --from FILE")
                          : fmt::format("{} of {} are kept, the same command goes on behind them",
                                        human_bytes(static_cast<double>(file_.size())),
                                        human_bytes(static_cast<double>(entry_.bytes)));
    fault("{}: {}; {}", address, reason, kept);
  }

  const CatalogueEntry& entry_;
  const std::filesystem::path& target_;
  HttpClient& client_;
  const StopFlag& stop_;
  const DownloadProgress& progress_;
  io::AtomicFile file_;
  uint64_t wanted_bytes_;
  std::string etag_;
  bool useless_part_ = false;
};
}  // namespace

DownloadEnd download(const CatalogueEntry& entry, const std::filesystem::path& target, HttpClient& client,
                     const StopFlag& stop, const DownloadProgress& progress) {
  return Download(entry, target, client, stop, progress).run();
}

}  // namespace retort::weights
