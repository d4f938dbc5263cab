#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
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
#include "io/video_writer.h"
#include "run/progress.h"

namespace retort::cli {

namespace {
const std::vector<std::string> picture_kinds = {"rgb", "depth", "feature", "relevancy"};

struct RenderVerbOptions {
  std::string field, scene, views = "test", path, show, query, vocabulary, output, size, video;
  int frames = 120, frames_per_second = 30;
};

struct NamedCamera {
  std::string name;
  field::Camera camera;
};

std::vector<field::Camera> move_through(const RenderVerbOptions& options, const field::Scene& scene) {
  std::vector<field::Camera> views;
  for (const int view : scene.train) views.push_back(scene.views[view].camera);
  if (options.path == "orbit") return field::orbit_path(views, options.frames);
  if (options.path == "spiral") return field::spiral_path(views, options.frames);
  return field::camera_path(views, options.frames);
}

/// Cameras of the chosen views, or of a move round, before or through the training views.
std::vector<NamedCamera> cameras_of(const RenderVerbOptions& options, const field::Scene& scene) {
  std::vector<NamedCamera> cameras;
  if (!options.path.empty()) {
    int frame = 0;
    for (const auto& camera : move_through(options, scene)) {
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

class Painter {
 public:
  Painter(const RenderVerbOptions& options, const OpenField& open, Context& context)
      : field_(open.field), kinds_(split(options.show, ',')), renderer_(open.field, context.pool, chosen_isa()) {
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

  const std::vector<std::string>& kinds() const { return kinds_; }

  /// One picture of each kind.
  std::vector<io::Image> paint(const field::Camera& camera) {
    renderer_.look(camera);
    const auto rendered = renderer_.view();
    at::Tensor map;
    if (shows("feature") || shows("relevancy")) map = renderer_.feature_map();
    std::vector<io::Image> pictures;
    for (const auto& kind : kinds_) pictures.push_back(picture(kind, rendered, map));
    return pictures;
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

  const field::GaussianField& field_;
  std::vector<std::string> kinds_;
  field::FieldRenderer renderer_;
  field::Query query_;
  std::optional<field::FeatureColours> colours_;
};

/// Hands the pictures of each camera to `take`, with progress; false when it was asked to stop before the last.
bool paint_all(Painter& painter, const std::vector<NamedCamera>& cameras, Invocation& invocation,
               const std::function<void(const std::string&, const std::vector<io::Image>&)>& take) {
  run::Plan plan;
  plan.phases = {{"render", static_cast<int64_t>(cameras.size())}};
  run::ProgressOptions shown;
  shown.style = run::default_progress_style(invocation.quiet);
  run::Progress progress(shown, plan, 0);
  int64_t done = 0;
  for (const auto& [name, camera] : cameras) {
    if (invocation.context.stop.requested()) return false;
    take(name, painter.paint(camera));
    progress.update(++done, name);
  }
  progress.finish(done, "");
  return true;
}

/// Writes <folder>/<kind>/<name>.png for each kind and camera; returns how many.
int write_pictures(Painter& painter, const std::vector<NamedCamera>& cameras, const std::filesystem::path& folder,
                   Invocation& invocation) {
  int written = 0;
  paint_all(painter, cameras, invocation, [&](const std::string& name, const std::vector<io::Image>& pictures) {
    for (size_t kind = 0; kind < pictures.size(); ++kind, ++written) {
      const auto path = folder / painter.kinds()[kind] / (name + ".png");
      std::filesystem::create_directories(path.parent_path());
      io::write_png(path, pictures[kind]);
    }
  });
  return written;
}

/// out.mp4 for one kind of pictures, out-depth.mp4 and so on for several.
std::filesystem::path film_of(const std::filesystem::path& film, const std::string& kind, bool alone) {
  if (alone) return film;
  return film.parent_path() / (film.stem().string() + "-" + kind + film.extension().string());
}

int write_films(Painter& painter, const std::vector<NamedCamera>& cameras, const RenderVerbOptions& options,
                Invocation& invocation) {
  std::vector<std::unique_ptr<io::VideoWriter>> films;
  for (const auto& kind : painter.kinds()) {
    films.push_back(std::make_unique<io::VideoWriter>(film_of(options.video, kind, painter.kinds().size() == 1),
                                                      options.frames_per_second));
  }
  const bool whole = paint_all(painter, cameras, invocation, [&](const std::string&, const auto& pictures) {
    for (size_t kind = 0; kind < films.size(); ++kind) films[kind]->add(pictures[kind]);
  });
  if (!whole) return exit_done;
  for (size_t kind = 0; kind < films.size(); ++kind) {
    films[kind]->finish();
    fmt::print("{}\n", film_of(options.video, painter.kinds()[kind], films.size() == 1).string());
  }
  return exit_done;
}

int render(RenderVerbOptions options, Invocation& invocation) {
  const std::filesystem::path film = options.video;
  if (!film.empty()) {
    io::VideoWriter::check_ending(film);
    if (options.path.empty()) options.path = "orbit";
  }
  if (options.show.empty()) options.show = film.empty() ? "rgb,depth,feature" : "rgb";
  const auto open = open_field(options.field);
  const auto scene = open_scene(open, options.scene);
  Painter painter(options, open, invocation.context);
  const auto cameras = cameras_of(options, scene);
  if (!film.empty() && io::VideoWriter::available()) return write_films(painter, cameras, options, invocation);

  std::filesystem::path folder = options.output;
  if (folder.empty() && !film.empty()) folder = film.parent_path() / (film.stem().string() + "-frames");
  if (folder.empty()) folder = open.folder / "renders" / (options.path.empty() ? options.views : options.path);
  fmt::print("{} pictures in {}\n", write_pictures(painter, cameras, folder, invocation), folder.string());
  if (!film.empty()) {
    invocation.context.log.warn("ffmpeg is not installed, so there is no film; with it, this makes one:");
    for (const auto& kind : painter.kinds()) {
      invocation.context.log.warn("  {}",
                                  io::VideoWriter::command_for(folder / kind, options.frames_per_second,
                                                               film_of(film, kind, painter.kinds().size() == 1)));
    }
  }
  return exit_done;
}
}  // namespace

Verb make_field_render_verb() {
  return {
      .name = "render",
      .heading = "",
      .summary = "pictures of a field from training, held-out or new viewpoints",
      .examples = {{"field render runs/fox", "colour, depth and features of the held-out views"},
                   {"field render runs/fox --path interpolate --frames 240", "a move through the training views"},
                   {"field render runs/fox --path orbit --video fox.mp4", "a film once round the scene"},
                   {"field render runs/fox --show relevancy --query dog", "where the field holds 'dog'"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<RenderVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser.add_option("--views", options->views, "test, train, all, or a view's name");
        parser.add_option("--path", options->path, "a camera move instead: orbit, spiral or interpolate")
            ->check(CLI::IsMember({"orbit", "spiral", "interpolate"}));
        parser.add_option("--video", options->video,
                          "film of the move (.mp4, .webm, .mkv, .mov, .gif), made by ffmpeg; without ffmpeg: pictures");
        parser.add_option("--fps", options->frames_per_second, "of the film")->check(CLI::Range(1, 1000));
        parser.add_option("--show", options->show,
                          "comma list of rgb, depth, feature, relevancy (default: the first three; a film: rgb)");
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
