// Writes the kinds of JPEG that Pillow cannot write, for the comparison with Pillow.
//   encode_jpeg WIDTH HEIGHT COMPONENTS SPACE SAMPLING FLAGS FILE < raw samples
// SPACE: grey, rgb, ycc, cmyk, ycck or any (COMPONENTS as they are); SAMPLING: "2x1,1x1,1x1", the factors of
// each component; FLAGS: any of p (progressive), a (arithmetic coding), r (a restart marker a row), m (no
// Adobe or JFIF marker), n (one scan a component), or "-".
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <jpeglib.h>

namespace {

struct Job {
  JDIMENSION width, height;
  int components;
  std::string space, sampling, flags;
  [[nodiscard]] bool Has(char flag) const { return flags.find(flag) != std::string::npos; }
};

void SetColors(jpeg_compress_struct& info, const Job& job) {
  const std::map<std::string, std::pair<J_COLOR_SPACE, J_COLOR_SPACE>> spaces = {
      {"grey", {JCS_GRAYSCALE, JCS_GRAYSCALE}},
      {"rgb", {JCS_RGB, JCS_RGB}},
      {"ycc", {JCS_RGB, JCS_YCbCr}},
      {"cmyk", {JCS_CMYK, JCS_CMYK}},
      {"ycck", {JCS_CMYK, JCS_YCCK}},
      {"any", {JCS_UNKNOWN, JCS_UNKNOWN}}};
  const auto [in, out] = spaces.at(job.space);
  info.in_color_space = in;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, out);
}

void SetSampling(jpeg_compress_struct& info, const std::string& sampling) {
  const char* next = sampling.c_str();
  for (int c = 0; c < info.num_components && next != nullptr; ++c) {
    std::sscanf(next, "%dx%d", &info.comp_info[c].h_samp_factor, &info.comp_info[c].v_samp_factor);
    next = std::strchr(next, ',');
    if (next != nullptr) ++next;
  }
}

void Encode(const Job& job, std::vector<unsigned char>& samples, std::FILE* file) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  jpeg_stdio_dest(&info, file);
  info.image_width = job.width;
  info.image_height = job.height;
  info.input_components = job.components;
  SetColors(info, job);
  SetSampling(info, job.sampling);
  std::vector<jpeg_scan_info> scans(static_cast<std::size_t>(job.components));
  for (int c = 0; c < job.components; ++c)
    scans[static_cast<std::size_t>(c)] = {1, {c, 0, 0, 0}, 0, 63, 0, 0};
  if (job.Has('n')) {
    info.scan_info = scans.data();
    info.num_scans = job.components;
  }
  if (job.Has('p')) jpeg_simple_progression(&info);
  if (job.Has('a')) info.arith_code = TRUE;
  if (job.Has('r')) info.restart_in_rows = 1;
  if (job.Has('m')) info.write_Adobe_marker = info.write_JFIF_header = FALSE;
  jpeg_start_compress(&info, TRUE);
  const std::size_t stride = std::size_t{job.width} * static_cast<std::size_t>(job.components);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = samples.data() + info.next_scanline * stride;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) return 2;
  const Job job{static_cast<JDIMENSION>(std::atoi(argv[1])),
                static_cast<JDIMENSION>(std::atoi(argv[2])),
                std::atoi(argv[3]),
                argv[4],
                argv[5],
                argv[6]};
  std::vector<unsigned char> samples(std::size_t{job.width} * job.height *
                                     static_cast<std::size_t>(job.components));
  if (std::fread(samples.data(), 1, samples.size(), stdin) != samples.size()) return 1;
  std::FILE* file = std::fopen(argv[7], "wb");
  if (file == nullptr) return 1;
  Encode(job, samples, file);
  return std::fclose(file) == 0 ? 0 : 1;
}
