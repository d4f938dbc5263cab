#include "io/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::refusal_of;
using tests::TemporaryFolder;

TEST(AtomicFile, appears_whole_on_commit_only) {
  TemporaryFolder folder;
  const auto path = folder / "result.txt";
  AtomicFile file(path);
  file.write("hello ");
  file.write(std::string(100'000, 'x'));
  EXPECT_FALSE(std::filesystem::exists(path));
  file.commit();
  EXPECT_EQ(read_whole_file(path, 1 << 20), "hello " + std::string(100'000, 'x'));
  EXPECT_FALSE(std::filesystem::exists(folder / "result.txt.partial"));
}

TEST(AtomicFile, what_is_kept_is_gone_on_with) {
  TemporaryFolder folder;
  const auto path = folder / "result.txt", partial = folder / "result.txt.partial";
  { AtomicFile empty(path, Uncommitted::kept); }
  EXPECT_FALSE(std::filesystem::exists(partial)) << "nothing is worth keeping";
  for (const char* word : {"begun", " and"}) {
    AtomicFile file(path, Uncommitted::kept);
    file.write(word);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(read_whole_file(partial, 100), "begun and");
  AtomicFile file(path, Uncommitted::kept);
  EXPECT_EQ(file.size(), 9u);
  file.write(" ended");
  file.flush();
  EXPECT_EQ(read_whole_file(file.partial_path(), 100), "begun and ended");
  file.restart();
  EXPECT_EQ(file.size(), 0u);
  file.write("anew");
  file.commit();
  EXPECT_EQ(read_whole_file(path, 100), "anew");
  AtomicFile given_up(path, Uncommitted::kept);
  given_up.write("x");
  given_up.discard();
  EXPECT_FALSE(std::filesystem::exists(partial));
}

TEST(AtomicFile, what_was_cut_off_in_the_middle_is_dropped) {
  TemporaryFolder folder;
  const auto path = folder / "result.txt";
  {
    AtomicFile file(path, Uncommitted::kept);
    file.write("one, two, thr");
  }
  AtomicFile file(path, Uncommitted::kept);
  file.write("ee, ");  // still in the buffer
  file.shorten(10);
  EXPECT_EQ(file.size(), 10u);
  file.write("four");
  EXPECT_THROW(file.shorten(15), Fault);
  file.commit();
  EXPECT_EQ(read_whole_file(path, 100), "one, two, four");
}

TEST(AtomicFile, leaves_the_old_content_without_commit) {
  TemporaryFolder folder;
  const auto path = folder / "result.txt";
  write_whole_file(path, "old");
  {
    AtomicFile file(path);
    file.write("new");
  }
  EXPECT_EQ(read_whole_file(path, 100), "old");
  EXPECT_FALSE(std::filesystem::exists(folder / "result.txt.partial"));
}

TEST(AtomicFile, takes_over_what_a_killed_writer_left) {
  TemporaryFolder folder;
  write_whole_file(folder / "result.txt.partial", std::string(1000, 'z'));
  write_whole_file(folder / "result.txt", "short");
  EXPECT_EQ(read_whole_file(folder / "result.txt", 2000), "short");
}

TEST(AtomicFile, keeps_two_writers_apart) {
  TemporaryFolder folder;
  AtomicFile first(folder / "result.txt");
  EXPECT_NE(refusal_of([&] { AtomicFile second(folder / "result.txt"); }).find("another process"), std::string::npos);
  first.write("first");
  first.commit();
  EXPECT_EQ(read_whole_file(folder / "result.txt", 100), "first");
}

TEST(AtomicFile, names_path_and_remedy_when_the_place_is_wrong) {
  TemporaryFolder folder;
  EXPECT_NE(refusal_of([&] { AtomicFile file(folder / "absent/result.txt"); }).find("its folder must exist"),
            std::string::npos);
  EXPECT_NE(refusal_of([&] { AtomicFile file(folder.path()); }).find("name a file"), std::string::npos);
  write_whole_file(folder / "file", "");
  EXPECT_NE(refusal_of([&] { AtomicFile file(folder / "file/result.txt"); }).find("not a folder"), std::string::npos);
}

TEST(AtomicFile, refuses_a_read_only_folder) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_NE(refusal_of([&] { AtomicFile file(folder / "result.txt"); }).find("permission"), std::string::npos);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

TEST(AtomicFile, reports_an_exhausted_disk_as_fault) {
  TemporaryFolder folder;
  // A limit on file sizes stands in for a full disk.
  struct rlimit old_limit {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const struct rlimit small { 100'000, old_limit.rlim_max };
  auto* old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string message;
  try {
    write_whole_file(folder / "result.txt", std::string(200'000, 'x'));
  } catch (const Fault& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_NE(message.find("result.txt"), std::string::npos);
  EXPECT_NE(message.find("File too large"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ReadWholeFile, refuses_what_is_absent_large_or_no_file) {
  TemporaryFolder folder;
  write_whole_file(folder / "ten", "0123456789");
  EXPECT_EQ(read_whole_file(folder / "ten", 10), "0123456789");
  EXPECT_NE(refusal_of([&] { read_whole_file(folder / "ten", 9); }).find("has 10 bytes; at most 9"), std::string::npos);
  EXPECT_NE(refusal_of([&] { read_whole_file(folder / "none", 9); }).find("No such file"), std::string::npos);
  EXPECT_NE(refusal_of([&] { read_whole_file(folder.path(), 9); }).find("folder"), std::string::npos);
  EXPECT_NE(refusal_of([&] { read_whole_file("/dev/null", 9); }).find("device"), std::string::npos);
}

}  // namespace
}  // namespace retort::io
