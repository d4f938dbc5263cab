#include "run/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "run/added_products.h"
#include "run/product.h"
#include "run/toy_job.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

// A finished run with one product of each form.
void make_finished_run(const fs::path& path) {
  auto folder = tests::toy_folder(path);
  write_text(path / "weights.safetensors", "weights");
  fs::create_directory(path / "views");
  write_text(path / "views" / "b.png", "b");
  write_text(path / "views" / "a.png", "a");
  folder.record().products = {hash_product(path, {"values", "weights", "weights.safetensors"}),
                              hash_product(path, {"views", "images", "views"})};
  folder.record().state = RunState::finished;
  folder.write_record();
}
}  // namespace

TEST(RunFolder, MakesNumberedFoldersAndReadsThemBack) {
  const tests::TemporaryFolder root;
  const RunFolderOptions options{.runs_root = root.path() / "runs", .output = {}};
  const auto first = RunFolder::create(options, tests::toy_description());
  const auto second = RunFolder::create(options, tests::toy_description());
  EXPECT_NE(first.path(), second.path());
  EXPECT_TRUE(second.path().filename().string().starts_with("toy-20"));
  EXPECT_TRUE(second.path().filename().string().ends_with("-2"));
  EXPECT_EQ(io::read_whole_file(first.recipe_file(), 1000), "distil: field\nmethod: toy\n");
  const auto record = read_run_record(first.path());
  EXPECT_EQ(record.description.command, "retort run toy.yaml");
  EXPECT_EQ(record.description.seed, 7u);
  EXPECT_EQ(record.state, RunState::running);
  EXPECT_FALSE(record.libtorch_version.empty());
  EXPECT_EQ(record.started_at.size(), 20u);
}

TEST(RunFolder, OneProcessAtATime) {
  const tests::TemporaryFolder root;
  const auto path = root.path() / "run";
  std::optional<RunFolder> folder(tests::toy_folder(path));
  EXPECT_THROW(RunFolder::open(path), UserError);
  auto moved = std::make_optional<RunFolder>(std::move(*folder));
  folder.reset();
  EXPECT_THROW(RunFolder::open(path), UserError);
  moved.reset();
  EXPECT_NO_THROW(RunFolder::open(path));
}

TEST(RunFolder, ProductsAddedByOthersOutliveItsOwnRecord) {
  const tests::TemporaryFolder root;
  const auto path = root.path() / "run";
  auto at_work = tests::toy_folder(path);
  fs::create_directory(path / "selections");
  write_text(path / "selections/cut", "1");
  add_product(path, {"selection/cut", "selection", "selections/cut"});
  at_work.record().products = {{"field", "field", "field.ply", "f00", 3}};
  at_work.record().state = RunState::finished;
  at_work.write_record();
  auto products = read_run_record(path).products;
  ASSERT_EQ(products.size(), 2u);
  EXPECT_EQ(products[0].name, "field");
  EXPECT_EQ(products[1].name, "selection/cut");
  EXPECT_EQ(products[1].bytes, 1u);

  write_text(path / "selections/cut", "22");
  add_product(path, {"selection/cut", "selection", "selections/cut"});
  at_work.record().products = products;  // as a process that opened the run meanwhile has it
  at_work.write_record();
  products = read_run_record(path).products;
  ASSERT_EQ(products.size(), 2u) << "an added product replaces the one of its name";
  EXPECT_EQ(products[1].bytes, 2u);

  EXPECT_THROW(add_product(path, {"../cut*", "selection", "selections/cut"}), Fault);
  EXPECT_THROW(add_product(path, {"none", "selection", "selections/none"}), Fault);
  write_text(path / "added/selection+cut.json", R"({"name": "selection/cut"})");
  EXPECT_NE(tests::user_error_of([&] { read_run_record(path); }).find("added/selection+cut.json: 'kind' is missing"),
            std::string::npos);
}

TEST(RunFolder, RefusesWhatIsNotItsOwn) {
  const tests::TemporaryFolder root;
  const auto path = root.path() / "photos";
  fs::create_directory(path);
  write_text(path / "a.jpg", "photo");
  EXPECT_THROW(tests::toy_folder(path), UserError);
  EXPECT_THROW(tests::toy_folder(path / "a.jpg"), UserError);
  EXPECT_THROW(RunFolder::create({.output = path, .overwrite = true}, tests::toy_description()), UserError);
  EXPECT_TRUE(fs::exists(path / "a.jpg"));
  EXPECT_THROW(RunFolder::open(path), UserError);
  EXPECT_THROW(RunFolder::open(root.path() / "absent"), UserError);
}

TEST(RunFolder, TakesOverAFolderWhereAStartFailed) {
  const tests::TemporaryFolder root;
  const auto path = root.path() / "run";
  fs::create_directory(path);
  write_text(path / ".lock", "");
  write_text(path / "recipe.yaml.partial", "dist");
  const auto folder = tests::toy_folder(path);
  EXPECT_TRUE(is_run_folder(path));
  EXPECT_FALSE(fs::exists(path / "recipe.yaml.partial"));
}

