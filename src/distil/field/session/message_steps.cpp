#include "distil/field/session/message_steps.h"

#include <algorithm>

#include "core/errors.h"

namespace retort::field {

QuerySelection query_selection(const QueryMessage& message) {
  QuerySelection query;
  query.asked = message.asked;
  query.against = message.against;
  const auto names = choices(QueryForm{});
  const auto place = std::find(names.begin(), names.end(), message.form);
  RT_CHECK(place != names.end(), "query: form '{}'", message.form);
  query.form = static_cast<QueryForm>(place - names.begin());
  return query;
}

EditStep query_step(const QueryMessage& asked, const SelectQueryMessage& message) {
  auto query = query_selection(asked);
  query.rule = message.threshold ? QueryRule::soft : QueryRule::hard;
  query.threshold = message.threshold;
  return SelectStep{.what = query, .combine = message.combine};
}

EditStep step_of(const ClickMessage& message) {
  PointingSelection pointing;
  pointing.shape = PointedShape::clicks;
  pointing.points = message.positive;
  pointing.not_at = message.negative;
  pointing.camera = message.camera;
  pointing.similarity = message.similarity;
  return SelectStep{.what = pointing, .combine = message.combine};
}

EditStep step_of(const RegionMessage& message) {
  PointingSelection pointing;
  constexpr PointedShape shapes[] = {PointedShape::box, PointedShape::lasso, PointedShape::scribble};
  pointing.shape = shapes[static_cast<int>(message.shape)];
  pointing.points = message.points;
  pointing.camera = message.camera;
  pointing.similarity = message.similarity;
  return SelectStep{.what = pointing, .combine = message.combine};
}

EditStep step_of(const RingsMessage& message) {
  if (message.grow) return GrowStep{.rings = message.rings};
  return ShrinkStep{.rings = message.rings};
}

}  // namespace retort::field
