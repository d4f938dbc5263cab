#include "data/loader.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>

#include "data/sets/memory_set.h"
#include "run/state.h"
#include "support/hostile_input.h"
#include "support/registered_transforms.h"

namespace retort::data {
namespace {

using tests::refusal_of;

// [3,8,8] pictures of noise, class i % 4; optionally one picture of another size, or one that can't be read.
class NoiseSet : public Dataset {
 public:
  explicit NoiseSet(int64_t size, int64_t broken = -1, int64_t larger = -1)
      : size_(size), broken_(broken), larger_(larger) {}

  int64_t size() const override { return size_; }
  const std::vector<std::string>& class_names() const override { return names_; }
  int64_t label(int64_t index) const override { return index % 4; }
  std::string sample_name(int64_t index) const override { return fmt::format("noise/{}.jpg", index); }
  Sample sample(int64_t index) const override {
    if (index == broken_) user_error("{}: the photo is cut off", sample_name(index));
    Sample sample{.image = make_picture(3, index == larger_ ? 9 : 8, 8), .label = label(index)};
    RandomGenerator generator(uint64_t(index) + 1);
    for (auto& pixel : sample.image.pixels) pixel = uint8_t(generator.bits());
    return sample;
  }

 private:
  int64_t size_, broken_, larger_;
  std::vector<std::string> names_ = {"a", "b", "c", "d"};
};

const std::vector<std::string> usual_transforms = {"random_crop(size=8, padding=2)", "flip", "normalise(half)"};

std::unique_ptr<Loader> loader_of(DatasetPtr set, LoaderOptions options) {
  return std::make_unique<Loader>(std::move(set), tests::pipeline_of(usual_transforms), options);
}

std::unique_ptr<Loader> noise_loader(const LoaderOptions& options) {
  return loader_of(std::make_shared<NoiseSet>(50), options);
}

bool same(const Batch& one, const Batch& two) {
  return at::equal(one.image(), two.image()) && at::equal(one.target(), two.target()) &&
         at::equal(one.sample_index(), two.sample_index()) && one.epoch == two.epoch && one.number == two.number &&
         one.random.key() == two.random.key() && one.sample_random[0].key() == two.sample_random[0].key();
}

TEST(Loader, gives_every_sample_once_an_epoch_in_ever_new_order) {
  const auto loader = noise_loader({.batch_size = 16, .workers = 2});
  ASSERT_EQ(loader->batches_per_epoch(), 4);
  std::vector<std::vector<int64_t>> orders;
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::vector<int64_t> order;
    for (int i = 0; i < 4; ++i) {
      const Batch batch = loader->next();
      EXPECT_EQ(batch.size, i < 3 ? 16 : 2);
      EXPECT_EQ(batch.epoch, epoch);
      EXPECT_EQ(batch.number, i);
      EXPECT_EQ(batch.image().sizes(), (at::IntArrayRef{batch.size, 3, 8, 8}));
      for (int64_t row = 0; row < batch.size; ++row) {
        order.push_back(batch.sample_index()[row].item<int64_t>());
        EXPECT_EQ(batch.target()[row].item<int64_t>(), order.back() % 4);
      }
    }
    EXPECT_EQ(std::set<int64_t>(order.begin(), order.end()).size(), 50u);
    orders.push_back(order);
  }
  EXPECT_NE(orders[0], orders[1]);
}

TEST(Loader, gives_the_same_batches_for_any_number_of_workers) {
  std::vector<std::unique_ptr<Loader>> loaders;
  for (const int workers : {0, 1, 2, 7}) {
    loaders.push_back(noise_loader({.batch_size = 8, .workers = workers, .prefetch = workers + 1, .seed = 5}));
  }
  for (int i = 0; i < 20; ++i) {
    const Batch reference = loaders[0]->next();
    for (size_t k = 1; k < loaders.size(); ++k) ASSERT_TRUE(same(reference, loaders[k]->next())) << i << " " << k;
  }
  const auto other_seed = noise_loader({.batch_size = 8, .workers = 0, .seed = 6});
  EXPECT_FALSE(same(other_seed->next(), noise_loader({.batch_size = 8, .workers = 0, .seed = 5})->next()));
}

TEST(Loader, draws_anew_each_epoch_and_without_regard_to_the_order) {
  const auto ordered = noise_loader({.batch_size = 50, .shuffle = false, .workers = 0, .seed = 1});
  const auto shuffled = noise_loader({.batch_size = 50, .shuffle = true, .workers = 0, .seed = 1});
  const Batch first = ordered->next(), second = ordered->next(), other = shuffled->next();
  EXPECT_FALSE(at::equal(first.image(), second.image()));
  EXPECT_TRUE(at::equal(first.sample_index(), at::arange(50)));
  EXPECT_TRUE(at::equal(first.image().index_select(0, other.sample_index()), other.image()));
}

TEST(Loader, replays_the_pictures_of_earlier_epochs_in_a_fresh_order) {
  const auto replaying = noise_loader({.batch_size = 50, .workers = 2, .seed = 1, .augmentation_epochs = 2});
  const auto endless = noise_loader({.batch_size = 50, .shuffle = false, .workers = 0, .seed = 1});
  const Batch stored[] = {endless->next(), endless->next()};
  std::vector<at::Tensor> orders;
  for (int64_t epoch = 0; epoch < 5; ++epoch) {
    const Batch batch = replaying->next();
    EXPECT_EQ(batch.epoch, epoch);
    EXPECT_EQ(batch.augmentation_epoch, epoch % 2);
    EXPECT_TRUE(at::equal(stored[epoch % 2].image().index_select(0, batch.sample_index()), batch.image())) << epoch;
    for (const auto& earlier : orders) EXPECT_FALSE(at::equal(earlier, batch.sample_index()));
    orders.push_back(batch.sample_index());
  }
}

TEST(Loader, changes_pictures_by_a_seed_of_their_own) {
  const auto usual = noise_loader({.batch_size = 50, .shuffle = false, .workers = 0, .seed = 1});
  const auto other = noise_loader({.batch_size = 50, .shuffle = true, .workers = 0, .seed = 2, .augmentation_seed = 1});
  const auto same_order = noise_loader({.batch_size = 50, .shuffle = true, .workers = 0, .seed = 2});
  const Batch batch = other->next();
  EXPECT_TRUE(at::equal(usual->next().image().index_select(0, batch.sample_index()), batch.image()));
  EXPECT_TRUE(at::equal(same_order->next().sample_index(), batch.sample_index()));
}

TEST(Loader, shows_several_stored_crops_of_each_sample_side_by_side) {
  const auto stored = noise_loader({.batch_size = 50, .shuffle = false, .workers = 0, .seed = 1});
  std::vector<at::Tensor> looks;
  for (int i = 0; i < 6; ++i) looks.push_back(stored->next().image());
  const auto loader = noise_loader(
      {.batch_size = 16, .workers = 2, .seed = 2, .augmentation_epochs = 6, .augmentation_seed = 1, .crops = 3});
  ASSERT_EQ(loader->batches_per_epoch(), 9);  // 6 samples a batch
  std::vector<int> seen(50);
  for (int i = 0; i < 9; ++i) {
    const Batch batch = loader->next();
    EXPECT_EQ(batch.crops, 3);
    const int64_t samples = batch.size / 3;
    EXPECT_EQ(samples, i < 8 ? 6 : 2);
    const auto& index = batch.sample_index();
    EXPECT_TRUE(at::equal(index.slice(0, 0, samples), index.slice(0, 2 * samples)));
    const auto look = batch.column("augmentation_epoch");
    for (int64_t row = 0; row < batch.size; ++row) {
      const auto sample = index[row].item<int64_t>();
      ++seen[size_t(sample)];
      EXPECT_TRUE(at::equal(batch.image()[row], looks[size_t(look[row].item<int64_t>())][sample]));
    }
    EXPECT_FALSE(look.slice(0, 0, samples).eq(look.slice(0, samples, 2 * samples)).any().item<bool>());
  }
  EXPECT_EQ(seen, std::vector<int>(50, 3));
}

TEST(Loader, draws_from_the_pool_alone) {
  auto pool = std::make_shared<CropPool>(CropPool{.epochs = 4, .may_be_drawn = std::vector<bool>(200)});
  for (size_t sample = 0; sample < 50; ++sample) pool->may_be_drawn[4 * sample + 2] = true;
  const auto loader = noise_loader({.batch_size = 50, .workers = 0, .augmentation_epochs = 4, .pool = pool});
  for (int epoch = 0; epoch < 3; ++epoch)
    EXPECT_TRUE(loader->next().column("augmentation_epoch").eq(2).all().item<bool>());
}

TEST(Loader, resumes_to_the_bit) {
  const LoaderOptions options{.batch_size = 8, .workers = 2, .seed = 3};
  const auto whole = noise_loader(options);
  for (int i = 0; i < 10; ++i) whole->next();
  run::StateWriter writer;
  whole->save(writer, "data.");
  const auto resumed = noise_loader(options);
  resumed->next();
  resumed->load(run::StateReader("checkpoint", writer.tensors(), writer.texts()), "data.");
  EXPECT_EQ(resumed->position(), (LoaderPosition{1, 3}));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(same(whole->next(), resumed->next())) << i;
  const auto other = noise_loader({.batch_size = 9});
  EXPECT_EQ(refusal_of([&] { other->load(run::StateReader("last.ckpt", writer.tensors(), writer.texts()), "data."); }),
            "last.ckpt: was made with 50 samples in batches of 8; there are 50 in batches of 9 now");
}

TEST(Loader, brings_failures_of_workers_when_they_are_due) {
  for (const int workers : {0, 3}) {
    const auto loader = loader_of(std::make_shared<NoiseSet>(50, 20),
                                  {.batch_size = 10, .shuffle = false, .workers = workers, .prefetch = 8});
    for (int i = 0; i < 2; ++i) loader->next();
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(refusal_of([&] { loader->next(); }), "noise/20.jpg: the photo is cut off");
    }
    loader->seek({0, 3});
    EXPECT_EQ(loader->next().sample_index()[0].item<int64_t>(), 30);
  }
}

