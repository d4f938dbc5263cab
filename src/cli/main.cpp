#include "cli/dispatch.h"
#include "cli/failures.h"

int main(int argc, char** argv) {
  return retort::cli::run_guarded([&] {
    retort::Registries registries;
    retort::register_all(registries);
    return retort::cli::dispatch(std::vector<std::string>(argv + 1, argv + argc), registries);
  });
}
