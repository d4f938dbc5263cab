#include "distil/field/scene/synthetic.h"

#include <algorithm>
#include <numbers>

#include "core/errors.h"
#include "distil/field/scene/synthetic_tracer.h"

namespace retort::field {
namespace {

constexpr int synthetic_hold_out_every = 6, synthetic_first_held_out = 3;
constexpr double orbit_distance = 5.0;  // from what the cameras look at, world units
constexpr double degrees = std::numbers::pi / 180;
constexpr double low_ring = 40 * degrees, high_ring = 56 * degrees;
constexpr double horizontal_view = 50 * degrees;
constexpr Vec3 looked_at = {0, 0, 0.3};

Matrix4 look_down(Vec3 eye, Vec3 target) {
  const Vec3 forward = normalised(target - eye), right = normalised(cross(forward, {0, 0, 1}));
  const Vec3 down = cross(forward, right);
  return {right.x,   right.y,   right.z,   -dot(right, eye),   down.x, down.y, down.z, -dot(down, eye),
          forward.x, forward.y, forward.z, -dot(forward, eye), 0,      0,      0,      1};
}

// Two rings in turn, so that each solid is seen from its sides and from above.
Camera orbit_camera(const SyntheticOptions& options, int view) {
  const double around = 2 * std::numbers::pi * view / options.views;
  const double elevation = view % 2 ? high_ring : low_ring;
  const Vec3 offset = {std::cos(around) * std::cos(elevation), std::sin(around) * std::cos(elevation),
                       std::sin(elevation)};
  const double focal = options.width / (2 * std::tan(horizontal_view / 2));
  return {.width = options.width,
          .height = options.height,
          .fx = focal,
          .fy = focal,
          .cx = options.width / 2.0,
          .cy = options.height / 2.0,
          .world_to_camera = look_down(looked_at + offset * orbit_distance, looked_at)};
}

View orbit_view(const SyntheticOptions& options, int index) {
  View view;
  view.name = fmt::format("view_{:03}.png", index);
  view.camera = orbit_camera(options, index);
  view.lens = {.model = LensModel::pinhole,
               .width = view.camera.width,
               .height = view.camera.height,
               .fx = view.camera.fx,
               .fy = view.camera.fy,
               .cx = view.camera.cx,
               .cy = view.camera.cy};
  return view;
}

Vec3 camera_eye(const Camera& camera) {
  const auto centre = camera.centre();
  return {centre[0], centre[1], centre[2]};
}

void render_row(const SyntheticTracer& tracer, const Camera& camera, int supersampling, int y, ViewImage& image,
                SyntheticTruth& truth) {
  const Vec3 eye = camera_eye(camera);
  const auto& m = camera.world_to_camera;
  for (int x = 0; x < camera.width; ++x) {
    const size_t pixel = size_t(y) * camera.width + x;
    const auto hit = tracer.trace(eye, camera_ray(camera, x + 0.5, y + 0.5));
    truth.labels[pixel] = uint8_t(hit.label);
    truth.depth[pixel] = float(m[8] * hit.position.x + m[9] * hit.position.y + m[10] * hit.position.z + m[11]);
    truth.normals[3 * pixel] = float(hit.normal.x);
    truth.normals[3 * pixel + 1] = float(hit.normal.y);
    truth.normals[3 * pixel + 2] = float(hit.normal.z);
    Vec3 light;
    for (int sample = 0; sample < supersampling * supersampling; ++sample) {
      const double across = (sample % supersampling + 0.5) / supersampling,
                   down = (sample / supersampling + 0.5) / supersampling;
      light = light + tracer.radiance(tracer.trace(eye, camera_ray(camera, x + across, y + down)));
    }
    light = light * (1.0 / (supersampling * supersampling));
    const double channels[] = {light.x, light.y, light.z};
    for (int c = 0; c < 3; ++c) image.rgb.pixels[3 * pixel + c] = uint8_t(srgb_value(channels[c]) + 0.5);
  }
}

void render_views(const SyntheticOptions& options, const SyntheticTracer& tracer, ThreadPool& pool,
                  SyntheticScene& scene) {
  const size_t pixels = size_t(options.width) * options.height;
  for (int i = 0; i < options.views; ++i) {
    scene.images.push_back({.rgb = io::make_image(options.width, options.height, 3), .mask = {}});
    scene.truth.push_back({.labels = std::vector<uint8_t>(pixels),
                           .depth = std::vector<float>(pixels),
                           .normals = std::vector<float>(3 * pixels)});
  }
  pool.run(int64_t(options.views) * options.height, [&](int64_t task) {
    const auto view = size_t(task / options.height);
    render_row(tracer, scene.scene.views[view].camera, options.supersampling, int(task % options.height),
               scene.images[view], scene.truth[view]);
  });
}

void add_pixel_noise(const SyntheticOptions& options, const RandomTree& random, SyntheticScene& scene) {
  if (options.noise.pixel_stddev == 0) return;
  for (size_t view = 0; view < scene.images.size(); ++view) {
    auto generator = random.child("pixels").child(view).generator();
    for (uint8_t& value : scene.images[view].rgb.pixels) {
      value = uint8_t(std::clamp(value + options.noise.pixel_stddev * generator.normal() + 0.5, 0.0, 255.0));
    }
  }
}

// What a sparse reconstruction would find: surface points that training views see, with the colour they have there.
void sample_points(const SyntheticOptions& options, const SyntheticTracer& tracer, RandomGenerator random,
                   SyntheticScene& scene) {
  const auto& train = scene.scene.train;
  for (int i = 0; i < options.points; ++i) {
    const auto& camera = scene.scene.views[size_t(train[size_t(random.integer(int64_t(train.size())))])].camera;
    const double x = random.uniform() * camera.width, y = random.uniform() * camera.height;
    const auto hit = tracer.trace(camera_eye(camera), camera_ray(camera, x, y));
    const auto light = tracer.radiance(hit);
    for (const double coordinate : {hit.position.x, hit.position.y, hit.position.z}) {
      scene.scene.points.positions.push_back(float(coordinate + options.noise.point_stddev * random.normal()));
    }
    for (const double channel : {light.x, light.y, light.z}) {
      scene.scene.points.colours.push_back(uint8_t(srgb_value(channel) + 0.5));
    }
    scene.point_labels.push_back(hit.label);
  }
}

// Rows of a cosine basis: smooth along the channels, orthogonal, of equal length.
std::vector<float> cosine_features(int classes, int dim, double norm) {
  std::vector<float> features;
  for (int k = 0; k < classes; ++k) {
    for (int c = 0; c < dim; ++c) {
      features.push_back(float(norm * std::sqrt(2.0 / dim) * std::cos(std::numbers::pi * (c + 0.5) * (k + 1) / dim)));
    }
  }
  return features;
}

// Mean of the class directions under each map pixel, plus noise of this view's own.
std::vector<float> teacher_map(const SyntheticScene& scene, const SyntheticOptions& options, size_t view,
                               RandomGenerator random) {
  const int w = scene.map_width, h = scene.map_height, dim = options.feature_dim, block = options.feature_downscale;
  std::vector<float> map(size_t(dim) * h * w, 0.0F);
  const float share = 1.0F / float(block * block);
  for (int y = 0; y < h * block; ++y) {
    for (int x = 0; x < w * block; ++x) {
      const float* direction =
          &scene.class_features[size_t(scene.truth[view].labels[size_t(y) * options.width + x]) * dim];
      for (int c = 0; c < dim; ++c) map[(size_t(c) * h + y / block) * w + x / block] += share * direction[c];
    }
  }
  for (float& value : map) value += float(options.noise.feature_stddev * random.normal());
  return map;
}

void check_synthetic(const SyntheticOptions& options) {
  Problems problems;
  options.check(problems);
  problems.raise("synthetic scene");
}

RandomTree scene_random(const SyntheticOptions& options) {
  return RandomTree(uint64_t(options.seed)).child("synthetic scene");
}

std::vector<Solid> scene_solids(const SyntheticOptions& options) {
  return place_solids(options.solids, scene_random(options).child("layout").generator());
}

}  // namespace

std::vector<int> nearest_surface_classes(const SyntheticOptions& options,
                                         const std::vector<std::array<double, 3>>& positions) {
  const auto solids = scene_solids(options);
  std::vector<int> classes;
  for (const auto& [x, y, z] : positions) {
    int nearest = 0;
    double least = std::abs(z);  // the floor is z = 0
    for (const auto& solid : solids) {
      const double distance = std::abs(solid.distance({x, y, z}));
      if (distance >= least) continue;
      least = distance;
      nearest = solid.label;
    }
    classes.push_back(nearest);
  }
  return classes;
}

void SyntheticOptions::check(Problems& problems) const {
  problems.require(feature_dim > solids + 1, "feature_dim", "must exceed the number of classes (solids and floor)");
  problems.require(width % feature_downscale == 0 && height % feature_downscale == 0, "feature_downscale",
                   "must divide width and height");
}

SyntheticScene make_synthetic_scene(const SyntheticOptions& options, ThreadPool& pool) {
  check_synthetic(options);
  const auto random = scene_random(options);
  const SyntheticTracer tracer(scene_solids(options));
  SyntheticScene scene;
  scene.options = options;
  std::vector<Vector3> centres;
  for (int i = 0; i < options.views; ++i) {
    scene.scene.views.push_back(orbit_view(options, i));
    const bool held_out = i % synthetic_hold_out_every == synthetic_first_held_out;
    (held_out ? scene.scene.test : scene.scene.train).push_back(i);
    if (!held_out) centres.push_back(scene.scene.views.back().camera.centre());
  }
  scene.scene.extent = scene_extent(centres);
  scene.class_names = {"floor"};
  for (const auto& solid : tracer.solids()) {
    scene.class_names.emplace_back(shape_name(solid.shape));
    scene.boxes.push_back(solid.box());
  }
  render_views(options, tracer, pool, scene);
  add_pixel_noise(options, random, scene);
  sample_points(options, tracer, random.child("points").generator(), scene);
  scene.feature_dim = options.feature_dim;
  scene.map_width = options.width / options.feature_downscale;
  scene.map_height = options.height / options.feature_downscale;
  scene.class_features = cosine_features(scene.classes(), options.feature_dim, options.feature_norm);
  scene.teacher_maps.resize(size_t(options.views));
  pool.run(options.views, [&](int64_t view) {
    scene.teacher_maps[size_t(view)] =
        teacher_map(scene, options, size_t(view), random.child("teacher").child(uint64_t(view)).generator());
  });
  return scene;
}

std::vector<uint8_t> nearest_classes(const std::vector<float>& map, const std::vector<float>& class_features,
                                     int feature_dim) {
  const auto dim = size_t(feature_dim);
  const size_t classes = class_features.size() / dim, pixels = map.size() / dim;
  std::vector<uint8_t> nearest(pixels, 0);
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    float best = -std::numeric_limits<float>::infinity();
    for (size_t k = 0; k < classes; ++k) {
      float product = 0;
      for (size_t c = 0; c < dim; ++c) product += class_features[k * dim + c] * map[c * pixels + pixel];
      if (product <= best) continue;
      best = product;
      nearest[pixel] = uint8_t(k);
    }
  }
  return nearest;
}

std::vector<uint8_t> labels_at_map_size(const SyntheticScene& scene, int view) {
  const auto& camera = scene.scene.views[size_t(view)].camera;
  const int block = camera.width / scene.map_width;
  const auto& labels = scene.truth[size_t(view)].labels;
  std::vector<uint8_t> result;
  for (int y = 0; y < scene.map_height; ++y) {
    for (int x = 0; x < scene.map_width; ++x) {
      std::vector<int> votes(size_t(scene.classes()), 0);
      for (int i = 0; i < block * block; ++i) {
        ++votes[labels[size_t(y * block + i / block) * camera.width + x * block + i % block]];
      }
      result.push_back(uint8_t(std::max_element(votes.begin(), votes.end()) - votes.begin()));
    }
  }
  return result;
}

}  // namespace retort::field
