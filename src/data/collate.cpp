#include "data/collate.h"

#include <ATen/ATen.h>

#include <cstring>
#include <map>
#include <utility>

#include "core/errors.h"

namespace retort::data {
namespace {

template <class Value>
std::span<Value> row_of(at::Tensor& column, int64_t row) {
  const int64_t length = column.numel() / column.size(0);
  return {column.data_ptr<Value>() + row * length, size_t(length)};
}

// Fills the columns of one batch, sample by sample. The first sample decides the sizes.
class Collator {
 public:
  Collator(const Dataset& dataset, const Pipeline& pipeline, DecodeScale decode_scale, int64_t count)
      : dataset_(dataset), pipeline_(pipeline), decode_scale_(decode_scale), count_(count) {}

  void add(int64_t row, int64_t index, const RandomTree& random) {
    add(row, index, random, dataset_.sample_part(index, [&](const io::ImageSize& whole) {
      return part_for(pipeline_, whole, random, decode_scale_);
    }));
  }

  /// The same of a sample that was read.
  void add(int64_t row, int64_t index, const RandomTree& random, Sample sample) {
    pipeline_.change_bytes(sample, random);
    if (row == 0) begin(sample);
    check_size(sample.image, index);
    pipeline_.write_floats(sample.image, random, row_of<float>(image_, row));
    switch (dataset_.task()) {
      case Task::none:
        return;
      case Task::classification:
        target_.data_ptr<int64_t>()[row] = sample.label;
        return;
      case Task::segmentation:
        return write_label_map(sample, row, index);
      case Task::detection:
        return add_boxes(sample);
      case Task::super_resolution:
        return write_detail(sample, row, index);
    }
  }

  Batch finish() {
    Batch batch{.size = count_};
    batch.columns["image"] = image_;
    if (target_.defined()) batch.columns["target"] = target_;
    if (dataset_.task() == Task::detection) finish_boxes(batch);
    return batch;
  }

 private:
  void begin(const Sample& sample) {
    const Picture& image = sample.image;
    image_ = at::empty({count_, image.channels, image.height, image.width}, at::kFloat);
    if (dataset_.task() == Task::classification) target_ = at::empty({count_}, at::kLong);
    if (dataset_.task() == Task::super_resolution) {
      const Picture& detail = sample.detail;
      target_ = at::empty({count_, detail.channels, detail.height, detail.width}, at::kFloat);
    }
    if (dataset_.task() == Task::segmentation) target_ = at::empty({count_, image.height, image.width}, at::kLong);
  }

  void check_size(const Picture& image, int64_t index) const {
    if (image.channels == image_.size(1) && image.height == image_.size(2) && image.width == image_.size(3)) return;
    user_error(
        "{}: is a picture [{},{},{}] in a batch of pictures [{},{},{}]; a resize or crop among the transforms "
        "makes them equal",
        dataset_.sample_name(index), image.channels, image.height, image.width, image_.size(1), image_.size(2),
        image_.size(3));
  }

  void write_label_map(const Sample& sample, int64_t row, int64_t index) {
    if (sample.mask.height != sample.image.height || sample.mask.width != sample.image.width) {
      user_error("{}: its label map is {}x{}, its picture {}x{}", dataset_.sample_name(index), sample.mask.width,
                 sample.mask.height, sample.image.width, sample.image.height);
    }
    const auto to = row_of<int64_t>(target_, row);
    for (size_t i = 0; i < to.size(); ++i) to[i] = sample.mask.pixels[i];
  }

  // Floats in [0, 1]; what normalises the small picture leaves the large one as it is.
  void write_detail(const Sample& sample, int64_t row, int64_t index) {
    const Picture& detail = sample.detail;
    if (detail.channels != target_.size(1) || detail.height != target_.size(2) || detail.width != target_.size(3)) {
      user_error(
          "{}: has a large picture [{},{},{}] in a batch of [{},{},{}]; a crop among the transforms makes them "
          "equal",
          dataset_.sample_name(index), detail.channels, detail.height, detail.width, target_.size(1), target_.size(2),
          target_.size(3));
    }
    const auto to = row_of<float>(target_, row);
    for (size_t i = 0; i < to.size(); ++i) to[i] = float(detail.pixels[i]) / 255.f;
  }

