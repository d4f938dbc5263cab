#include "distil/field/teachers/compress_maps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/errors.h"
#include "distil/field/teachers/coded_maps.h"
#include "distil/field/teachers/feature_basis.h"
#include "io/tensor/tensor_io.h"

namespace retort::field {

namespace {
using Stop = std::function<bool()>;

/// [C,h,w] float16 -> [h*w,C] float32.
at::Tensor pixel_rows(const at::Tensor& map) { return map.flatten(1).t().to(at::kFloat).contiguous(); }

/// The maps that go together: those with as many channels as the first of the least nested ones.
std::vector<std::string> chosen_stems(const MapSource& source, std::vector<std::string>& left_out) {
  auto stems = source.stems();
  const auto depth = [](const std::string& stem) { return std::count(stem.begin(), stem.end(), '/'); };
  const auto first =
      std::min_element(stems.begin(), stems.end(), [&](const auto& a, const auto& b) { return depth(a) < depth(b); });
  const int64_t channels = source.shape(*first).channels;
  std::vector<std::string> chosen;
  for (const auto& stem : stems) (source.shape(stem).channels == channels ? chosen : left_out).push_back(stem);
  return chosen;
}

/// Pixels of all maps, an even share of each, as rows [M,C]; fewer than wanted where there are fewer.
at::Tensor sampled_pixels(const MapSource& source, const std::vector<std::string>& stems, int64_t wanted,
                          const RandomTree& random, const Stop& stop) {
  const auto maps = static_cast<int64_t>(stems.size());
  std::vector<at::Tensor> samples;
  int64_t missing = wanted;
  for (int64_t index = 0; index < maps && !stop(); ++index) {
    const auto rows = pixel_rows(source.read(stems[index]));
    // What small maps lack is made up by those that follow.
    const int64_t share = std::min(rows.size(0), (missing + maps - index - 1) / (maps - index));
    auto order = random.child(stems[index]).generator().permutation(rows.size(0));
    order.resize(static_cast<size_t>(share));
    std::sort(order.begin(), order.end());
    samples.push_back(rows.index_select(0, at::tensor(order)));
    missing -= share;
  }
  return samples.empty() ? at::Tensor() : at::cat(samples);
}

/// What all views share, and how a map is told by it.
class MapCoder {
 public:
  MapCoder(const MapSource& source, const std::vector<std::string>& stems, const metrics::CodingChoice& choice,
           const std::string& folder, const RandomTree& random, ThreadPool& pool, const Stop& stop)
      : choice_(choice), pool_(pool) {
    if (choice.pca > 0) {
      fit_basis(source, stems, folder);
      return;
    }
    const int64_t wanted = std::max({metrics::coding_sample_rows, choice.codebook, choice.sparse_entries});
    const auto sample = sampled_pixels(source, stems, wanted, random.child("pixels"), stop);
    if (stop()) return;
    const auto generator = random.child("codes").generator();
    if (choice.codebook > 0) {
      codebook_ = metrics::learn_codebook(sample, choice.codebook, generator, pool);
      if (choice.half) codebook_ = metrics::rounded_to_half(codebook_, folder);
    } else {
      codebook_ = metrics::learn_sparse_entries(
          sample, {.entries = choice.sparse_entries, .terms = choice.sparse_terms, .half_entries = choice.half},
          generator, pool);
    }
  }

  void put_shared(io::NamedTensors& tensors) const {
    const auto& shared = choice_.pca > 0 ? basis_.columns : codebook_;
    tensors[choice_.pca > 0 ? "basis" : "codebook"] = metrics::packed_values(shared);
  }

  void put_view(const std::string& stem, const at::Tensor& map, io::NamedTensors& tensors) const {
    if (choice_.pca > 0) {
      tensors["channels/" + stem] = basis_.reduce_map(map);
      return;
    }
    const auto rows = pixel_rows(map);
    const auto codes = choice_.codebook > 0 ? metrics::nearest_codes(rows, codebook_, pool_)
                                            : metrics::sparse_codes(rows, codebook_, choice_.sparse_terms);
    const std::vector<int64_t> shape = {map.size(1), map.size(2), codes.terms()};
    tensors["indices/" + stem] = metrics::packed_indices(codes.indices, codes.entries()).view(shape);
    if (codes.has_coefficients()) {
      tensors["coefficients/" + stem] = codes.coefficients.to(at::kHalf).view(shape);
    }
  }