TEST(Loader, names_the_picture_that_does_not_suit) {
  const auto uneven = std::make_unique<Loader>(std::make_shared<NoiseSet>(50, -1, 7), Pipeline(),
                                               LoaderOptions{.batch_size = 10, .shuffle = false, .workers = 1});
  EXPECT_NE(
      refusal_of([&] { uneven->next(); }).find("noise/7.jpg: is a picture [3,9,8] in a batch of pictures [3,8,8]"),
      std::string::npos);
  const auto small =
      std::make_unique<Loader>(std::make_shared<NoiseSet>(50), tests::pipeline_of({"random_crop(size=32)"}),
                               LoaderOptions{.batch_size = 10, .shuffle = false, .workers = 1});
  EXPECT_TRUE(refusal_of([&] { small->next(); }).starts_with("noise/0.jpg: random_crop: "));
}

TEST(Loader, counts_epochs_and_drops_the_last_batch) {
  const auto loader = noise_loader({.batch_size = 16, .drop_last = true, .workers = 2, .epochs = 2});
  EXPECT_EQ(loader->batches_per_epoch(), 3);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(loader->next().size, 16);
  EXPECT_THROW(loader->next(), Fault);
  loader->seek({});
  EXPECT_EQ(loader->next().epoch, 0);
  EXPECT_NE(refusal_of([] { noise_loader({.batch_size = 64, .drop_last = true}); }).find("50 samples"),
            std::string::npos);
}

TEST(Loader, ends_while_its_workers_are_busy) {
  for (int i = 0; i < 20; ++i) noise_loader({.batch_size = 4, .workers = 4, .prefetch = 20})->next();
}

TEST(Batch, names_the_columns_it_has) {
  const auto loader = noise_loader({.workers = 0});
  const Batch batch = loader->next();
  try {
    batch.column("mask");
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find("no column 'mask'; it has image, sample_index, target"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace retort::data
