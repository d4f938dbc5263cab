#include "data/loader.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "data/collate.h"
#include "run/state.h"

namespace retort::data {

// Batches are counted through all epochs: number n is batch n % per_epoch of epoch n / per_epoch.
struct Loader::State {
  using SampleOrder = std::shared_ptr<const std::vector<int64_t>>;
  struct FinishedBatch {
    Batch batch;
    std::exception_ptr failure;
  };

  DatasetPtr dataset;
  Pipeline pipeline;
  LoaderOptions options;
  int64_t per_epoch = 0;

  std::mutex mutex;
  std::condition_variable changed;
  int64_t next_given = 0, next_started = 0;
  bool stopping = false;
  std::map<int64_t, FinishedBatch> finished;
  std::map<int64_t, SampleOrder> orders;  // of the epochs at work
  std::vector<std::thread> workers;

  ~State() { stop(); }

  int64_t end() const { return options.epochs > 0 ? options.epochs * per_epoch : INT64_MAX; }

  // ---- what a batch is made of
  SampleOrder make_order(int64_t epoch) const {
    if (options.shuffle) {
      auto generator = RandomTree(uint64_t(options.seed)).child("shuffle").child(uint64_t(epoch)).generator();
      return std::make_shared<const std::vector<int64_t>>(generator.permutation(dataset->size()));
    }
    std::vector<int64_t> order(static_cast<size_t>(dataset->size()));
    std::iota(order.begin(), order.end(), 0);
    return std::make_shared<const std::vector<int64_t>>(std::move(order));
  }

  // Call with the mutex held: the order is made once an epoch.
  SampleOrder order_of(int64_t epoch) {
    SampleOrder& order = orders[epoch];
    if (!order) order = make_order(epoch);
    SampleOrder wanted = order;
    orders.erase(orders.begin(), orders.lower_bound(next_given / per_epoch));
    return wanted;
  }

  Batch make_batch(int64_t number, const SampleOrder& order) const {
    const int64_t epoch = number / per_epoch, within = number % per_epoch;
    const int64_t begin = within * samples_of_batch();
    const int64_t count = std::min(samples_of_batch(), dataset->size() - begin);
    const std::span<const int64_t> samples(order->data() + begin, size_t(count));
    Batch batch = options.crops == 1 && !options.pool ? look_at(samples, epoch) : look_often_at(samples, epoch);
    batch.epoch = epoch;
    batch.number = within;
    batch.random = RandomTree(uint64_t(options.seed)).child("batches").child(uint64_t(epoch)).child(uint64_t(within));
    return batch;
  }

  int64_t samples_of_batch() const { return (options.batch_size + options.crops - 1) / options.crops; }

  RandomTree random_of_samples() const {
    return RandomTree(uint64_t(options.augmentation_seed.value_or(options.seed))).child("samples");
  }

  Batch look_at(std::span<const int64_t> samples, int64_t epoch) const {
    const int64_t augmentation = options.augmentation_epochs > 0 ? epoch % options.augmentation_epochs : epoch;
    Batch batch =
        collate(*dataset, pipeline, samples, random_of_samples().child(uint64_t(augmentation)), options.decode_scale);
    batch.augmentation_epoch = augmentation;
    return batch;
  }

  Batch look_often_at(std::span<const int64_t> samples, int64_t epoch) const {
    const CropDraw draw{
        .crops = options.crops, .augmentation_epochs = options.augmentation_epochs, .pool = options.pool.get()};
    const RandomTree random = random_of_samples(), of_draw = RandomTree(uint64_t(options.seed)).child("crops");
    const size_t count = samples.size(), rows = count * size_t(options.crops);
    std::vector<int64_t> indices(rows);
    std::vector<RandomTree> streams(rows, random);
    at::Tensor looks = at::empty({int64_t(rows)}, at::kLong);
    for (size_t i = 0; i < count; ++i) {
      const auto drawn = drawn_crops(draw, epoch, samples[i], of_draw);
      for (size_t crop = 0; crop < drawn.size(); ++crop) {
        const size_t row = crop * count + i;
        indices[row] = samples[i];
        streams[row] = random.child(uint64_t(drawn[crop])).child(uint64_t(samples[i]));
        looks.data_ptr<int64_t>()[row] = drawn[crop];
      }
    }
    Batch batch = collate(*dataset, pipeline, indices, std::move(streams), options.decode_scale);
    batch.columns["augmentation_epoch"] = looks;
    batch.crops = options.crops;
    return batch;
  }

