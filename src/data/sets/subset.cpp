#include "data/sets/subset.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "core/errors.h"
#include "core/text.h"

namespace retort::data {
namespace {

class Subset : public Dataset {
 public:
  Subset(DatasetPtr whole, std::vector<int64_t> indices) : whole_(std::move(whole)), indices_(std::move(indices)) {
    for (const int64_t index : indices_) {
      RT_CHECK(index >= 0 && index < whole_->size(), "sample {} of {}", index, whole_->size());
    }
  }

  int64_t size() const override { return int64_t(indices_.size()); }
  Task task() const override { return whole_->task(); }
  const std::vector<std::string>& class_names() const override { return whole_->class_names(); }
  int64_t label(int64_t index) const override { return whole_->label(place(index)); }
  std::string sample_name(int64_t index) const override { return whole_->sample_name(place(index)); }
  Sample sample(int64_t index) const override { return whole_->sample(place(index)); }
  Sample sample_part(int64_t index, const PartChooser& choose) const override {
    return whole_->sample_part(place(index), choose);
  }

 private:
  int64_t place(int64_t index) const {
    RT_CHECK(index >= 0 && index < size(), "sample {} of {}", index, size());
    return indices_[size_t(index)];
  }

  DatasetPtr whole_;
  std::vector<int64_t> indices_;
};

// Classes renumbered; the samples are those of a subset that has no other classes.
class RenumberedClasses : public Dataset {
 public:
  RenumberedClasses(DatasetPtr whole, std::vector<std::string> names, std::map<int64_t, int64_t> numbers)
      : whole_(std::move(whole)), names_(std::move(names)), numbers_(std::move(numbers)) {}

  int64_t size() const override { return whole_->size(); }
  const std::vector<std::string>& class_names() const override { return names_; }
  int64_t label(int64_t index) const override { return numbers_.at(whole_->label(index)); }
  std::string sample_name(int64_t index) const override { return whole_->sample_name(index); }
  Sample sample(int64_t index) const override {
    Sample sample = whole_->sample(index);
    sample.label = label(index);
    return sample;
  }
  Sample sample_part(int64_t index, const PartChooser& choose) const override {
    Sample sample = whole_->sample_part(index, choose);
    sample.label = label(index);
    return sample;
  }

 private:
  DatasetPtr whole_;
  std::vector<std::string> names_;
  std::map<int64_t, int64_t> numbers_;
};

std::vector<int64_t> class_counts(const Dataset& dataset) {
  if (dataset.task() != Task::classification)
    user_error("samples can be chosen by class only where each has one class");
  std::vector<int64_t> counts(size_t(dataset.class_count()));
  for (int64_t i = 0; i < dataset.size(); ++i) ++counts[size_t(dataset.label(i))];
  return counts;
}

// The first samples of each class, as many as `wanted` says, in the set's order.
DatasetPtr first_of_each_class(DatasetPtr dataset, std::vector<int64_t> wanted) {
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < dataset->size(); ++i) {
    int64_t& left = wanted[size_t(dataset->label(i))];
    if (left <= 0) continue;
    --left;
    indices.push_back(i);
  }
  return choose_samples(std::move(dataset), std::move(indices));
}

}  // namespace

DatasetPtr choose_samples(DatasetPtr dataset, std::vector<int64_t> indices) {
  return std::make_shared<Subset>(std::move(dataset), std::move(indices));
}

DatasetPtr first_samples(DatasetPtr dataset, int64_t count) {
  std::vector<int64_t> indices(size_t(std::clamp<int64_t>(count, 0, dataset->size())));
  std::iota(indices.begin(), indices.end(), 0);
  return choose_samples(std::move(dataset), std::move(indices));
}

DatasetPtr balanced_samples(DatasetPtr dataset, int64_t count) {
  const auto available = class_counts(*dataset);
  const auto classes = int64_t(available.size());
  std::vector<int64_t> wanted;
  for (int64_t i = 0; i < classes; ++i) {
    wanted.push_back(count / classes + (i < count % classes ? 1 : 0));
    if (wanted.back() > available[size_t(i)]) {
      user_error("{} samples, equally many of each class, need {} of class '{}', which has {}", count, wanted.back(),
                 dataset->class_names()[size_t(i)], available[size_t(i)]);
    }
  }
  return first_of_each_class(std::move(dataset), std::move(wanted));
}

