#include "run/run_recorder.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <tuple>

#include "core/errors.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/image.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;
constexpr uint64_t max_picture_bytes = uint64_t(1) << 30;

fs::path picture_folder(const fs::path& run_folder) { return run_folder / "pictures"; }

std::string picture_title(const std::string& name) {
  std::string title = name;
  std::replace_if(
      title.begin(), title.end(),
      [](unsigned char letter) { return !std::isalnum(letter) && letter != '.' && letter != '-' && letter != '_'; },
      '-');
  return title;
}
}  // namespace

std::vector<PictureFile> list_pictures(const fs::path& run_folder) {
  std::vector<PictureFile> pictures;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(picture_folder(run_folder), error)) {
    const auto stem = entry.path().stem().string();
    const auto mark = stem.rfind('_');
    int64_t step = 0;
    if (entry.path().extension() != ".png" || mark == std::string::npos) continue;
    if (parse_integer(std::string_view(stem).substr(mark + 1), step)) {
      pictures.push_back({entry.path(), stem.substr(0, mark), step});
    }
  }
  std::sort(pictures.begin(), pictures.end(),
            [](const auto& a, const auto& b) { return std::tie(a.title, a.step) < std::tie(b.title, b.step); });
  return pictures;
}

void RunRecorder::rewind_to_step(int64_t step) const {
  std::error_code error;
  for (const auto& picture : list_pictures(folder_)) {
    if (picture.step > step) fs::remove(picture.path, error);
  }
}

void RunRecorder::scalar(const std::string& name, double value) {
  if (std::isnan(value)) {
    fault("{} is not a number (NaN) at step {}; the state of the last checkpoint is kept", name, step_);
  }
  log_.scalar(step_, name, value);
}

void RunRecorder::timing(const std::string& name, double value) { log_.timing(step_, name, value); }

void RunRecorder::image(const std::string& name, const io::Image& image) {
  const auto title = picture_title(name);
  const auto path = picture_folder(folder_) / fmt::format("{}_{:09}.png", title, step_);
  std::error_code error;
  fs::create_directory(picture_folder(folder_), error);  // failing shows, with its reason, in the next line
  io::write_png(path, image);
  log_.image(step_, name, image.width, image.height, image.channels, io::read_whole_file(path, max_picture_bytes));

  std::vector<PictureFile> same;
  for (auto& picture : list_pictures(folder_)) {
    if (picture.title == title) same.push_back(std::move(picture));
  }
  for (size_t between = 1; between + 1 < same.size(); ++between) fs::remove(same[between].path, error);
}

}  // namespace retort::run
