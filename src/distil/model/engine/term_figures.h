// Whether terms of a loss do what they are for, beside how often the student is right.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "data/loader.h"
#include "distil/model/engine/forward_pass.h"
#include "distil/model/engine/loss_terms.h"

namespace retort::model {

/// {term: {figure: mean over all samples of the loader}} for the terms that have LossTerm::figures; both networks run
/// as for prediction, from the loader's beginning. Null where no term has any.
nlohmann::ordered_json term_figures(const std::vector<LossTerm>& terms, const StudentAndTeacher& pair,
                                    const nn::Weights& modules, data::Loader& loader);

}  // namespace retort::model
