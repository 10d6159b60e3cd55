// Where JPEG, PNG and WebP keep EXIF and XMP.
#include <algorithm>
#include <string_view>

#include "image/byte_reader.h"
#include "image/orientation.h"
#include "image/png_chunks.h"

namespace coulis::image {
namespace {

bool StartsWith(Bytes bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), bytes.begin(),
                    [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

void Assign(std::vector<std::byte>& to, Bytes from) {
  to.assign(from.begin(), from.end());
}

/// A JPEG's EXIF may be spread over several APP1 segments; Pillow joins them.
void TakeApp1(Bytes segment, Metadata& metadata) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr std::string_view kXmp("http://ns.adobe.com/xap/1.0/\0", 29);
  if (StartsWith(segment, kExif)) {
    const Bytes tiff = segment.subspan(kExif.size());
    metadata.exif.insert(metadata.exif.end(), tiff.begin(), tiff.end());
  } else if (StartsWith(segment, kXmp)) {
    Assign(metadata.xmp, segment.subspan(kXmp.size()));
  }
}

Metadata OfJpeg(Bytes bytes) {
  constexpr std::uint32_t kStartOfScan = 0xDA;
  constexpr std::uint32_t kApp1 = 0xE1;
  Metadata metadata;
  std::size_t offset = 2;
  while (const auto mark = ReadNumber<2>(bytes, offset, ByteOrder::kBig)) {
    const std::uint32_t code = *mark & 0xFF;
    if (*mark >> 8 != 0xFF || code == 0xFF) {
      ++offset;  // junk or fill bytes before a marker
      continue;
    }
    offset += 2;
    const bool bare = code < 0xC0 || (code >= 0xD0 && code <= 0xD8);  // markers without a segment
    if (bare) continue;
    const auto length = ReadNumber<2>(bytes, offset, ByteOrder::kBig);
    if (code == kStartOfScan || !length || *length < 2 || bytes.size() - offset < *length) break;
    if (code == kApp1) TakeApp1(bytes.subspan(offset + 2, *length - 2), metadata);
    offset += *length;
  }
  return metadata;
}

Metadata OfPng(Bytes bytes) {
  Metadata metadata;
  for (std::size_t offset = 8;;) {
    const Result<PngChunk> chunk = ReadChunk(bytes, offset);
    if (!chunk || !chunk->complete() || chunk->type == "IEND") return metadata;
    if (chunk->type == "eXIf") Assign(metadata.exif, chunk->data);
    if (chunk->type == "iTXt" && StartsWith(chunk->data, std::string_view("XML:com.adobe.xmp\0\0", 19))) {
      Assign(metadata.xmp, chunk->data);
    }
    offset = chunk->end + 4;
  }
}

Metadata OfWebp(Bytes bytes) {
  constexpr std::size_t kChunkHeader = 8;
  Metadata metadata;
  std::size_t offset = 12;
  while (const auto length = ReadNumber<4>(bytes, offset + 4, ByteOrder::kLittle)) {
    const Bytes rest = bytes.subspan(offset + kChunkHeader);
    if (rest.size() < *length) break;
    if (StartsWith(bytes.subspan(offset), "EXIF") && metadata.exif.empty())
      Assign(metadata.exif, rest.first(*length));
    if (StartsWith(bytes.subspan(offset), "XMP ") && metadata.xmp.empty())
      Assign(metadata.xmp, rest.first(*length));
    offset += kChunkHeader + *length + *length % 2;
  }
  return metadata;
}

}  // namespace

Metadata FindMetadata(Bytes bytes) {
  if (StartsWith(bytes, "\xFF\xD8")) return OfJpeg(bytes);
  if (StartsWith(bytes, "\x89PNG")) return OfPng(bytes);
  if (StartsWith(bytes, "RIFF")) return OfWebp(bytes);
  return {};
}

}  // namespace coulis::image
