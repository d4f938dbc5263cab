#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/isa.h"
#include "core/text.h"
#include "distil/field/camera/path.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"
#include "distil/field/language/query.h"
#include "distil/field/language/relevancy.h"

namespace retort::cli {

namespace {
const std::vector<std::string> picture_kinds = {"rgb", "depth", "feature", "relevancy"};

struct RenderVerbOptions {
  std::string field, scene, views = "test", show = "rgb,depth,feature", query, vocabulary, output, size;
  int frames = 120;
};

struct NamedCamera {
  std::string name;
  field::Camera camera;
};

/// Cameras of the chosen views, or of a move through the training views.
std::vector<NamedCamera> cameras_of(const RenderVerbOptions& options, const field::Scene& scene) {
  std::vector<NamedCamera> cameras;
  if (options.views == "path") {
    std::vector<field::Camera> keys;
    for (const int view : scene.train) keys.push_back(scene.views[view].camera);
    int frame = 0;
    for (const auto& camera : field::camera_path(keys, options.frames)) {
      cameras.push_back({fmt::format("frame_{:04}", frame++), camera});
    }
  } else {
    for (const int view : chosen_views(scene, options.views)) {
      cameras.push_back({scene.views[view].stem(), scene.views[view].camera});
    }
  }
  if (options.size.empty()) return cameras;
  for (auto& [name, camera] : cameras) {
    const auto size = split(options.size, 'x');
    int64_t width = 0, height = 0;
    if (size.size() != 2 || !parse_integer(size[0], width) || !parse_integer(size[1], height) || width < 1 ||
        height < 1 || width > 16384 || height > 16384) {
      user_error("--size: '{}' is not WxH with sides of 1 to 16384 pixels", options.size);
    }
    camera = field::resized(camera, static_cast<int>(width), static_cast<int>(height));
  }
  return cameras;
}

class PictureWriter {
 public:
  PictureWriter(const RenderVerbOptions& options, const OpenField& open, Context& context)
      : options_(options),
        field_(open.field),
        kinds_(split(options.show, ',')),
        renderer_(open.field, context.pool, chosen_isa()) {
    for (const auto& kind : kinds_) {
      if (std::find(picture_kinds.begin(), picture_kinds.end(), kind) == picture_kinds.end()) {
        user_error("--show: '{}' is none of {}{}", kind, join(picture_kinds, ", "), did_you_mean(kind, picture_kinds));
      }
    }
    if (field_.feature_dim() == 0) std::erase(kinds_, "feature");
    if (shows("relevancy")) {
      if (options.query.empty()) user_error("--show relevancy: relevant to what? give --query NAME or a vector's file");
      query_ = field::make_query(field_, open_vocabulary(open, options.vocabulary), options.query, {});
    }
  }

  /// Writes <output>/<kind>/<name>.png for each kind.
  int write(const NamedCamera& view) {
    renderer_.look(view.camera);
    const auto rendered = renderer_.view();
    at::Tensor map;
    if (shows("feature") || shows("relevancy")) map = renderer_.feature_map();
    for (const auto& kind : kinds_) {
      const auto path = std::filesystem::path(options_.output) / kind / (view.name + ".png");
      std::filesystem::create_directories(path.parent_path());
      io::write_png(path, picture(kind, rendered, map));
    }
    return static_cast<int>(kinds_.size());
  }

 private:
  bool shows(const std::string& kind) const { return std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end(); }

  io::Image picture(const std::string& kind, const field::RenderedView& view, const at::Tensor& map) {
    if (kind == "rgb") return field::colour_picture(view.colour);
    if (kind == "depth") return field::depth_picture(view.depth, view.transmittance);
    if (kind == "relevancy") {
      const auto cosine = field::cosine_to(map, query_.directions[0]);
      return field::relevancy_picture(field::stretched_relevancy(cosine), view.colour);
    }
    if (!colours_) colours_ = field::fit_feature_colours({map});
    return field::feature_picture(map, *colours_);
  }

  const RenderVerbOptions& options_;
  const field::GaussianField& field_;
  std::vector<std::string> kinds_;
  field::FieldRenderer renderer_;
  field::Query query_;
  std::optional<field::FeatureColours> colours_;
};

int render(RenderVerbOptions options, Invocation& invocation) {
  const auto open = open_field(options.field);
  if (options.output.empty()) options.output = (open.folder / "renders" / options.views).string();
  const auto scene = open_scene(open, options.scene);
  PictureWriter writer(options, open, invocation.context);
  int pictures = 0;
  for (const auto& camera : cameras_of(options, scene)) {
    if (invocation.context.stop.requested()) break;
    pictures += writer.write(camera);
  }
  fmt::print("{} pictures in {}\n", pictures, options.output);
  return exit_done;
}
}  // namespace

Verb make_field_render_verb() {
  return {.name = "render",
          .heading = "",
          .summary = "pictures of a field from training, held-out or new viewpoints",
          .examples = {{"field render runs/fox", "colour, depth and features of the held-out views"},
                       {"field render runs/fox --views path --frames 240", "a camera move through the training views"},
                       {"field render runs/fox --show relevancy --query dog", "where the field holds 'dog'"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<RenderVerbOptions>();
            parser.add_option("FIELD", options->field, "a run folder or a field.safetensors")->required();
            parser.add_option("--views", options->views, "test, train, all, a view's name, or path (a camera move)");
            parser.add_option("--show", options->show, "comma list of rgb, depth, feature, relevancy");
            parser.add_option("--query", options->query, "for relevancy: a word of the vocabulary, or a vector's file");
            parser.add_option("--vocabulary", options->vocabulary, "folder of <name>.npy (default: the teacher's)");
            parser.add_option("--scene", options->scene, "scene with the cameras (default: the run's)");
            parser.add_option("--size", options->size, "WxH in pixels (default: the training size)");
            parser.add_option("--frames", options->frames, "pictures of a path")->check(CLI::Range(1, 100000));
            parser.add_option("--output", options->output, "folder (default: renders/ in the run folder)");
            return [options](Invocation& invocation) { return render(*options, invocation); };
          },
          .verbs = {}};
}

}  // namespace retort::cli