HeldOut hold_out(const DatasetPtr& dataset, int64_t count) {
  // Sets without one class a sample count as one class.
  const bool has_classes = dataset->task() == Task::classification;
  const auto class_of = [&](int64_t i) { return has_classes ? size_t(dataset->label(i)) : size_t{0}; };
  const auto available = has_classes ? class_counts(*dataset) : std::vector<int64_t>{dataset->size()};
  const auto classes = int64_t(available.size());
  std::vector<int64_t> left;  // samples of each class that stay
  for (int64_t i = 0; i < classes; ++i) {
    const int64_t taken = count / classes + (i < count % classes ? 1 : 0);
    left.push_back(available[size_t(i)] - taken);
    if (left.back() <= 0) {
      user_error("{} samples can't be held out: of {} there are {}", count,
                 has_classes ? fmt::format("class '{}'", dataset->class_names()[size_t(i)]) : "all",
                 available[size_t(i)]);
    }
  }
  std::vector<int64_t> rest, held_out;
  for (int64_t i = 0; i < dataset->size(); ++i) (left[class_of(i)]-- > 0 ? rest : held_out).push_back(i);
  return {choose_samples(dataset, std::move(rest)), choose_samples(dataset, std::move(held_out))};
}

DatasetPtr samples_per_class(DatasetPtr dataset, int64_t per_class) {
  std::vector<int64_t> wanted(class_counts(*dataset).size(), per_class);
  return first_of_each_class(std::move(dataset), std::move(wanted));
}

DatasetPtr choose_classes(DatasetPtr dataset, const std::vector<std::string>& classes) {
  class_counts(*dataset);  // refuses sets without one class a sample
  std::map<int64_t, int64_t> numbers;
  const auto& all = dataset->class_names();
  for (const auto& name : classes) {
    const auto place = std::find(all.begin(), all.end(), name);
    if (place == all.end()) user_error("unknown class '{}'{}", name, did_you_mean(name, all));
    if (!numbers.emplace(place - all.begin(), int64_t(numbers.size())).second) {
      user_error("class '{}' is named twice", name);
    }
  }
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < dataset->size(); ++i) {
    if (numbers.count(dataset->label(i)) > 0) indices.push_back(i);
  }
  auto chosen = choose_samples(std::move(dataset), std::move(indices));
  return std::make_shared<RenumberedClasses>(std::move(chosen), classes, std::move(numbers));
}

DatasetPtr merge_classes(DatasetPtr dataset, int64_t groups) {
  const auto& names = dataset->class_names();
  const int64_t classes = dataset->class_count();
  if (dataset->task() != Task::classification) user_error("classes can be merged only where each sample has one class");
  if (groups < 2 || groups > classes)
    user_error("{} classes can't be merged into {}; from 2 to {} would be right", classes, groups, classes);
  std::vector<std::string> merged;
  for (int64_t group = 0; group < groups; ++group) {
    const int64_t others = (classes - 1 - group) / groups;
    merged.push_back(others == 0 ? names[size_t(group)] : fmt::format("{} and {} more", names[size_t(group)], others));
  }
  std::map<int64_t, int64_t> numbers;
  for (int64_t i = 0; i < classes; ++i) numbers[i] = i % groups;
  return std::make_shared<RenumberedClasses>(std::move(dataset), std::move(merged), std::move(numbers));
}

DatasetPtr long_tailed_samples(DatasetPtr dataset, double imbalance) {
  if (!(imbalance >= 1)) user_error("imbalance {}: the largest class over the smallest, at least 1", imbalance);
  const auto counts = class_counts(*dataset);
  const double largest = double(*std::max_element(counts.begin(), counts.end()));
  std::vector<int64_t> wanted;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double share = counts.size() > 1 ? double(i) / double(counts.size() - 1) : 0;
    wanted.push_back(int64_t(largest * std::pow(imbalance, -share)));
  }
  return first_of_each_class(std::move(dataset), std::move(wanted));
}

}  // namespace retort::data