  // ---- threads
  void start() {
    stopping = false;
    for (int i = 0; i < options.workers; ++i) workers.emplace_back([this] { work(); });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    for (auto& worker : workers) worker.join();
    workers.clear();
    finished.clear();
  }

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock,
                   [&] { return stopping || (next_started < next_given + options.prefetch && next_started < end()); });
      if (stopping) return;
      const int64_t number = next_started++;
      const SampleOrder order = order_of(number / per_epoch);
      lock.unlock();
      FinishedBatch result;
      try {
        result.batch = make_batch(number, order);
      } catch (...) {
        result.failure = std::current_exception();
      }
      lock.lock();
      finished[number] = std::move(result);
      changed.notify_all();
    }
  }

  Batch wait_for_next() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return finished.count(next_given) > 0; });
    FinishedBatch& result = finished.at(next_given);
    if (result.failure) std::rethrow_exception(result.failure);
    Batch batch = std::move(result.batch);
    finished.erase(next_given++);
    lock.unlock();
    changed.notify_all();
    return batch;
  }
};

Loader::Loader(DatasetPtr dataset, Pipeline pipeline, const LoaderOptions& options) : state_(new State) {
  RT_CHECK(options.batch_size > 0 && options.workers >= 0 && options.prefetch > 0 && options.crops > 0,
           "loader: batch size {}, workers {}, prefetch {}, crops {}", options.batch_size, options.workers,
           options.prefetch, options.crops);
  RT_CHECK(!options.pool || options.augmentation_epochs > 0, "loader: a pool of crops, and none stored");
  state_->dataset = std::move(dataset);
  state_->pipeline = std::move(pipeline);
  state_->options = options;
  const int64_t samples = state_->dataset->size();
  const int64_t of_batch = state_->samples_of_batch();
  state_->per_epoch = (samples + (options.drop_last ? 0 : of_batch - 1)) / of_batch;
  if (state_->per_epoch == 0) {
    user_error("the data set has {} samples, which make no batch of {}; take a smaller batch_size, or more samples",
               samples, options.batch_size);
  }
}

Loader::~Loader() = default;

Batch Loader::next() {
  State& state = *state_;
  RT_CHECK(state.next_given < state.end(), "loader: asked for a batch behind the last of {} epochs",
           state.options.epochs);
  if (state.options.workers == 0) {
    Batch batch = state.make_batch(state.next_given, state.order_of(state.next_given / state.per_epoch));
    ++state.next_given;
    return batch;
  }
  if (state.workers.empty()) state.start();
  return state.wait_for_next();
}

int64_t Loader::batches_per_epoch() const { return state_->per_epoch; }
const Dataset& Loader::dataset() const { return *state_->dataset; }
const LoaderOptions& Loader::options() const { return state_->options; }

LoaderPosition Loader::position() const {
  // Only the caller's thread changes it.
  return {state_->next_given / state_->per_epoch, state_->next_given % state_->per_epoch};
}

void Loader::seek(const LoaderPosition& position) {
  RT_CHECK(position.epoch >= 0 && position.batch >= 0 && position.batch < state_->per_epoch,
           "loader: no batch {} in epoch {}", position.batch, position.epoch);
  state_->stop();
  state_->orders.clear();
  state_->next_given = state_->next_started = position.epoch * state_->per_epoch + position.batch;
}

void Loader::save(run::StateWriter& state, const std::string& prefix) const {
  state.integer(prefix + "epoch", position().epoch);
  state.integer(prefix + "batch", position().batch);
  state.integer(prefix + "samples", dataset().size());
  state.integer(prefix + "batch_size", options().batch_size);
}

void Loader::load(const run::StateReader& state, const std::string& prefix) {
  const int64_t samples = state.integer(prefix + "samples"), batch_size = state.integer(prefix + "batch_size");
  if (samples != dataset().size() || batch_size != options().batch_size) {
    user_error("{}: was made with {} samples in batches of {}; there are {} in batches of {} now", state.source(),
               samples, batch_size, dataset().size(), options().batch_size);
  }
  const LoaderPosition saved{state.integer(prefix + "epoch"), state.integer(prefix + "batch")};
  if (saved.epoch < 0 || saved.batch < 0 || saved.batch >= batches_per_epoch()) {
    user_error("{}: says batch {} of epoch {}, which does not exist", state.source(), saved.batch, saved.epoch);
  }
  seek(saved);
}

}  // namespace retort::data
