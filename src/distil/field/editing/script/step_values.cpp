#include <algorithm>

#include "distil/field/editing/script/step_keys.h"

namespace retort::field {

namespace {
template <size_t N>
std::array<double, N> array_of(const std::vector<double>& values) {
  RT_CHECK(values.size() == N, "{} numbers in place of {}", values.size(), N);
  std::array<double, N> array;
  std::copy(values.begin(), values.end(), array.begin());
  return array;
}

template <size_t N>
std::vector<double> list_of(const std::array<double, N>& values) {
  return {values.begin(), values.end()};
}

PointingSelection pointing_of(const SelectKeys& keys) {
  PointingSelection pointing{.points = keys.click,
                             .not_at = keys.not_click,
                             .radius = keys.radius,
                             .view = keys.view,
                             .camera = {},
                             .similarity = keys.similarity,
                             .reach = keys.reach};
  if (!keys.box.empty()) {
    pointing.shape = PointedShape::box;
    pointing.points = {{keys.box[0], keys.box[1]}, {keys.box[2], keys.box[3]}};
  } else if (!keys.lasso.empty()) {
    pointing.shape = PointedShape::lasso;
    pointing.points = keys.lasso;
  } else if (!keys.scribble.empty()) {
    pointing.shape = PointedShape::scribble;
    pointing.points = keys.scribble;
  }
  const auto& camera = keys.camera;
  if (camera.width > 0) {
    pointing.camera = {
        camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, array_of<16>(camera.world_to_camera)};
  }
  return pointing;
}

void put_points(const PointingSelection& pointing, SelectKeys& keys) {
  switch (pointing.shape) {
    case PointedShape::clicks:
      keys.click = pointing.points;
      keys.not_click = pointing.not_at;
      break;
    case PointedShape::box:
      RT_CHECK(pointing.points.size() == 2, "a box of {} corners", pointing.points.size());
      keys.box = {pointing.points[0][0], pointing.points[0][1], pointing.points[1][0], pointing.points[1][1]};
      break;
    case PointedShape::lasso:
      keys.lasso = pointing.points;
      break;
    case PointedShape::scribble:
      keys.scribble = pointing.points;
      break;
  }
}

struct PutSelection {
  SelectKeys& keys;

  void operator()(const FileSelection& file) const { keys.file = file.file; }
  void operator()(const QuerySelection& query) const {
    keys.query = query.asked;
    keys.against = query.against;
    keys.form = query.form;
    keys.rule = query.rule;
    keys.threshold = query.threshold;
    keys.temperature = query.temperature;
  }
  void operator()(const PointingSelection& pointing) const {
    put_points(pointing, keys);
    keys.radius = pointing.radius;
    keys.similarity = pointing.similarity;
    keys.reach = pointing.reach;
    keys.view = pointing.view;
    if (!pointing.view.empty()) return;
    const auto& camera = pointing.camera;
    keys.camera = {
        camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, list_of(camera.world_to_camera)};
  }
};
}  // namespace

SelectStep step_of(const SelectKeys& keys) {
  SelectStep step{
      .what = QuerySelection{keys.query, keys.against, keys.form, keys.rule, keys.threshold, keys.temperature},
      .combine = keys.combine};
  if (!keys.file.empty()) {
    step.what = FileSelection{keys.file};
  } else if (keys.query.empty()) {
    step.what = pointing_of(keys);
  }
  return step;
}

SelectKeys keys_of(const SelectStep& step) {
  SelectKeys keys;
  keys.combine = step.combine;
  std::visit(PutSelection{keys}, step.what);
  return keys;
}

RecolourEdit edit_of(const RecolourKeys& keys) {
  RecolourEdit edit{.keep_higher = keys.keep_higher};
  if (!keys.colour.empty()) edit.colour = array_of<3>(keys.colour);
  if (!keys.matrix.empty()) edit.matrix = array_of<9>(keys.matrix);
  if (!keys.offset.empty()) edit.offset = array_of<3>(keys.offset);
  if (!keys.swap.empty()) edit.matrix = channel_order(keys.swap);
  return edit;
}

RecolourKeys keys_of(const RecolourEdit& edit) {
  RecolourKeys keys{.keep_higher = edit.keep_higher};
  if (edit.colour) {
    keys.colour = list_of(*edit.colour);
  } else {
    keys.matrix = list_of(edit.matrix);
    if (edit.offset != RecolourEdit{}.offset) keys.offset = list_of(edit.offset);
  }
  return keys;
}

TransformEdit edit_of(const TransformKeys& keys) {
  TransformEdit edit{.scale = keys.scale};
  if (!keys.move.empty()) edit.move = array_of<3>(keys.move);
  if (!keys.pivot.empty()) edit.pivot = array_of<3>(keys.pivot);
  if (!keys.rotate.axis.empty()) edit.rotation = turn_about(array_of<3>(keys.rotate.axis), keys.rotate.degrees);
  if (!keys.rotate.quaternion.empty()) edit.rotation = array_of<4>(keys.rotate.quaternion);
  return edit;
}

TransformKeys keys_of(const TransformEdit& edit) {
  TransformKeys keys{.scale = edit.scale};
  if (edit.move != TransformEdit{}.move) keys.move = list_of(edit.move);
  if (edit.pivot) keys.pivot = list_of(*edit.pivot);
  if (edit.rotation != TransformEdit{}.rotation) keys.rotate.quaternion = list_of(edit.rotation);
  return keys;
}

}  // namespace retort::field
