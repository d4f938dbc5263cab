#include "distil/model/torchdistill/object_call.h"

#include <fmt/core.h>

#include "core/text.h"

namespace retort::torchdistill {

std::string last_word(const std::string& dotted) { return dotted.substr(dotted.rfind('.') + 1); }

std::optional<ObjectCall> read_call(const Value& value, const std::string& path, Notes& notes) {
  if (value.tag != "!import_call" || value.kind != Value::Kind::map) {
    notes.fault(value.line, path, fmt::format("'{}' where `!import_call` with a key is expected", shown(value)));
    return std::nullopt;
  }
  Section section(value, path, notes);
  ObjectCall call{.key = section.required_text("key"), .name = {}, .line = value.line, .path = path};
  call.name = last_word(call.key);
  auto init = section.section("init");
  if (const Value* args = init.find("args")) {
    if (args->kind == Value::Kind::list) {
      call.positional = args->items;
    } else {
      init.fault("args", "a list is expected");
    }
  }
  if (const Value* kwargs = init.find("kwargs")) call.named = *kwargs;
  init.finish();
  section.finish();
  return call;
}

Value arguments_of(const ObjectCall& call, const std::vector<std::string>& parameters, Notes& notes) {
  Value all = call.named;
  if (all.is_null()) all = {.kind = Value::Kind::map, .line = call.line};
  for (size_t i = 0; i < call.positional.size(); ++i) {
    if (i < parameters.size()) {
      all.entries.push_back({parameters[i], call.positional[i].line, call.positional[i]});
    } else {
      notes.fault(call.line, call.path,
                  fmt::format("{} takes at most {} arguments without a name", call.key, parameters.size()));
      break;
    }
  }
  return all;
}

std::string attribute_name(const Value& value) {
  if (value.kind == Value::Kind::scalar && value.tag.empty()) return value.text;
  if (value.tag == "!getattr" && value.kind == Value::Kind::list && value.items.size() == 2 &&
      value.items[0].tag == "!import_get" && value.items[1].kind == Value::Kind::scalar) {
    return value.items[1].text;
  }
  if (value.tag == "!import_get") {
    for (const auto& entry : value.entries) {
      if (entry.key == "key") return last_word(entry.value.text);
    }
  }
  return "";
}

}  // namespace retort::torchdistill
