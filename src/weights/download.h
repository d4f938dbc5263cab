// Fetches one file of a catalogue, whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/stop.h"
#include "weights/catalogue.h"
#include "weights/http_client.h"

namespace retort::weights {

enum class DownloadEnd {
  done,
  stopped  ///< by the flag; what came is kept
};

/// How far it is: bytes that are there, with those of an earlier try.
using DownloadProgress = std::function<void(uint64_t bytes)>;

/// Fetches `entry` to `target`. What comes goes to `<target>.partial`, never more than entry.bytes of it; a later call
/// asks for the rest alone (Range, If-Range), and begins again when the server has another file by then or sends
/// another part. At most five redirections are followed, none from https to http. `target` appears when length and
/// SHA-256 are right. Fault for what the network or the server does; after a broken connection what came is kept, and
/// after a wrong hash or length nothing is. UserError where `target` can't be written.
DownloadEnd download(const CatalogueEntry& entry, const std::filesystem::path& target, HttpClient& client,
                     const StopFlag& stop, const DownloadProgress& progress);

}  // namespace retort::weights
