#include "serve/inside.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "serve/assets.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::serve {
namespace {

TEST(Inside, FollowsNothingThatLeaves) {
  namespace fs = std::filesystem;
  tests::TemporaryFolder folder;
  fs::create_directories(folder / "root/sub");
  fs::create_directories(folder / "root-two");
  std::ofstream(folder / "root/sub/file") << "x";
  std::ofstream(folder / "secret") << "x";
  std::ofstream(folder / "root-two/file") << "x";
  fs::create_symlink("../secret", folder / "root/leaves");
  fs::create_symlink("../root-two", folder / "root/twin");
  fs::create_symlink("sub/file", folder / "root/stays");
  const auto inside = [&](std::vector<std::string> parts) { return file_inside(folder / "root", parts).has_value(); };
  EXPECT_TRUE(inside({"sub", "file"}));
  EXPECT_TRUE(inside({"sub/file"}));
  EXPECT_TRUE(inside({"stays"}));
  EXPECT_FALSE(inside({"sub"}));  // no regular file
  EXPECT_FALSE(inside({}));
  EXPECT_FALSE(inside({"leaves"}));
  EXPECT_FALSE(inside({"twin", "file"}));
  EXPECT_FALSE(inside({"..", "secret"}));
  EXPECT_FALSE(inside({"sub/../../secret"}));
  EXPECT_FALSE(inside({"/etc/passwd"}));
  EXPECT_FALSE(inside({"", "sub", "file"}));
  EXPECT_FALSE(inside({std::string("sub/file\0", 9)}));
  EXPECT_FALSE(inside({"none"}));
}

TEST(Assets, KnowTheirFilesBeforehand) {
  tests::TemporaryFolder folder;
  EXPECT_NE(tests::user_error_of([&] { Assets(folder.path()); }).find("index.html"), std::string::npos);
  std::filesystem::create_directory(folder / "assets");
  std::ofstream(folder / "index.html") << "<p>";
  std::ofstream(folder / "assets/app-3f9a1c2b.js") << std::string(1000, 'x');
  const Assets assets(folder.path());
  Request request{.method = "GET", .path = {}, .query = {}, .body = {}};
  EXPECT_EQ(assets.find(request)->content_type, "text/html; charset=utf-8");
  EXPECT_FALSE(assets.find(request)->cacheable);
  request.path = {"assets", "app-3f9a1c2b.js"};
  EXPECT_TRUE(assets.find(request)->cacheable);
  EXPECT_TRUE(assets.find(request)->shared_gzip);
  request.path = {"assets", "other.js"};
  EXPECT_FALSE(assets.find(request));
  EXPECT_FALSE(name_carries_hash("index.html"));
  EXPECT_FALSE(name_carries_hash("long-component.js"));
}

}  // namespace
}  // namespace retort::serve
