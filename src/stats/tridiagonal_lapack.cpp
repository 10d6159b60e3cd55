// LAPACK's DSTEMR, taken into the library from a static archive: no run-time dependency, and no Fortran
// run-time, which only the error handler XERBLA would need.
#include <algorithm>

#include "stats/tridiagonal.h"

#if defined(COULIS_LAPACK)

extern "C" {

// https://netlib.org/lapack/explore-html (group stemr). Fortran's hidden lengths of jobz and range come last.
void dstemr_(const char* jobz, const char* range, const int* n, double* d, double* e, const double* vl,
             const double* vu, const int* il, const int* iu, int* m, double* w, double* z, const int* ldz,
             const int* nzc, int* isuppz, int* tryrac, double* work, const int* lwork, int* iwork,
             const int* liwork, int* info, std::size_t jobz_length, std::size_t range_length);

// LAPACK calls this for an argument out of range, which would be our own mistake; `info` tells of it as well.
__attribute__((visibility("hidden"))) void xerbla_(const char* /*routine*/, const int* /*argument*/,
                                                   std::size_t /*length*/) {}
}

namespace coulis::stats {

std::optional<std::vector<double>> TridiagonalVectorsByLapack(std::span<const double> diagonal,
                                                              std::span<const double> subdiagonal, int k) {
  const std::size_t size = diagonal.size();
  const auto n = static_cast<int>(size);
  std::vector<double> d(diagonal.begin(), diagonal.end());
  std::vector<double> e(subdiagonal.begin(), subdiagonal.end());
  e.push_back(0.0);  // work space, says DSTEMR
  std::vector<double> values(size);
  std::vector<double> vectors(size * static_cast<std::size_t>(k));
  std::vector<int> support(2 * static_cast<std::size_t>(k));
  std::vector<double> work(18 * size);
  std::vector<int> integer_work(10 * size);
  const auto work_size = static_cast<int>(work.size());
  const auto integer_work_size = static_cast<int>(integer_work.size());
  const double unused = 0.0;
  const int first = n - k + 1;
  int found = 0;
  int high_relative_accuracy = 1;
  int info = 0;
  dstemr_("V", "I", &n, d.data(), e.data(), &unused, &unused, &first, &n, &found, values.data(),
          vectors.data(), &n, &k, support.data(), &high_relative_accuracy, work.data(), &work_size,
          integer_work.data(), &integer_work_size, &info, 1, 1);
  if (info != 0 || found != k) return std::nullopt;

  // LAPACK's values rise.
  for (std::size_t i = 0, j = static_cast<std::size_t>(k) - 1; i < j; ++i, --j) {
    std::swap_ranges(vectors.begin() + static_cast<std::ptrdiff_t>(i * size),
                     vectors.begin() + static_cast<std::ptrdiff_t>((i + 1) * size),
                     vectors.begin() + static_cast<std::ptrdiff_t>(j * size));
  }
  return vectors;
}

}  // namespace coulis::stats

#else

namespace coulis::stats {

std::optional<std::vector<double>> TridiagonalVectorsByLapack(std::span<const double>,
                                                              std::span<const double>, int) {
  return std::nullopt;
}

}  // namespace coulis::stats

#endif