  void add_boxes(const Sample& sample) {
    for (const Box& box : sample.boxes) {
      corners_.insert(corners_.end(), {box.x_min, box.y_min, box.x_max, box.y_max});
      box_labels_.push_back(box.label);
      difficult_.push_back(box.difficult ? 1 : 0);
    }
    offsets_.push_back(int64_t(box_labels_.size()));
  }

  template <class Value>
  static at::Tensor column_of(const std::vector<Value>& values, at::IntArrayRef shape, at::ScalarType type) {
    at::Tensor column = at::empty(shape, type);
    if (!values.empty()) std::memcpy(column.data_ptr(), values.data(), values.size() * sizeof(Value));
    return column;
  }

  void finish_boxes(Batch& batch) const {
    const auto boxes = int64_t(box_labels_.size());
    const at::Tensor offsets = column_of(offsets_, {int64_t(offsets_.size())}, at::kLong);
    batch.ragged["boxes"] = {column_of(corners_, {boxes, 4}, at::kFloat), offsets};
    batch.ragged["box_labels"] = {column_of(box_labels_, {boxes}, at::kLong), offsets};
    batch.ragged["box_difficult"] = {column_of(difficult_, {boxes}, at::kByte).to(at::kBool), offsets};
  }

  const Dataset& dataset_;
  const Pipeline& pipeline_;
  DecodeScale decode_scale_;
  int64_t count_;
  at::Tensor image_, target_;
  std::vector<float> corners_;
  std::vector<int64_t> box_labels_, offsets_ = {0};
  std::vector<uint8_t> difficult_;
};

/// Samples that come several times, with their rows in order.
std::map<int64_t, std::vector<int64_t>> rows_of_repeated(std::span<const int64_t> indices) {
  std::map<int64_t, std::vector<int64_t>> rows;
  for (size_t row = 0; row < indices.size(); ++row) rows[indices[row]].push_back(int64_t(row));
  std::erase_if(rows, [](const auto& entry) { return entry.second.size() == 1; });
  return rows;
}

}  // namespace

Batch collate(const Dataset& dataset, const Pipeline& pipeline, std::span<const int64_t> indices,
              const RandomTree& epoch_random, DecodeScale decode_scale) {
  std::vector<RandomTree> streams;
  for (const int64_t index : indices) streams.push_back(epoch_random.child(uint64_t(index)));
  return collate(dataset, pipeline, indices, std::move(streams), decode_scale);
}

Batch collate(const Dataset& dataset, const Pipeline& pipeline, std::span<const int64_t> indices,
              std::vector<RandomTree> streams, DecodeScale decode_scale) {
  RT_CHECK(!indices.empty(), "a batch of no samples");
  RT_CHECK(indices.size() == streams.size(), "{} samples, {} random streams", indices.size(), streams.size());
  const auto count = int64_t(indices.size());
  Collator collator(dataset, pipeline, decode_scale, count);
  // Boxes are gathered row after row, and a smaller decoding is of one crop alone.
  const bool reads_once = dataset.task() != Task::detection && decode_scale == DecodeScale::none;
  const auto rows_of = reads_once ? rows_of_repeated(indices) : std::map<int64_t, std::vector<int64_t>>();
  for (int64_t row = 0; row < count; ++row) {
    const int64_t index = indices[size_t(row)];
    const auto repeated = rows_of.find(index);
    try {
      if (repeated == rows_of.end()) {
        collator.add(row, index, streams[size_t(row)]);
      } else if (repeated->second.front() == row) {
        const Sample whole = dataset.sample(index);
        for (const int64_t each : repeated->second) collator.add(each, index, streams[size_t(each)], whole);
      }
    } catch (const UserError& error) {
      // Readers lead their messages with the file already; transforms know of none.
      const std::string name = dataset.sample_name(index), message = error.what();
      if (message.starts_with(name)) throw;
      user_error("{}: {}", name, message);
    }
  }
  Batch batch = collator.finish();
  batch.columns["sample_index"] = at::empty({count}, at::kLong);
  std::memcpy(batch.columns["sample_index"].data_ptr(), indices.data(), indices.size_bytes());
  batch.sample_random = std::move(streams);
  return batch;
}

}  // namespace retort::data
