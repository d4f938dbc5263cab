#include "claims/surroundings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.h"

namespace retort::claims {

nlohmann::ordered_json to_json(const Surroundings& here) {
  return {{"command", here.command},
          {"date", here.date},
          {"version", here.version},
          {"commit", here.commit},
          {"machine",
           {{"processor", here.processor},
            {"cores", here.cores},
            {"threads", here.threads},
            {"memory_bytes", here.memory_bytes},
            {"instruction_set", here.instruction_set}}}};
}

std::string to_text(const Surroundings& here, size_t runs, double seconds) {
  return fmt::format("`{}`, {}, retort {}{}. {}, {} cores, {} of memory; {} threads, {}. {} runs, {} in all.\n",
                     here.command, here.date, here.version, here.commit.empty() ? "" : " (" + here.commit + ")",
                     here.processor.empty() ? "unknown processor" : here.processor, here.cores,
                     human_bytes(static_cast<double>(here.memory_bytes)), here.threads, here.instruction_set, runs,
                     human_seconds(seconds));
}

}  // namespace retort::claims
