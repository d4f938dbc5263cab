// Rates of their own for some of a job's parameters.
#pragma once

#include <string>
#include <vector>

#include "core/errors.h"
#include "train/parameter_buffer.h"

namespace retort::train {

/// What the parameters below one name do otherwise than the rest.
struct OptimiserPart {
  std::string name;  ///< whole components of a range's name: "student.layer1" is not "student.layer10"
  double rate_factor = 1, decay_factor = 1;
};

/// Reads "name:factor" or "name:factor:decay-factor", both factors >= 0; 0 leaves the parameters where they are.
/// UserError that quotes the text otherwise, or when a name comes twice.
std::vector<OptimiserPart> parse_optimiser_parts(const std::vector<std::string>& texts);

/// Notes under "parts" what parse_optimiser_parts() would refuse.
void check_optimiser_parts(const std::vector<std::string>& texts, Problems& problems);

/// For each range of the buffer the part with the longest name that leads it, or null. UserError that lists the first
/// level of the buffer's names when a part leads none.
std::vector<const OptimiserPart*> match_optimiser_parts(const std::vector<OptimiserPart>& parts,
                                                        const std::vector<ParameterBuffer::Range>& ranges);

}  // namespace retort::train
