#include "io/zip.h"

#include <zlib.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "io/bytes.h"

namespace retort::io {
namespace {

constexpr uint32_t local_header_signature = 0x04034b50;
constexpr uint32_t directory_signature = 0x02014b50;
constexpr uint32_t end_signature = 0x06054b50;
constexpr uint32_t zip64_end_signature = 0x06064b50;
constexpr uint32_t zip64_locator_signature = 0x07064b50;
constexpr size_t local_header_bytes = 30;
constexpr size_t end_record_bytes = 22;
constexpr size_t zip64_locator_bytes = 20;
constexpr size_t max_comment_bytes = 0xffff;
constexpr uint16_t method_stored = 0;
constexpr uint16_t method_deflated = 8;
constexpr uint16_t flag_encrypted = 1;
constexpr uint16_t flag_utf8_name = 1 << 11;
constexpr uint16_t zip64_extra_id = 1;
constexpr uint16_t padding_extra_id = 0x4246;  // "FB", which PyTorch's writer uses for the same purpose
constexpr uint32_t in_zip64 = 0xffffffff;
constexpr size_t member_alignment = 64;
// Deflate can't shrink by more than 1032 : 1, so a larger claim is a lie told to exhaust memory.
constexpr uint64_t max_deflate_ratio = 1032;
constexpr uint16_t first_of_1980 = 0x0021;

struct DirectoryPlace {
  uint64_t offset, size, entries;
};

DirectoryPlace read_zip64_end(ByteReader& in, uint64_t offset) {
  in.seek(offset);
  in.require(in.read<uint32_t>() == zip64_end_signature, "the ZIP64 end record is damaged");
  in.skip(8 + 2 + 2);  // its size, versions
  const auto disk = in.read<uint32_t>(), directory_disk = in.read<uint32_t>();
  in.require(disk == 0 && directory_disk == 0, "archives of several disks can't be read");
  in.skip(8);  // entries on this disk
  DirectoryPlace place{};
  place.entries = in.read<uint64_t>();
  place.size = in.read<uint64_t>();
  place.offset = in.read<uint64_t>();
  return place;
}

// The end record lies before a comment of unknown length: it is searched from the end.
DirectoryPlace find_directory(ByteReader& in) {
  in.require(in.size() >= end_record_bytes, "is too short for a ZIP archive");
  const size_t last = in.size() - end_record_bytes;
  const size_t first = last > max_comment_bytes ? last - max_comment_bytes : 0;
  for (size_t at = last + 1; at-- > first;) {
    in.seek(at);
    if (in.read<uint32_t>() != end_signature) continue;
    const auto disk = in.read<uint16_t>(), directory_disk = in.read<uint16_t>();
    in.skip(2);  // entries on this disk
    DirectoryPlace place{};
    place.entries = in.read<uint16_t>();
    place.size = in.read<uint32_t>();
    place.offset = in.read<uint32_t>();
    if (in.read<uint16_t>() > in.remaining()) continue;  // a chance match: the comment would not fit
    in.require(disk == 0 && directory_disk == 0, "archives of several disks can't be read");
    if (at >= zip64_locator_bytes) {
      in.seek(at - zip64_locator_bytes);
      if (in.read<uint32_t>() == zip64_locator_signature) {
        in.skip(4);  // disk
        return read_zip64_end(in, in.read<uint64_t>());
      }
    }
    return place;
  }
  in.seek(in.size());
  in.fail("has no ZIP directory; the archive is cut off");
}

// Fields that did not fit 32 bits follow in this order in the ZIP64 extra field.
void read_zip64_extra(ByteReader extra, ZipArchive::Member& member) {
  while (extra.remaining() >= 4) {
    const auto id = extra.read<uint16_t>();
    const auto size = extra.read<uint16_t>();
    ByteReader field = extra.part(extra.position(), size);
    extra.skip(size);
    if (id != zip64_extra_id) continue;
    for (uint64_t* value : {&member.size, &member.packed_size, &member.header_offset}) {
      if (*value == in_zip64) *value = field.read<uint64_t>();
    }
    return;
  }
}

std::string inflate_member(std::span<const uint8_t> packed, uint64_t size, const std::string& where) {
  if (size / max_deflate_ratio > packed.size() + 1) {
    user_error("{}: claims to unpack to {} bytes from {}, which is impossible; the archive is damaged", where, size,
               packed.size());
  }
  struct Inflater {
    z_stream stream{};
    ~Inflater() { inflateEnd(&stream); }
  } inflater;
  z_stream& stream = inflater.stream;
  RT_CHECK(inflateInit2(&stream, -MAX_WBITS) == Z_OK, "zlib can't start");
  std::string content(size, '\0');
  size_t consumed = 0, produced = 0;
  int state = Z_OK;
  while (state == Z_OK) {
    // zlib counts in 32 bits.
    stream.next_in = const_cast<Bytef*>(packed.data() + consumed);
    stream.avail_in = static_cast<uInt>(std::min<size_t>(packed.size() - consumed, 1u << 30));
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + produced);
    stream.avail_out = static_cast<uInt>(std::min<size_t>(content.size() - produced, 1u << 30));
    const uInt offered_in = stream.avail_in, offered_out = stream.avail_out;
    state = inflate(&stream, Z_NO_FLUSH);
    consumed += offered_in - stream.avail_in;
    produced += offered_out - stream.avail_out;
  }
  if (state != Z_STREAM_END || produced != size) user_error("{}: its compressed data is damaged", where);
  return content;
}

// Continues a CRC-32. zlib takes a null pointer, which an empty text may have, for a wish to start afresh.
uint32_t checksum_of(std::string_view text, uint32_t so_far) {
  if (text.empty()) return so_far;
  return static_cast<uint32_t>(crc32_z(so_far, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

}  // namespace

bool looks_like_zip(std::span<const uint8_t> bytes) {
  return bytes.size() >= 4 && bytes[0] == 'P' && bytes[1] == 'K' &&
         ((bytes[2] == 3 && bytes[3] == 4) || (bytes[2] == 5 && bytes[3] == 6));
}

ZipArchive::ZipArchive(SharedBytes file, std::string name) : file_(std::move(file)), name_(std::move(name)) {
  read_directory();
}

void ZipArchive::read_directory() {
  ByteReader in(file_.bytes, name_);
  const DirectoryPlace place = find_directory(in);
  in.require(place.offset <= in.size() && place.size <= in.size() - place.offset,
             "the ZIP directory lies outside the file; the archive is damaged");
  ByteReader directory = in.part(place.offset, place.size);
  std::vector<std::pair<uint64_t, uint64_t>> extents;  // begin and least end of each member
  for (uint64_t entry = 0; entry < place.entries; ++entry) {
    directory.require(directory.read<uint32_t>() == directory_signature, "the ZIP directory is damaged");
    directory.skip(4);  // versions
    const auto flags = directory.read<uint16_t>();
    Member member{};
    member.method = directory.read<uint16_t>();
    directory.skip(4);  // time and date
    member.crc = directory.read<uint32_t>();
    member.packed_size = directory.read<uint32_t>();
    member.size = directory.read<uint32_t>();
    const auto name_size = directory.read<uint16_t>(), extra_size = directory.read<uint16_t>();
    const auto comment_size = directory.read<uint16_t>();
    directory.skip(8);  // disk, attributes
    member.header_offset = directory.read<uint32_t>();
    const std::string member_name(directory.text(name_size));
    read_zip64_extra(ByteReader(directory.take(extra_size), name_), member);
    directory.skip(comment_size);
    directory.require((flags & flag_encrypted) == 0, "encrypted archives can't be read");
    in.require(member.header_offset <= in.size() && member.packed_size <= in.size() - member.header_offset,
               "a ZIP member lies outside the file; the archive is damaged");
    extents.emplace_back(member.header_offset, member.header_offset + local_header_bytes + member.packed_size);
    if (!members_.emplace(member_name, member).second) {
      user_error("{}: the archive has the member '{}' twice", name_, member_name);
    }
  }
  // Members that share their packed bytes are how a small archive is made to unpack to terabytes.
  std::sort(extents.begin(), extents.end());
  for (size_t i = 1; i < extents.size(); ++i) {
    in.require(extents[i - 1].second <= extents[i].first, "ZIP members overlap; the archive is damaged");
  }
}

std::span<const uint8_t> ZipArchive::packed_bytes(const std::string& member, const Member& facts) const {
  ByteReader in(file_.bytes, name_);
  in.seek(facts.header_offset);
  if (in.read<uint32_t>() != local_header_signature) {
    user_error("{}: the header of member '{}' is damaged", name_, member);
  }
  in.skip(22);  // repeats what the directory says
  const auto name_size = in.read<uint16_t>(), extra_size = in.read<uint16_t>();
  if (in.text(name_size) != member) user_error("{}: member '{}' bears another name in its header", name_, member);
  in.skip(extra_size);
  return in.take(facts.packed_size);
}

SharedBytes ZipArchive::read(const std::string& member, uint64_t max_bytes) const {
  const auto found = members_.find(member);
  if (found == members_.end()) user_error("{}: the archive has no member '{}'", name_, member);
  const Member& facts = found->second;
  const std::string where = fmt::format("{}: member '{}'", name_, member);
  if (facts.size > max_bytes) user_error("{}: has {} bytes; at most {} are taken", where, facts.size, max_bytes);
  const auto packed = packed_bytes(member, facts);
  SharedBytes content;
  if (facts.method == method_stored) {
    if (facts.packed_size != facts.size) user_error("{}: is stored, but its two sizes differ", where);
    content = {file_.owner, packed};
  } else if (facts.method == method_deflated) {
    content = share_bytes(inflate_member(packed, facts.size, where));
  } else {
    user_error("{}: is packed by method {}; only stored and deflated members can be read", where, facts.method);
  }
  if (crc32_z(0, content.bytes.data(), content.bytes.size()) != facts.crc) {
    user_error("{}: its checksum is wrong; the file is damaged", where);
  }
  return content;
}

void ZipWriter::add(const std::string& member, std::string_view head, std::string_view body) {
  const uint64_t offset = file_.size(), size = head.size() + body.size();
  RT_CHECK(offset + size < in_zip64 - (1u << 20) && count_ < 0xffff && member.size() < 0x1000,
           "member '{}' is too much for a ZIP archive; write safetensors instead", member);
  const uint32_t crc = checksum_of(body, checksum_of(head, 0));
  const bool ascii = std::all_of(member.begin(), member.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
  const size_t data_begin = offset + local_header_bytes + member.size() + 4;
  const size_t padding = (member_alignment - data_begin % member_alignment) % member_alignment;

  ByteWriter facts;  // what both headers share
  facts.write<uint16_t>(20);
  facts.write<uint16_t>(ascii ? 0 : flag_utf8_name);
  facts.write<uint16_t>(method_stored);
  facts.write<uint16_t>(0);
  facts.write<uint16_t>(first_of_1980);
  facts.write(crc);
  facts.write<uint32_t>(static_cast<uint32_t>(size));
  facts.write<uint32_t>(static_cast<uint32_t>(size));
  facts.write<uint16_t>(static_cast<uint16_t>(member.size()));

  ByteWriter local;
  local.write(local_header_signature);
  local.write_text(facts.bytes());
  local.write<uint16_t>(static_cast<uint16_t>(4 + padding));
  local.write_text(member);
  local.write(padding_extra_id);
  local.write<uint16_t>(static_cast<uint16_t>(padding));
  local.pad(padding, 'Z');
  file_.write(local.bytes());
  file_.write(head);
  file_.write(body);

  ByteWriter entry;
  entry.write(directory_signature);
  entry.write<uint16_t>(20);
  entry.write_text(facts.bytes());
  entry.pad(2 + 2 + 2 + 2 + 4, '\0');  // extra and comment sizes, disk, attributes
  entry.write<uint32_t>(static_cast<uint32_t>(offset));
  entry.write_text(member);
  directory_ += entry.bytes();
  ++count_;
}

void ZipWriter::commit() {
  ByteWriter end;
  end.write(end_signature);
  end.write<uint32_t>(0);  // disks
  end.write(count_);
  end.write(count_);
  end.write<uint32_t>(static_cast<uint32_t>(directory_.size()));
  end.write<uint32_t>(static_cast<uint32_t>(file_.size()));
  end.write<uint16_t>(0);
  file_.write(directory_);
  file_.write(end.bytes());
  file_.commit();
}

}  // namespace retort::io
