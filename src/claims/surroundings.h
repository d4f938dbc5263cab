// Where and by what something was measured.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace retort::claims {

struct Surroundings {
  std::string command;  ///< as typed
  std::string version, commit;
  std::string processor, instruction_set;
  int cores = 0, threads = 0;
  int64_t memory_bytes = 0;
  std::string date;  ///< UTC, of the writing of the result
};

/// Command, date, version, commit and machine.
nlohmann::ordered_json to_json(const Surroundings& surroundings);

/// One line for pages: the same, with how many runs took how long in all.
std::string to_text(const Surroundings& surroundings, size_t runs, double seconds);

}  // namespace retort::claims
