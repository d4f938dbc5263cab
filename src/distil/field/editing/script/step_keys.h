// Steps of edit scripts as sections of YAML: one struct of options for each word that begins a step.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "distil/field/editing/script/steps.h"

namespace retort::field {

struct NoKeys {};
void fields(OptionVisitor& v, NoKeys& o);

struct CameraKeys {
  int width = 0, height = 0;
  double fx = 0, fy = 0, cx = 0, cy = 0;
  std::vector<double> world_to_camera = {};
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, CameraKeys& o);

struct SelectKeys {
  std::string query = {};
  std::vector<std::string> against = {};
  QueryForm form = QueryForm::softmax;
  QueryRule rule = QueryRule::automatic;
  std::optional<double> threshold = {};
  double temperature = 1;
  NumberPairs click = {}, not_click = {};
  std::vector<double> box = {};
  NumberPairs lasso = {}, scribble = {};
  std::string view = {};
  CameraKeys camera = {};
  double radius = 2, similarity = 0.8, reach = 0;
  std::string file = {};
  std::string combine = "replace";
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, SelectKeys& o);

struct RingKeys {
  int rings = 1;
  double reach = 0;
};
void fields(OptionVisitor& v, RingKeys& o);

struct RecolourKeys {
  std::vector<double> colour = {}, matrix = {}, offset = {};
  std::string swap = {};
  bool keep_higher = false;
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, RecolourKeys& o);

struct OpacityKeys {
  double factor = 1;
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, OpacityKeys& o);

struct RotateKeys {
  std::vector<double> axis = {};
  double degrees = 0;
  std::vector<double> quaternion = {};
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, RotateKeys& o);

struct TransformKeys {
  std::vector<double> move = {};
  RotateKeys rotate = {};
  double scale = 1;
  std::vector<double> pivot = {};
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, TransformKeys& o);

/// What the keys say; they have passed their checks.
SelectStep step_of(const SelectKeys& keys);
RecolourEdit edit_of(const RecolourKeys& keys);
TransformEdit edit_of(const TransformKeys& keys);

/// The keys that say it, every number as it is.
SelectKeys keys_of(const SelectStep& step);
RecolourKeys keys_of(const RecolourEdit& edit);
TransformKeys keys_of(const TransformEdit& edit);

}  // namespace retort::field
