// Options of a transform from words, as recipes and command lines have them: "random_crop(size=32, padding=4)".
#pragma once

#include <map>
#include <string>

#include "core/options.h"

namespace retort::data {

using Arguments = std::map<std::string, std::string>;

/// A name and its arguments. An argument without a key ("normalise(imagenet)") has the key "".
struct TransformCall {
  std::string name;
  Arguments arguments = {};
};

/// Reads "name" or "name(key=value, ...)". Lists are written with blanks between the numbers ("mean=0.5 0.5 0.5").
/// UserError when malformed or when a key comes twice.
TransformCall parse_transform_call(const std::string& text);

/// Fills option structs from arguments; collects faults.
class ArgumentReader : public OptionVisitor {
 public:
  ArgumentReader(std::string transform, Arguments arguments);
  /// Throws one UserError that lists all that was wrong, unknown keys included.
  void finish();

 protected:
  void field(const char* name, const FieldRef& value, const char* help, const FieldSpec& spec) override;
  bool enter(const char*, const char*) override { return true; }
  void leave() override {}
  void checked(const Problems& problems) override;

 private:
  std::string transform_;
  Arguments arguments_;
  std::vector<std::string> known_;
  Problems problems_;
};

/// Options with these arguments. The argument without a key is the first option.
template <OptionStruct T>
T read_arguments(const std::string& transform, const Arguments& arguments) {
  T options;
  ArgumentReader reader(transform, arguments);
  reader.visit(options);
  reader.finish();
  return options;
}

}  // namespace retort::data
