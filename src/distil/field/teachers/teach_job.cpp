#include "distil/field/teachers/teach_job.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "core/choice_name.h"
#include "core/context.h"
#include "core/errors.h"
#include "core/recipe.h"
#include "core/registries.h"
#include "core/text.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/teacher_network.h"
#include "distil/field/teachers/teacher_record.h"
#include "io/atomic_file.h"
#include "io/image.h"
#include "io/sha256.h"
#include "run/job.h"
#include "run/state.h"
#include "weights/store.h"

namespace retort::field {

namespace {
std::filesystem::path output_folder(const TeachOptions& options) {
  if (!options.output.empty()) return options.output;
  return std::filesystem::path(options.scene.path) / ("teacher_" + choice_name(options.network));
}

Scene scene_at_full_size(SceneOptions options) {
  options.resolution = "full";
  return load_scene(options);
}

class TeachJob : public run::Job {
 public:
  explicit TeachJob(const TeachOptions& options)
      : options_(options),
        folder_(output_folder(options)),
        weights_(weights::locate_weights(options.weights)),
        network_(make_teacher_network(options.network, weights_)) {
    record_.network = choice_name(options_.network);
    record_.weights_sha256 = io::sha256_of_file(weights_);
    record_.weights_file = weights_.filename().string();
    record_.longest_side = options_.longest_side;
    record_.map_format = choice_name(options_.format);
    for (const auto& output : network_->outputs())
      record_.outputs.push_back({output.folder, output.channels, output.meaning});
    record_.require_same(folder_);
    scene_ = scene_at_full_size(options_.scene);
  }

  run::Plan plan() override {
    run::Plan plan;
    plan.phases.push_back({"teach", static_cast<int64_t>(scene_.views.size())});
    // Photo, network input and the widest pair of activations (144 channels at a quarter of the side, twice).
    const int64_t input_pixels = options_.longest_side * options_.longest_side;
    for (const auto& view : scene_.views)
      plan.memory_bytes = std::max(plan.memory_bytes, int64_t{6} * view.camera.width * view.camera.height);
    plan.memory_bytes += input_pixels * 4 * (3 + 2 * 96 / 4);
    for (const auto& output : network_->outputs())
      plan.notes.push_back(fmt::format("{}: {} channels, {}", (folder_ / output.folder).lexically_normal().string(),
                                       output.channels, output.meaning));
    return plan;
  }

  std::string resolved_recipe() override {
    return Recipe::parse("distil: field\nmethod: teach\n", "teach").resolved(options_);
  }

  int64_t steps_done() const override { return next_; }

  bool step(run::Recorder& recorder) override {
    if (next_ == static_cast<int64_t>(scene_.views.size())) return false;
    if (next_ == 0) begin();
    const auto& view = scene_.views[next_];
    const bool kept = is_taught(view);
    if (!kept) teach(view);
    ++next_;
    recorder.status(fmt::format("{} {}", view.stem(), kept ? "kept" : "taught"));
    return true;
  }

  void save(run::StateWriter& writer) const override { writer.integer("views_done", next_); }

  void load(const run::StateReader& reader) override {
    // Maps that were removed since are made again: every view is looked at anew, which costs little where a map is.
    const int64_t done = reader.integer("views_done");
    if (done < 0 || done > static_cast<int64_t>(scene_.views.size()))
      user_error("{}: the checkpoint has {} views done, the scene has {}", options_.scene.path, done,
                 scene_.views.size());
    next_ = 0;
    while (next_ < done && is_taught(scene_.views[next_])) ++next_;
  }

  run::Products finish(const std::filesystem::path& folder, run::Recorder&) override {
    // The maps stay with the scene; the run folder keeps the record that says where and how.
    record_.write(folder);
    return {{"teacher", "features", "teacher.json"}};
  }

 private:
  /// What lies in the output folder before the first map.
  void begin() const {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) user_error("{}: can't make the folder: {}", folder_.string(), error.message());
    record_.write(folder_);
    const auto words = network_->words();
    if (words.empty()) return;
    Vocabulary vocabulary;
    nlohmann::ordered_json classes = nlohmann::ordered_json::array();
    for (const auto& word : words) {
      vocabulary.add(word.name, word.direction);
      classes.push_back({{"name", word.name}, {"norm", word.norm}, {"bias", word.bias}});
    }
    vocabulary.save(folder_ / "vocabulary");
    const nlohmann::ordered_json note = {
        {"note",
         "norm * <direction, feature> + bias = score of the class less the background's (of the background: less the "
         "mean of the others); <name>.npy holds the direction"},
        {"classes", classes}};
    io::write_whole_file(folder_ / "vocabulary" / "classes.json", note.dump(2) + "\n");
  }

  MapShape expected_shape(const View& view, const TeacherOutput& output) const {
    const auto size = network_input_size({view.camera.width, view.camera.height}, options_.longest_side);
    return {output.channels, (size.height - 1) / teacher_stride + 1, (size.width - 1) / teacher_stride + 1};
  }

  /// Whether all maps of the view are there and whole. Files appear under their names only when they are complete, but
  /// somebody may have damaged one since.
  bool is_taught(const View& view) const {
    for (const auto& output : network_->outputs()) {
      const auto file = feature_map_path(folder_ / output.folder, view.stem(), options_.format);
      std::error_code ignored;
      if (!std::filesystem::exists(file, ignored)) return false;
      try {
        if (!(shape_of(open_feature_map(file)) == expected_shape(view, output))) return false;
      } catch (const UserError&) {
        return false;
      }
    }
    return true;
  }

  void teach(const View& view) {
    const auto photo = load_view_image(view, scene_.background).rgb;
    const auto size = network_input_size({photo.width, photo.height}, options_.longest_side);
    const auto maps = network_->run(network_input(photo, size));
    const auto outputs = network_->outputs();
    for (size_t i = 0; i < outputs.size(); ++i)
      write_feature_map(folder_ / outputs[i].folder, view.stem(), maps.at(i), options_.format);
  }

  TeachOptions options_;
  std::filesystem::path folder_;
  std::filesystem::path weights_;
  std::unique_ptr<TeacherNetwork> network_;
  TeacherRecord record_;
  Scene scene_;
  int64_t next_ = 0;
};
}  // namespace

std::vector<std::string> choices(TeacherNetworkKind) { return {"deeplab_v3", "mobilenet_v2"}; }

void TeachOptions::check(Problems& problems) const {
  problems.require(!weights.empty(), "weights",
                   "the network's weights are needed, as a safetensors file; nothing is downloaded. "
                   "docs/teachers.md says where to get them");
}

std::unique_ptr<run::Job> make_teach_job(const TeachOptions& options, Context&) {
  Problems problems;
  options.check(problems);
  problems.raise("teach");
  return std::make_unique<TeachJob>(options);
}

}  // namespace retort::field

namespace retort {

void register_teach_job(Registries& registries) {
  registries.methods.add("teach", {.family = "field",
                                   .paper = "",
                                   .summary = "runs a network over the photos of a scene and writes teacher maps",
                                   .equation = "nothing is minimised: one forward pass a photo",
                                   .sources = "no paper; what comes before a field's training",
                                   .page = "docs/teachers.md",
                                   .options = describe_options<field::TeachOptions>,
                                   .make = [](const Recipe& recipe, Context& context) {
                                     return field::make_teach_job(recipe.read<field::TeachOptions>(), context);
                                   }});
}

}  // namespace retort
