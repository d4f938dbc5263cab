#include "core/memory_room.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
constexpr int64_t megabyte = 1024 * 1024;

/// Folders that look like /proc and /sys/fs/cgroup to memory_room().
struct FakeMachine {
  FakeMachine(const std::string& groups_of_process, int64_t free_megabytes = 8000) {
    put("proc/meminfo", "MemTotal:       16384000 kB\nMemFree:  1 kB\nMemAvailable:   " +
                            std::to_string(free_megabytes * 1024) + " kB\n");
    put("proc/self/cgroup", groups_of_process);
  }
  void put(const std::string& file, const std::string& text) const {
    const auto path = folder.path() / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void group(const std::string& path, const std::string& limit_megabytes, int64_t used_megabytes,
             int64_t inactive_megabytes = 0) const {
    const auto limit = limit_megabytes == "max" ? "max" : std::to_string(std::stoll(limit_megabytes) * megabyte);
    put("groups/" + path + "/memory.max", limit + "\n");
    put("groups/" + path + "/memory.current", std::to_string(used_megabytes * megabyte) + "\n");
    put("groups/" + path + "/memory.stat",
        "anon 5\ninactive_file " + std::to_string(inactive_megabytes * megabyte) + "\nactive_file 0\n");
  }
  MemoryRoom room() const { return memory_room(folder.path() / "proc", folder.path() / "groups"); }
  std::string folder_of(const std::string& path) const { return (folder.path() / "groups" / path).string(); }

  tests::TemporaryFolder folder;
};

TEST(MemoryRoom, IsTheMachinesWithoutControlGroups) {
  const FakeMachine machine("");
  EXPECT_EQ(machine.room().available_bytes, 8000 * megabyte);
  EXPECT_EQ(machine.room().total_bytes, 16000 * megabyte);
  EXPECT_EQ(machine.room().limited_by, "");
}

TEST(MemoryRoom, IsWhatTheGroupLeaves) {
  const FakeMachine machine("0::/job/step\n");
  machine.group("job/step", "4000", 1500);
  const auto room = machine.room();
  EXPECT_EQ(room.available_bytes, 2500 * megabyte);
  EXPECT_EQ(room.total_bytes, 4000 * megabyte);
  EXPECT_EQ(room.limited_by, machine.folder_of("job/step"));
}

TEST(MemoryRoom, FilePagesMakeWay) {
  const FakeMachine machine("0::/job\n");
  machine.group("job", "4000", 3900, 3000);
  EXPECT_EQ(machine.room().available_bytes, 3100 * megabyte);
}

TEST(MemoryRoom, TheTightestOfAllParentsCounts) {
  const FakeMachine machine("0::/user/job/step\n");
  machine.group("user/job/step", "max", 100);
  machine.group("user/job", "6000", 100);
  machine.group("user", "3000", 2000);
  EXPECT_EQ(machine.room().available_bytes, 1000 * megabyte);
  EXPECT_EQ(machine.room().limited_by, machine.folder_of("user"));
}

TEST(MemoryRoom, AMachineWithLessFreeThanTheLimitDecides) {
  const FakeMachine machine("0::/job\n", 500);
  machine.group("job", "4000", 100);
  EXPECT_EQ(machine.room().available_bytes, 500 * megabyte);
  EXPECT_EQ(machine.room().limited_by, "");
  EXPECT_EQ(machine.room().total_bytes, 4000 * megabyte);
}

// Containers show the host's path, and only the root of what they may see.
TEST(MemoryRoom, AGroupThatIsNotThereFallsBackToTheRoot) {
  for (const auto* path : {"0::/host/docker/0123\n", "0::/../../elsewhere\n", "0::/\n"}) {
    const FakeMachine machine(path);
    machine.group(".", "2000", 500);
    EXPECT_EQ(machine.room().available_bytes, 1500 * megabyte) << path;
  }
}

TEST(MemoryRoom, ReadsVersionOneToo) {
  const FakeMachine machine("12:cpu,cpuacct:/a\n5:hugetlb,memory:/docker/0123\n1:name=systemd:/b\n");
  machine.put("groups/memory/docker/0123/memory.limit_in_bytes", std::to_string(1000 * megabyte));
  machine.put("groups/memory/docker/0123/memory.usage_in_bytes", std::to_string(700 * megabyte));
  machine.put("groups/memory/docker/0123/memory.stat",
              "inactive_file 1\ntotal_inactive_file " + std::to_string(100 * megabyte) + "\n");
  machine.put("groups/memory/memory.limit_in_bytes", "9223372036854771712\n");  // how version 1 says: none
  machine.put("groups/memory/memory.usage_in_bytes", std::to_string(700 * megabyte));
  EXPECT_EQ(machine.room().available_bytes, 400 * megabyte);
}

TEST(MemoryRoom, AFullGroupIsNotAnUnknownOne) {
  const FakeMachine machine("0::/job\n");
  machine.group("job", "1000", 1200);
  EXPECT_EQ(machine.room().available_bytes, 1);
}

TEST(MemoryRoom, NonsenseIsNoLimit) {
  const FakeMachine machine("0::/job\nrubbish\n:\n::\n");
  machine.put("groups/job/memory.max", "plenty");
  machine.put("groups/job/memory.current", "-3");
  machine.put("groups/job/memory.stat", "inactive_file\n\nactive_file x\n");
  EXPECT_EQ(machine.room().available_bytes, 8000 * megabyte);
  EXPECT_EQ(memory_room(machine.folder.path() / "nowhere", machine.folder.path()).available_bytes, 0);
}

TEST(MemoryRoom, KnowsThisMachine) {
  EXPECT_GT(memory_room().total_bytes, 0);
  EXPECT_LE(memory_room().available_bytes, memory_room().total_bytes);
}

}  // namespace
}  // namespace retort
