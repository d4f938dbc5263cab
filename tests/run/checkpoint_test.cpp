#include "run/checkpoint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::run {

namespace {
StateWriter sample_state(int64_t step) {
  StateWriter writer;
  writer.integer("done", step);
  writer.number("rate", 0.1 + 1e-17);
  writer.number("nothing", NAN);
  writer.number("least", -INFINITY);
  writer.text("phase", "warm up\n\"two\"");
  writer.tensor("weights", at::arange(6, at::kFloat).reshape({2, 3}) * static_cast<double>(step));
  writer.tensor("empty", at::empty({0, 3}, at::kLong));
  return writer;
}

void flip_last_byte(const std::filesystem::path& path) {
  auto bytes = io::read_whole_file(path, 1 << 20);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::ofstream(path, std::ios::binary) << bytes;
}
}  // namespace

TEST(State, ComesBackExactly) {
  const tests::TemporaryFolder folder;
  write_checkpoint(folder.path(), 12, sample_state(12));
  const auto latest = load_latest_checkpoint(folder.path());
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->file.path.filename(), "step_000000012.safetensors");
  const auto& state = latest->state;
  EXPECT_EQ(state.integer("done"), 12);
  EXPECT_EQ(state.number("rate"), 0.1 + 1e-17);
  EXPECT_TRUE(std::isnan(state.number("nothing")));
  EXPECT_EQ(state.number("least"), -INFINITY);
  EXPECT_EQ(state.text("phase"), "warm up\n\"two\"");
  EXPECT_TRUE(at::equal(state.tensor("weights"), sample_state(12).tensors().at("weights")));
  EXPECT_EQ(state.tensor("empty").sizes(), (at::IntArrayRef{0, 3}));
  EXPECT_TRUE(state.has("done") && state.has("empty") && !state.has("absent"));
}

TEST(State, MissingOrMalformedEntriesNameFileAndEntry) {
  const StateReader state("a.safetensors", {}, {{"count", "1.5"}, {"rate", "fast"}});
  for (const auto& read :
       std::vector<std::function<void()>>{[&] { state.tensor("count"); }, [&] { state.text("lost"); },
                                          [&] { state.integer("count"); }, [&] { state.number("rate"); }}) {
    try {
      read();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const UserError& error) {
      EXPECT_EQ(std::string(error.what()).find("a.safetensors: "), 0u) << error.what();
    }
  }
}

TEST(State, PartsKeepTheirNamesApart) {
  StateWriter writer = sample_state(1);
  writer.add("first.", sample_state(2));
  writer.add("second.", sample_state(3));
  const StateReader state("a.safetensors", writer.tensors(), writer.texts());
  EXPECT_EQ(state.integer("done"), 1);
  EXPECT_EQ(state.part("first.").integer("done"), 2);
  EXPECT_EQ(state.part("second.").tensor("weights")[1][2].item<double>(), 15);
  EXPECT_FALSE(state.part("third.").has("done"));
}

TEST(State, IsCopiedIntoItsPlaceUnlessItsShapeIsAnother) {
  const StateReader state("a.safetensors", sample_state(2).tensors(), {});
  auto target = at::zeros({2, 3}, at::kFloat).set_requires_grad(true);
  const void* place = target.data_ptr();
  state.copy_into("weights", target);
  EXPECT_EQ(target.data_ptr(), place);
  EXPECT_EQ(target[1][2].item<double>(), 10);
  auto other = at::zeros({3, 2}, at::kFloat);
  EXPECT_NE(tests::user_error_of([&] {
              state.copy_into("weights", other);
            }).find("a.safetensors: 'weights' has the shape [2,3], this job's has [3,2]"),
            std::string::npos);
}

TEST(Checkpoint, KeepsTheLastTwoAndDropsTheFuture) {
  const tests::TemporaryFolder folder;
  EXPECT_FALSE(load_latest_checkpoint(folder.path()).has_value());
  for (const int64_t step : {5, 10, 15}) write_checkpoint(folder.path(), step, sample_state(step));
  auto files = list_checkpoints(folder.path());
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].step, 15);
  EXPECT_EQ(files[1].step, 10);
  write_checkpoint(folder.path(), 12, sample_state(12));
  files = list_checkpoints(folder.path());
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].step, 12);
}

TEST(Checkpoint, SameStateSameBytes) {
  const tests::TemporaryFolder one, two;
  write_checkpoint(one.path(), 5, sample_state(5));
  write_checkpoint(two.path(), 5, sample_state(5));
  EXPECT_EQ(io::read_whole_file(list_checkpoints(one.path())[0].path, 1 << 20),
            io::read_whole_file(list_checkpoints(two.path())[0].path, 1 << 20));
}

TEST(Checkpoint, FallsBackWhenTheNewestIsDamaged) {
  const tests::TemporaryFolder folder;
  write_checkpoint(folder.path(), 5, sample_state(5));
  write_checkpoint(folder.path(), 10, sample_state(10));
  const auto newest = list_checkpoints(folder.path())[0];
  flip_last_byte(newest.path);
  EXPECT_THROW(read_checkpoint(newest), UserError);
  auto latest = load_latest_checkpoint(folder.path());
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->file.step, 5);
  ASSERT_EQ(latest->warnings.size(), 1u);
  EXPECT_NE(latest->warnings[0].find("step_000000010.safetensors"), std::string::npos);

  std::filesystem::resize_file(newest.path, 20);
  EXPECT_EQ(load_latest_checkpoint(folder.path())->file.step, 5);
  flip_last_byte(latest->file.path);
  EXPECT_THROW(load_latest_checkpoint(folder.path()), UserError);
}

TEST(Checkpoint, ARenamedFileIsNoticed) {
  const tests::TemporaryFolder folder;
  write_checkpoint(folder.path(), 5, sample_state(5));
  const auto wrong = folder.path() / "checkpoints" / "step_000000006.safetensors";
  std::filesystem::rename(list_checkpoints(folder.path())[0].path, wrong);
  EXPECT_THROW(read_checkpoint({wrong, 6}), UserError);
}

TEST(Checkpoint, PassesOverForeignFilesAndRemovesPartialOnes) {
  const tests::TemporaryFolder folder;
  write_checkpoint(folder.path(), 5, sample_state(5));
  const auto checkpoints = folder.path() / "checkpoints";
  for (const char* name : {"notes.txt", "step_.safetensors", "step_-1.safetensors", "step_x.safetensors",
                           "step_000000009.safetensors.partial"}) {
    std::ofstream(checkpoints / name) << "text";
  }
  EXPECT_EQ(list_checkpoints(folder.path()).size(), 1u);
  remove_partial_checkpoints(folder.path());
  EXPECT_FALSE(std::filesystem::exists(checkpoints / "step_000000009.safetensors.partial"));
  EXPECT_TRUE(std::filesystem::exists(checkpoints / "notes.txt"));
}

TEST(Checkpoint, ReservedNamesAreRefused) {
  const tests::TemporaryFolder folder;
  StateWriter writer;
  writer.text("retort.step", "7");
  EXPECT_THROW(write_checkpoint(folder.path(), 5, writer), Fault);
}

}  // namespace retort::run
