// Fits and applies PCA for the comparison with scikit-learn.
//   fit_pca DIMS COMPONENTS SPLIT     e.g.  fit_pca 64 0.95 100
// Reads float32 rows of DIMS from standard input and adds them in parts of SPLIT rows that are merged.
// COMPONENTS is a share of variance when it holds a point, else a count. Writes doubles: k, then the mean,
// scale, explained_variance, explained_variance_ratio, components [k, DIMS] and the projected rows [n, k]. On
// an error: its message to standard error, exit code 1.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "coulis/moments.h"
#include "coulis/pca.h"

namespace {

std::vector<float> ReadRows() {
  std::vector<float> rows;
  std::vector<float> buffer(1 << 16);
  while (const std::size_t got = std::fread(buffer.data(), sizeof(float), buffer.size(), stdin)) {
    rows.insert(rows.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return rows;
}

coulis::ComponentChoice ParseChoice(const std::string& text) {
  if (text.find('.') != std::string::npos) return coulis::VarianceShare{std::stod(text)};
  return coulis::ComponentCount{std::stoi(text)};
}

coulis::Moments MomentsOf(std::span<const float> rows, int dims, std::size_t split) {
  coulis::Moments all(dims);
  const std::size_t part_size = split * static_cast<std::size_t>(dims);
  for (std::size_t begin = 0; begin < rows.size(); begin += part_size) {
    coulis::Moments part(dims);
    part.Add(rows.subspan(begin, std::min(part_size, rows.size() - begin)));
    all.Merge(part);
  }
  return all;
}

void Write(const std::vector<double>& values) {
  std::fwrite(values.data(), sizeof(double), values.size(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: fit_pca DIMS COMPONENTS SPLIT\n";
    return 2;
  }
  const int dims = std::stoi(argv[1]);
  const std::vector<float> rows = ReadRows();
  const auto model = coulis::FitPca(MomentsOf(rows, dims, std::stoul(argv[3])), ParseChoice(argv[2]));
  if (!model) {
    std::cerr << model.error().message << "\n";
    return 1;
  }
  std::vector<float> projected(rows.size() / static_cast<std::size_t>(dims) *
                               static_cast<std::size_t>(model->k));
  coulis::PcaProjector(*model).Project(rows, projected);

  Write({static_cast<double>(model->k)});
  Write(model->mean);
  Write(model->scale);
  Write(model->explained_variance);
  Write(model->explained_variance_ratio);
  Write(model->components);
  Write({projected.begin(), projected.end()});
  return 0;
}
