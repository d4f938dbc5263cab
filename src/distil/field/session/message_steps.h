// Messages of a page as steps of edit scripts: what is done in a page is what a script would do.
#pragma once

#include "distil/field/editing/script/steps.h"
#include "distil/field/session/messages/session_messages.h"

namespace retort::field {

/// The selection by a query that was asked before.
EditStep query_step(const QueryMessage& asked, const SelectQueryMessage& message);
EditStep step_of(const ClickMessage& message);
EditStep step_of(const RegionMessage& message);
EditStep step_of(const RingsMessage& message);

/// The query that a step would hold against the field, without rule and threshold.
QuerySelection query_selection(const QueryMessage& message);

}  // namespace retort::field
