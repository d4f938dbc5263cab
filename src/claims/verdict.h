// When a measurement counts as shown.
#pragma once

#include <string>
#include <vector>

#include "claims/claim.h"
#include "claims/statistics.h"

namespace retort::claims {

enum class Verdict { shown, not_shown, opposite, not_measured };

/// "shown", "not shown", "opposite", "not measured".
const char* name_of(Verdict verdict);

/// Judges the mean of paired differences, d, with its standard error s, the promised direction being up (for
/// Direction::lower everything is mirrored). The interval is d - 2 s to d + 2 s.
///   difference:  shown when d > 2 s, opposite when d < -2 s;
///   not_worse:   shown when the interval lies at or above -margin, opposite when it lies below;
///   equivalence: shown when the interval lies within [-margin, margin], opposite when it lies wholly outside.
/// Fewer than two seeds have no standard error: never shown, never opposite. A difference that is the same for every
/// seed has the error 0 and counts when it is not 0.
Verdict judge(const Summary& difference, const Measurement& measurement);

/// One sentence that says what judge() asks for, with the numbers: "difference > 0 by two standard errors".
std::string rule_text(const Measurement& measurement);

}  // namespace retort::claims
