// Times the fit of a PCA over a file of features (bench/pca_bench.py).
//   pca_timer FILE DIMS SHARE THREADS     e.g.  pca_timer rows.f32 1280 0.95 2
// FILE holds rows of DIMS float32. It is read in blocks, each thread its share of the rows, so memory does
// not grow with it. Prints seconds: "moments S fit S k K".
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "coulis/moments.h"
#include "coulis/pca.h"

namespace {

constexpr std::int64_t kBlockRows = 1024;

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Adds rows [begin, end) of the file.
void AddRows(const std::string& path, std::int64_t begin, std::int64_t end, coulis::Moments& moments) {
  const auto row_bytes = static_cast<std::int64_t>(sizeof(float)) * moments.dims();
  std::ifstream file(path, std::ios::binary);
  file.seekg(begin * row_bytes);
  std::vector<float> block;
  for (std::int64_t row = begin; row < end; row += kBlockRows) {
    const std::int64_t rows = std::min(kBlockRows, end - row);
    block.resize(static_cast<std::size_t>(rows * moments.dims()));
    file.read(reinterpret_cast<char*>(block.data()), rows * row_bytes);
    moments.Add(block);
  }
}

coulis::Moments MomentsOf(const std::string& path, int dims, int threads) {
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  const std::int64_t rows = bytes / static_cast<std::int64_t>(sizeof(float)) / dims;
  std::vector<coulis::Moments> parts(static_cast<std::size_t>(threads), coulis::Moments(dims));
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      AddRows(path, rows * t / threads, rows * (t + 1) / threads, parts[static_cast<std::size_t>(t)]);
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (std::size_t t = 1; t < parts.size(); ++t) parts[0].Merge(parts[t]);
  return std::move(parts[0]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: pca_timer FILE DIMS SHARE THREADS\n");
    return 2;
  }
  const double start = Now();
  const coulis::Moments moments = MomentsOf(argv[1], std::stoi(argv[2]), std::stoi(argv[4]));
  const double fitting = Now();
  const auto model = coulis::FitPca(moments, coulis::VarianceShare{std::stod(argv[3])});
  if (!model) {
    std::fprintf(stderr, "%s\n", model.error().message.c_str());
    return 1;
  }
  std::printf("moments %.3f fit %.3f k %d\n", fitting - start, Now() - fitting, model->k);
  return 0;
}