TEST(RunFolder, AnEarlierRunIsReplacedOnlyWhenAsked) {
  const tests::TemporaryFolder root;
  const auto path = root.path() / "run";
  { tests::toy_folder(path); }
  write_text(path / "old.txt", "old");
  try {
    tests::toy_folder(path);
    FAIL() << "nothing was thrown";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("retort resume"), std::string::npos);
  }
  const auto folder = RunFolder::create({.output = path, .overwrite = true}, tests::toy_description());
  EXPECT_FALSE(fs::exists(path / "old.txt"));
  EXPECT_THROW(RunFolder::create({.output = path, .overwrite = true}, tests::toy_description()), UserError);
}

TEST(RunFolder, ReadOnlyPlacesAndDamagedRecordsAreUserErrors) {
  EXPECT_THROW(tests::toy_folder("/proc/retort-run"), UserError);
  const tests::TemporaryFolder root;
  const auto path = root.path() / "run";
  { tests::toy_folder(path); }
  for (const char* text : {"", "{", "[]", "{\"state\":\"running\"}", "{\"state\":\"asleep\"}"}) {
    write_text(path / "run.json", text);
    EXPECT_THROW(RunFolder::open(path), UserError) << text;
  }
}

TEST(Product, HashesFilesAndFolders) {
  const tests::TemporaryFolder root;
  make_finished_run(root.path() / "run");
  const auto record = read_run_record(root.path() / "run");
  ASSERT_EQ(record.products.size(), 2u);
  EXPECT_EQ(record.products[0].sha256, "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c");
  EXPECT_EQ(record.products[0].bytes, 7u);
  EXPECT_EQ(record.products[1].bytes, 2u);
  EXPECT_THROW(hash_product(root.path() / "run", {"x", "weights", "absent"}), Fault);
  EXPECT_THROW(hash_product(root.path() / "run", {"x", "weights", "../run/run.json"}), Fault);
  EXPECT_THROW(hash_product(root.path() / "run", {"x", "weights", "/etc/hostname"}), Fault);
}

TEST(Product, ReferencesFindRunsByNameAndDate) {
  const tests::TemporaryFolder root;
  for (const char* name : {"toy-20260101-2", "toy-20260101-10", "toy-20251231-11", "toy-extra-20260102-1", "fox"}) {
    make_finished_run(root.path() / name);
  }
  { tests::toy_folder(root.path() / "toy-20260301-1"); }  // not finished
  const auto newest = root.path() / "toy-20260101-10";
  EXPECT_EQ(resolve_product("run:toy#values", root.path()), newest / "weights.safetensors");
  EXPECT_EQ(resolve_product("run:toy#weights", root.path()), newest / "weights.safetensors");
  EXPECT_EQ(resolve_product("run:fox#images", root.path()), root.path() / "fox" / "views");
  EXPECT_EQ(resolve_product("run:" + (root.path() / "fox").string() + "#views", "runs"), root.path() / "fox" / "views");
  for (const char* wrong :
       {"run:toy", "run:toy#lost", "run:nobody#values", "run:#values", "toy#values", "run:toy-20260301-1#values"}) {
    EXPECT_THROW(resolve_product(wrong, root.path()), UserError) << wrong;
  }
  write_text(newest / "weights.safetensors", "weighty");
  EXPECT_THROW(resolve_product("run:toy#values", root.path()), UserError);
  fs::remove(newest / "weights.safetensors");
  EXPECT_THROW(resolve_product("run:toy#values", root.path()), UserError);
  write_text(newest / "views" / "c.png", "c");
  EXPECT_THROW(resolve_product("run:toy#views", root.path()), UserError);
}

TEST(Product, AFolderAsAPathIsFoundAndMessagesHaveBothHashes) {
  const tests::TemporaryFolder root;
  const auto run = root.path() / "elsewhere" / "toy";
  fs::create_directory(root.path() / "elsewhere");
  make_finished_run(run);
  const auto relative = fs::relative(run).string();
  const auto found = find_product("run:" + relative + "#values", root.path() / "runs");
  EXPECT_TRUE(fs::equivalent(found.folder, run));
  EXPECT_EQ(found.path, found.folder / "weights.safetensors");
  write_text(run / "weights.safetensors", "weighty");
  const auto message = tests::user_error_of([&] { find_product("run:" + run.string() + "#values", "runs"); });
  EXPECT_NE(message.find(hash_product(run, {"x", "weights", "weights.safetensors"}).sha256), std::string::npos);
  EXPECT_NE(message.find("9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"), std::string::npos);
}

TEST(Product, NothingOutsideTheRunFolderIsAProduct) {
  const tests::TemporaryFolder root;
  make_finished_run(root.path() / "toy");
  write_text(root.path() / "secret", "weights");  // of the right content
  fs::remove(root.path() / "toy" / "weights.safetensors");
  fs::create_symlink(root.path() / "secret", root.path() / "toy" / "weights.safetensors");
  EXPECT_NE(tests::user_error_of([&] { resolve_product("run:toy#values", root.path()); }).find("leads out"),
            std::string::npos);
  auto folder = RunFolder::open(root.path() / "toy");
  folder.record().products[0].path = "../secret";
  folder.write_record();
  EXPECT_NE(tests::user_error_of([&] { resolve_product("run:toy#values", root.path()); }).find("is gone"),
            std::string::npos);
}

}  // namespace retort::run
