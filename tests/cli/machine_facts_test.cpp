#include "cli/machine_facts.h"

#include <gtest/gtest.h>

namespace retort::cli {
namespace {

constexpr const char* two_runtimes =
    "7f00-7f01 r-xp 00000000 08:01 1  /usr/lib/libgomp.so.1\n"
    "7f01-7f02 r--p 00001000 08:01 1  /usr/lib/libgomp.so.1\n"
    "7f02-7f03 r-xp 00000000 08:01 2  /opt/my torch/libiomp5.so\n"
    "7f03-7f04 rw-p 00000000 00:00 0  [heap]\n"
    "7f04-7f05 r-xp 00000000 08:01 3  /usr/lib/libompete.so\n";

TEST(MachineFacts, each_mapped_library_is_named_once_with_its_blanks) {
  const std::vector<std::string> expected = {"/usr/lib/libgomp.so.1", "/opt/my torch/libiomp5.so",
                                             "/usr/lib/libompete.so"};
  EXPECT_EQ(mapped_libraries(two_runtimes), expected);
}

TEST(MachineFacts, finds_both_openmp_runtimes_and_nothing_that_sounds_alike) {
  const std::vector<std::string> expected = {"/usr/lib/libgomp.so.1", "/opt/my torch/libiomp5.so"};
  EXPECT_EQ(openmp_runtimes(mapped_libraries(two_runtimes)), expected);
  EXPECT_TRUE(openmp_runtimes({}).empty());
}

TEST(MachineFacts, an_unreadable_file_is_empty) { EXPECT_EQ(read_proc_file("/proc/no such file"), ""); }

}  // namespace
}  // namespace retort::cli
