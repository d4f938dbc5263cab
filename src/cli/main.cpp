#include "cli/dispatch.h"
#include "cli/failures.h"
#include "core/heap.h"

int main(int argc, char** argv) {
  retort::keep_freed_memory();
  return retort::cli::run_guarded([&] {
    retort::Registries registries;
    retort::register_all(registries);
    return retort::cli::dispatch(std::vector<std::string>(argv + 1, argv + argc), registries);
  });
}
