// libjpeg-turbo alone, row by row into one buffer: the floor for decoding a JPEG.
#pragma once

#include <cstddef>
#include <cstdio>
#include <span>
#include <vector>

#include <jpeglib.h>  // after <cstddef> and <cstdio>, which it needs but does not include

/// Decodes a good JPEG to RGB and throws the rows away; `row` is kept for the next one.
inline void DecodeWithBareLibjpeg(std::span<const char> file, std::vector<JSAMPLE>& row) {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  row.resize(std::size_t{info.output_width} * 3);
  JSAMPROW rows[] = {row.data()};
  while (info.output_scanline < info.output_height) jpeg_read_scanlines(&info, rows, 1);
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
}
