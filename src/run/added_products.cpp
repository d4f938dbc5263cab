#include "run/added_products.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/json.h"
#include "io/system_error.h"
#include "run/product.h"
#include "run/run_record_json.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;
constexpr uint64_t most_note_bytes = 64 << 10;

fs::path added_folder(const fs::path& run_folder) { return run_folder / "added"; }

std::string note_name(const std::string& product) {
  const bool plain = !product.empty() && std::ranges::all_of(product, [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '-' || letter == '_' || letter == '.' || letter == '/';
  });
  RT_CHECK(plain, "a product can't be added under the name '{}'", product);
  std::string name = product;
  std::ranges::replace(name, '/', '+');
  return name + ".json";
}
}  // namespace

void add_product(const fs::path& run_folder, const Product& product) {
  const auto file = added_folder(run_folder) / note_name(product.name);
  const auto note = product_to_json(hash_product(run_folder, product));
  std::error_code error;
  fs::create_directory(added_folder(run_folder), error);
  if (error) io::raise_system_error(added_folder(run_folder), "can't be made", error.value());
  io::write_whole_file(file, note.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::vector<ProductRecord> read_added_products(const fs::path& run_folder) {
  std::vector<ProductRecord> products;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(added_folder(run_folder), error)) {
    if (entry.path().extension() != ".json") continue;
    products.push_back(product_from_json(io::read_json(entry.path(), most_note_bytes), entry.path().string()));
  }
  std::ranges::sort(products, {}, &ProductRecord::name);
  return products;
}

}  // namespace retort::run
