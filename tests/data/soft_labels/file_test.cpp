#include "data/soft_labels/file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/errors.h"
#include "support/hostile_input.h"
#include "support/soft_label_samples.h"
#include "support/temporary_folder.h"

namespace retort::data {
namespace {

using tests::drawn_logits;
using tests::refusal_of;
using tests::soft_label_header;

const SoftLabelHeader small_header = soft_label_header(12, 4, SoftLabelFormat::fp16, 2);

void add_records(SoftLabelWriter& writer, int64_t until) {
  while (writer.records() < until)
    writer.add(drawn_logits(12, uint64_t(writer.records())), std::vector<float>{1, float(writer.records())});
}

std::string content_of(const std::filesystem::path& path) { return io::read_whole_file(path, 1 << 20); }

std::string whole_file(const std::filesystem::path& path) {
  SoftLabelWriter writer(path, small_header);
  add_records(writer, small_header.records());
  writer.commit();
  return content_of(path);
}

TEST(SoftLabelFile, GivesEachRecordItsPlace) {
  tests::TemporaryFolder folder;
  whole_file(folder / "a.soft");
  const SoftLabelFile file(folder / "a.soft");
  EXPECT_EQ(file.header(), small_header);
  std::vector<float> logits(12), feature(2);
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    for (int64_t sample = 0; sample < 3; ++sample) {
      file.read(epoch, sample, logits, feature);
      EXPECT_EQ(feature[1], float(epoch * 3 + sample));
      const auto wanted = drawn_logits(12, uint64_t(epoch * 3 + sample));
      EXPECT_EQ(std::max_element(logits.begin(), logits.end()) - logits.begin(),
                std::max_element(wanted.begin(), wanted.end()) - wanted.begin());
    }
  }
  EXPECT_THROW(file.read(2, 0, logits, feature), Fault);
  EXPECT_THROW(file.read(0, 3, logits, feature), Fault);
}

TEST(SoftLabelFile, GoesOnBehindWhatAKilledWriterLeft) {
  tests::TemporaryFolder folder;
  const auto wanted = whole_file(folder / "whole.soft");
  const auto path = folder / "b.soft", partial = folder / "b.soft.partial";
  {
    SoftLabelWriter writer(path, small_header);
    EXPECT_EQ(writer.records(), 0);
    add_records(writer, 4);
  }
  ASSERT_TRUE(std::filesystem::exists(partial));
  EXPECT_FALSE(std::filesystem::exists(path));
  std::ofstream(partial, std::ios::app | std::ios::binary) << "half a rec";
  {
    SoftLabelWriter writer(path, small_header);
    EXPECT_EQ(writer.records(), 4);
    writer.keep(2);
    add_records(writer, small_header.records());
    EXPECT_EQ(writer.error().records, 4);
    writer.commit();
  }
  EXPECT_EQ(content_of(path), wanted);
  EXPECT_FALSE(std::filesystem::exists(partial));
}

TEST(SoftLabelFile, TakesUpNoDamagedOrForeignWork) {
  tests::TemporaryFolder folder;
  const auto path = folder / "c.soft", partial = folder / "c.soft.partial";
  const auto wanted = whole_file(folder / "whole.soft");
  const size_t record = soft_label_record_bytes(small_header), begin = wanted.size() - 6 * record;
  std::string damaged = wanted.substr(0, begin + 4 * record);
  damaged[begin + record + 3] = char(damaged[begin + record + 3] ^ 1);
  std::ofstream(partial, std::ios::binary) << damaged;
  EXPECT_EQ(SoftLabelWriter(path, small_header).records(), 1);
  auto other = small_header;
  other.teacher.checksum = "another";
  EXPECT_EQ(SoftLabelWriter(path, other).records(), 0);
  std::ofstream(partial, std::ios::binary) << "something else entirely";
  EXPECT_EQ(SoftLabelWriter(path, small_header).records(), 0);
}

TEST(SoftLabelFile, IsCommittedWhole) {
  tests::TemporaryFolder folder;
  SoftLabelWriter writer(folder / "d.soft", small_header);
  add_records(writer, 5);
  EXPECT_THROW(writer.commit(), Fault);
  add_records(writer, 6);
  EXPECT_THROW(writer.add(drawn_logits(12, 0), std::vector<float>{1, 2}), Fault);
}

TEST(SoftLabelFile, SaysWhatIsWrong) {
  tests::TemporaryFolder folder;
  const auto whole = whole_file(folder / "e.soft");
  const auto refusal = [](const std::string& bytes) {
    return refusal_of([&] { SoftLabelFile(io::share_bytes(bytes), "e.soft"); });
  };
  EXPECT_EQ(refusal("RIFF, perhaps"), "e.soft: is no file of soft labels; `retort cache` writes them");
  EXPECT_NE(refusal(whole.substr(0, whole.size() - 1)).find("cut off or damaged"), std::string::npos);
  EXPECT_NE(refusal(whole + "x").find("cut off or damaged"), std::string::npos);
  std::string newer = whole;
  newer[8] = 2;
  EXPECT_EQ(refusal(newer), "e.soft: is version 2 of the format; this program reads version 1");
  std::string flipped = whole;
  flipped[30] = char(flipped[30] ^ 1);
  EXPECT_NE(refusal(flipped).find("header's checksum differs"), std::string::npos);
  std::string record = whole;
  record[record.size() - 7] = char(record[record.size() - 7] ^ 1);
  const SoftLabelFile file(io::share_bytes(record), "e.soft");
  std::vector<float> logits(12);
  EXPECT_NE(refusal_of([&] { file.read(1, 2, logits, {}); }).find("e.soft: sample 2 of epoch 1: its checksum differs"),
            std::string::npos);
  EXPECT_NO_THROW(file.read(1, 1, logits, {}));
}

TEST(SoftLabelFile, SurvivesDamageEverywhere) {
  tests::TemporaryFolder folder;
  tests::damage_everywhere(whole_file(folder / "f.soft"), [](const std::string& bytes) {
    const SoftLabelFile file(io::share_bytes(bytes), "damaged");
    std::vector<float> logits(size_t(file.header().classes)), feature(size_t(file.header().feature_width));
    for (int64_t epoch = 0; epoch < file.header().epochs; ++epoch)
      for (int64_t sample = 0; sample < file.header().data.samples; ++sample) file.read(epoch, sample, logits, feature);
  });
}

}  // namespace
}  // namespace retort::data