 private:
  void fit_basis(const MapSource& source, const std::vector<std::string>& stems, const std::string& folder) {
    const int64_t channels = source.shape(stems.front()).channels;
    if (choice_.pca > channels) user_error("--pca {}: the maps have {} channels; take fewer", choice_.pca, channels);
    std::vector<int64_t> numbers(stems.size());
    std::iota(numbers.begin(), numbers.end(), 0);
    basis_ = sampled_basis(numbers, channels, choice_.pca, folder,
                           [&](int64_t number) { return source.read(stems.at(number)); });
    // Channels are float16 as it is.
    if (choice_.half) basis_.columns = metrics::rounded_to_half(basis_.columns, folder);
  }

  metrics::CodingChoice choice_;
  ThreadPool& pool_;
  at::Tensor codebook_;
  FeatureBasis basis_;
};

void measure(const MapSource& source, const std::vector<std::string>& stems, const CodedMaps& coded,
             CompressedMaps& result) {
  metrics::CodingErrorSums all;
  for (const auto& stem : stems) {
    const auto rows = pixel_rows(source.read(stem)), back = pixel_rows(coded.read(stem));
    result.views.push_back({stem, metrics::coding_error(rows, back)});
    all.add(rows, back);
    result.bytes_before += rows.numel() * 2;
  }
  result.error = all.error();
}

void copy_words(const std::filesystem::path& folder, const std::filesystem::path& output) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder / "vocabulary", error)) return;
  using std::filesystem::copy_options;
  std::filesystem::copy(folder / "vocabulary", output / "vocabulary",
                        copy_options::recursive | copy_options::overwrite_existing, error);
  if (error) user_error("{}: can't copy the words: {}", (output / "vocabulary").string(), error.message());
}

void make_output(const std::filesystem::path& folder, const std::filesystem::path& output) {
  std::error_code error;
  std::filesystem::create_directories(output, error);
  if (error) user_error("{}: can't make the folder: {}", output.string(), error.message());
  if (std::filesystem::equivalent(folder, output, error) || !MapFolder(output).empty()) {
    user_error("{}: is the maps' own folder, or has others in files of their own; name another folder with --output",
               output.string());
  }
}
}  // namespace

CompressedMaps compress_maps(const std::filesystem::path& folder, const std::filesystem::path& output,
                             const metrics::CodingChoice& choice, const RandomTree& random, ThreadPool& pool,
                             const Stop& stop) {
  const auto source = open_map_source(folder);
  if (source->stems().empty()) {
    user_error("{}: no teacher maps there (<view>_fmap_CxHxW.pt, .npy or .safetensors)", folder.string());
  }
  CompressedMaps result;
  const auto stems = chosen_stems(*source, result.left_out);
  make_output(folder, output);
  const MapCoder coder(*source, stems, choice, folder.string(), random, pool, stop);
  io::NamedTensors tensors;
  for (const auto& stem : stems) {
    if (stop()) return result;
    coder.put_view(stem, source->read(stem), tensors);
  }
  coder.put_shared(tensors);
  for (const auto& entry : tensors) result.bytes_after += static_cast<int64_t>(entry.second.nbytes());
  io::save_safetensors(output / coded_maps_file, tensors, coded_maps_metadata);
  copy_words(folder, output);
  const CodedMaps coded(output / coded_maps_file);
  result.description = coded.description();
  result.channels = source->shape(stems.front()).channels;
  measure(*source, stems, coded, result);
  return result;
}

nlohmann::ordered_json to_json(const CompressedMaps& compressed) {
  nlohmann::ordered_json json = {{"maps", compressed.description},
                                 {"channels", compressed.channels},
                                 {"bytes_before", compressed.bytes_before},
                                 {"bytes_after", compressed.bytes_after}};
  const auto put_error = [](nlohmann::ordered_json& target, const metrics::CodingError& error) {
    target["relative_l2"] = error.relative_l2;
    target["mean_cosine"] = error.mean_cosine;
    target["worst_cosine"] = error.worst_cosine;
  };
  put_error(json, compressed.error);
  for (const auto& view : compressed.views) {
    nlohmann::ordered_json entry = {{"view", view.stem}};
    put_error(entry, view.error);
    json["views"].push_back(entry);
  }
  if (!compressed.left_out.empty()) json["left_out"] = compressed.left_out;
  return json;
}

}  // namespace retort::field
