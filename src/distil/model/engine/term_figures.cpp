#include "distil/model/engine/term_figures.h"

#include <ATen/ATen.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace retort::model {

nlohmann::ordered_json term_figures(const std::vector<LossTerm>& terms, const StudentAndTeacher& pair,
                                    const nn::Weights& modules, data::Loader& loader) {
  const at::NoGradGuard no_grad;
  nn::GivenSource source(modules);
  const nn::Scope scope(source);
  nlohmann::ordered_json json;
  for (const auto& term : terms) {
    if (!term.figures) continue;
    std::map<std::string, double> sums;
    int64_t samples = 0;
    loader.seek({});
    for (int64_t i = 0; i < loader.batches_per_epoch(); ++i) {
      const auto batch = loader.next();
      const ForwardPass both(pair, {term}, batch, 1, false);
      for (const auto& [name, value] : term.figures(both.inputs(), scope / term.module_scope()))
        sums[name] += value * double(batch.size);
      samples += batch.size;
    }
    for (const auto& [name, sum] : sums) json[term.name][name] = sum / double(samples);
  }
  return json;
}

}  // namespace retort::model
