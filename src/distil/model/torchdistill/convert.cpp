#include "distil/model/torchdistill/convert.h"

#include "distil/model/torchdistill/file_words.h"
#include "distil/model/torchdistill/recipe_text.h"

namespace retort::torchdistill {

std::string convert_recipe(const std::string& yaml, const std::string& name, const std::string& home) {
  const auto file = parse_value(yaml, name, home);
  Notes notes(name);
  FileWords words;
  read_file(file, home, notes, words);
  notes.raise();
  return recipe_text(words, notes);
}

}  // namespace retort::torchdistill
