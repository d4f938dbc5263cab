#include "distil/field/scene/scene_options.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/text.h"
#include "distil/field/scene/scene_format.h"

namespace retort::field {
namespace {

constexpr int64_t max_training_side = 1 << 16;

std::optional<int> parse_side(std::string_view text) {
  int64_t side = 0;
  if (!parse_integer(text, side) || side < 1 || side > max_training_side) return std::nullopt;
  return int(side);
}

PixelSize shrunk(PixelSize photo, double factor) {
  const auto side = [factor](int pixels) { return std::max(1, int(std::lround(pixels * factor))); };
  return {side(photo.width), side(photo.height)};
}

std::optional<PixelSize> parse_resolution(const std::string& resolution, PixelSize photo) {
  if (resolution == "full") return photo;
  if (const int divisor = resolution_divisor(resolution)) return shrunk(photo, 1.0 / divisor);
  const size_t cross = resolution.find('x');
  const auto width = parse_side(std::string_view(resolution).substr(0, cross));
  if (!width) return std::nullopt;
  if (cross == std::string::npos) {
    return PixelSize{*width, shrunk(photo, double(*width) / photo.width).height};
  }
  const auto height = parse_side(std::string_view(resolution).substr(cross + 1));
  if (!height) return std::nullopt;
  return PixelSize{*width, *height};
}

}  // namespace

std::vector<std::string> choices(SplitRule) {
  return {"auto", "every_8th_from_0", "every_8th_from_2", "every_5th_from_0", "none"};
}

std::vector<std::string> choices(PointSource) { return {"auto", "sparse", "depth", "ply", "random"}; }

std::vector<std::string> choices(AlphaUse) { return {"composite", "mask"}; }

std::vector<std::string> choices(Background) { return {"black", "white"}; }

std::array<uint8_t, 3> colour_of(Background background) {
  const uint8_t value = background == Background::white ? 255 : 0;
  return {value, value, value};
}

void SceneOptions::check(Problems& problems) const {
  problems.require(!path.empty(), "path", "name the folder with the photos and their poses");
  problems.require(!images.empty(), "images", "name the folder of the photos, for example images");
  problems.require(parse_resolution(resolution, {1, 1}).has_value(), "resolution",
                   "must be full, half, quarter, eighth, a width W, or WxH");
  const auto formats = scene_format_names();
  problems.require(
      format == "auto" || std::find(formats.begin(), formats.end(), format) != formats.end(), "format",
      fmt::format("'{}' is none of auto, {}{}", format, join(formats, ", "), did_you_mean(format, formats)));
}

int resolution_divisor(const std::string& resolution) {
  if (resolution == "half") return 2;
  if (resolution == "quarter") return 4;
  if (resolution == "eighth") return 8;
  return 0;
}

PixelSize training_size(const std::string& resolution, PixelSize photo) {
  const auto size = parse_resolution(resolution, photo);
  if (!size) user_error("resolution '{}': must be full, half, quarter, eighth, a width W, or WxH", resolution);
  if (size->width > photo.width || size->height > photo.height) {
    user_error("resolution '{}' would enlarge photos of {}x{} to {}x{}; ask for at most their size", resolution,
               photo.width, photo.height, size->width, size->height);
  }
  return *size;
}

}  // namespace retort::field
