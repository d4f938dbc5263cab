#include "weights/store.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "io/atomic_file.h"
#include "io/sha256.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::weights {
namespace {

class Store : public testing::Test {
 protected:
  void SetUp() override { setenv("RETORT_WEIGHTS", (folder_ / "store").c_str(), 1); }
  void TearDown() override { unsetenv("RETORT_WEIGHTS"); }

  std::filesystem::path given(const std::string& content) {
    io::write_whole_file(folder_ / "given", content);
    return folder_ / "given";
  }

  tests::TemporaryFolder folder_;
  CatalogueEntry entry_{
      .address = "https://h/own.pth", .bytes = 5, .sha256 = io::sha256_hex("hello"), .licence = {}, .purpose = {}};
};

TEST_F(Store, TakesTheRightFileOnly) {
  EXPECT_NE(tests::refusal_of([&] { store_copy("own", entry_, given("hell")); }).find("4 bytes"), std::string::npos);
  EXPECT_NE(tests::refusal_of([&] { store_copy("own", entry_, given("hallo")); }).find("SHA-256"), std::string::npos);
  EXPECT_NE(tests::refusal_of([&] { store_copy("own", entry_, folder_ / "none"); }).find("none"), std::string::npos);
  EXPECT_FALSE(is_stored("own", entry_));
  store_copy("own", entry_, given("hello"));
  EXPECT_TRUE(is_stored("own", entry_));
  EXPECT_EQ(stored_file("own", entry_), folder_ / "store/own.pth");
  EXPECT_EQ(io::read_whole_file(folder_ / "store/own.pth", 10), "hello");
}

TEST_F(Store, OptionsNameItsFiles) {
  EXPECT_EQ(locate_weights("some/file.pth"), "some/file.pth");
  EXPECT_NE(tests::refusal_of([] { locate_weights("weights:vgg16"); }).find("`retort weights get vgg16`"),
            std::string::npos);
  EXPECT_NE(tests::refusal_of([] { locate_weights("weights:vgg17"); }).find("did you mean 'vgg16'"), std::string::npos);
  EXPECT_NE(tests::refusal_of([] { locate_weights("weights:../x"); }).find("comes a name"), std::string::npos);
  store_copy("own", entry_, given("hello"));
  EXPECT_EQ(locate_weights("weights:own"), folder_ / "store/own.pth");
  // A part is no file.
  std::filesystem::rename(folder_ / "store/own.pth", folder_ / "store/own.partial");
  EXPECT_THROW(locate_weights("weights:own"), UserError);
}

TEST_F(Store, LiesInTheCacheUnlessNamed) {
  unsetenv("RETORT_WEIGHTS");
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  setenv("HOME", "/somewhere", 1);
  EXPECT_EQ(store_folder(), "/somewhere/.cache/retort/weights");
  unsetenv("HOME");
  EXPECT_NE(tests::refusal_of([] { store_folder(); }).find("RETORT_WEIGHTS"), std::string::npos);
  if (!home.empty()) setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace retort::weights
