#include "core/named_sections.h"

#include <algorithm>
#include <cctype>

namespace retort {

namespace {
constexpr size_t longest_section_name = 60;
}

bool is_section_name(const std::string& name) {
  return !name.empty() && name.size() <= longest_section_name &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char letter) { return std::isalnum(letter) || letter == '-' || letter == '_'; });
}

}  // namespace retort
