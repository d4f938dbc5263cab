#include "cli/failures.h"

#include <c10/util/Exception.h>
#include <fmt/core.h>

#include <cstdio>
#include <new>
#include <string>

#include "core/errors.h"
#include "core/text.h"

namespace retort::cli {

namespace {
constexpr const char* out_of_memory_message =
    "out of memory; reduce what is kept at once (train.max_splats, scene.resolution, data.image_cache_mb, "
    "teacher.cache_mb, --threads), or use a machine with more memory";

void print_failure(const std::string& message) {
  for (const auto& line : split(message, '\n')) {
    if (!line.empty()) fmt::print(stderr, "retort: {}\n", line);
  }
}

/// LibTorch's messages go on for pages; the first line has what happened.
void print_torch_failure(const c10::Error& error) {
  const std::string message = error.what_without_backtrace();
  if (message.find("DefaultCPUAllocator") != std::string::npos) return print_failure(out_of_memory_message);
  print_failure("LibTorch: " + split(message, '\n').front());
}
}  // namespace

int stopped_exit(const StopFlag& stop) { return 128 + stop.signal(); }

int run_guarded(const std::function<int()>& work) {
  try {
    return work();
  } catch (const UserError& error) {
    print_failure(error.what());
    return exit_user;
  } catch (const c10::Error& error) {
    print_torch_failure(error);
  } catch (const std::bad_alloc&) {
    print_failure(out_of_memory_message);
  } catch (const std::exception& error) {
    print_failure(error.what());
  }
  return exit_fault;
}

}  // namespace retort::cli
