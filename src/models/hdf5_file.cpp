#include "models/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>

namespace coulis::models {
namespace {

constexpr hid_t kNone = -1;
constexpr int kHighestRank = 8;
constexpr std::size_t kLongestText = std::size_t{1} << 26;
// Keras does not compress; this leaves room for those who do.
constexpr std::size_t kLargestExpansion = 16;
constexpr std::size_t kSmallestBudget = std::size_t{1} << 20;

Error Bad(const std::string& reason) {
  return {ErrorCode::kBadModel, "not usable as HDF5: " + reason};
}

/// Inside, HDF5 prints nothing, and one thread is in the library: not every build of it can take more.
class Quiet {
 public:
  Quiet() : lock_(Mutex()) {
    H5Eget_auto2(H5E_DEFAULT, &handler_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, handler_, data_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  static std::recursive_mutex& Mutex() {
    static std::recursive_mutex mutex;
    return mutex;
  }

  std::scoped_lock<std::recursive_mutex> lock_;
  H5E_auto2_t handler_ = nullptr;
  void* data_ = nullptr;
};

/// Closes an identifier with the function that its kind needs.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (valid()) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] bool valid() const { return id_ >= 0; }
  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

herr_t RefuseLink(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) {
  return -1;
}

// How to open what lies in the file: links that lead out of it lead nowhere.
class InsideOnly : public Handle {
 public:
  explicit InsideOnly(hid_t kind) : Handle(H5Pcreate(kind), H5Pclose) {
    if (valid()) H5Pset_elink_cb(get(), RefuseLink, nullptr);
  }
};

hid_t OpenGroup(hid_t file, const std::string& path) {
  const InsideOnly inside(H5P_GROUP_ACCESS);
  return inside.valid() ? H5Gopen2(file, path.c_str(), inside.get()) : kNone;
}

// Data in other files, or through a filter that HDF5 would load as a plugin.
bool ReachesOutside(hid_t dataset) {
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties.valid() || H5Pget_external_count(properties.get()) != 0) return true;
  const H5D_layout_t layout = H5Pget_layout(properties.get());
  if (layout != H5D_CONTIGUOUS && layout != H5D_COMPACT && layout != H5D_CHUNKED) return true;
  const int filters = H5Pget_nfilters(properties.get());
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(properties.get(), static_cast<unsigned>(i), &flags, &values,
                                               nullptr, 0, nullptr, nullptr);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
      return true;
    }
  }
  return filters < 0;
}

// The extents, when they are of a rank and a size in bytes that can be meant.
std::optional<std::vector<std::int64_t>> ShapeOf(hid_t dataset, std::size_t budget) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const int rank = space.valid() ? H5Sget_simple_extent_ndims(space.get()) : -1;
  if (rank < 0 || rank > kHighestRank) return std::nullopt;
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  if (rank > 0 && H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr) != rank)
    return std::nullopt;
  std::vector<std::int64_t> shape;
  std::size_t bytes = sizeof(float);
  for (const hsize_t extent : extents) {
    if (extent == 0 || __builtin_mul_overflow(bytes, extent, &bytes) || bytes > budget) return std::nullopt;
    shape.push_back(static_cast<std::int64_t>(extent));
  }
  return shape;
}

// Texts of one length each, filled up with zeros.
std::vector<std::string> FixedTexts(const std::vector<char>& raw, std::size_t length) {
  std::vector<std::string> texts;
  for (std::size_t at = 0; at + length <= raw.size(); at += length) {
    texts.emplace_back(raw.data() + at, strnlen(raw.data() + at, length));
  }
  return texts;
}

// Texts of any length, which HDF5 allocates.
std::optional<std::vector<std::string>> VariableTexts(hid_t attribute, hid_t space, std::size_t count) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  const Handle stored(H5Aget_type(attribute), H5Tclose);
  std::vector<char*> pointers(count, nullptr);
  if (!type.valid() || H5Tset_size(type.get(), H5T_VARIABLE) < 0 ||
      H5Tset_cset(type.get(), H5Tget_cset(stored.get())) < 0 ||
      H5Aread(attribute, type.get(), static_cast<void*>(pointers.data())) < 0) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  texts.reserve(count);
  for (const char* text : pointers) texts.emplace_back(text == nullptr ? "" : text);
  H5Dvlen_reclaim(type.get(), space, H5P_DEFAULT, static_cast<void*>(pointers.data()));
  return texts;
}

std::optional<std::vector<std::string>> ReadTexts(hid_t attribute) {
  const Handle type(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  if (!type.valid() || !space.valid()) return std::nullopt;
  const hssize_t points = H5Sget_simple_extent_npoints(space.get());
  if (points == 0) return std::vector<std::string>();  // An empty list has forgotten that it is one of texts.
  if (H5Tget_class(type.get()) != H5T_STRING) return std::nullopt;
  const std::size_t length = H5Tget_size(type.get());
  if (points < 0 || length == 0) return std::nullopt;
  const auto count = static_cast<std::size_t>(points);
  if (count > kLongestText / length) return std::nullopt;
  if (H5Tis_variable_str(type.get()) > 0) return VariableTexts(attribute, space.get(), count);
  std::vector<char> raw(count * length);
  if (!raw.empty() && H5Aread(attribute, type.get(), raw.data()) < 0) return std::nullopt;
  return FixedTexts(raw, length);
}

herr_t AddName(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

Result<Hdf5File> Hdf5File::Open(std::span<const std::byte> bytes) {
  const Quiet quiet;
  const Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  constexpr std::size_t kGrowth = 65536;
  // HDF5 copies the image and never writes to the original.
  void* image = const_cast<std::byte*>(bytes.data());
  if (bytes.empty()) return Bad("the file is empty");
  if (!properties.valid() || H5Pset_fapl_core(properties.get(), kGrowth, /*backing_store=*/false) < 0 ||
      H5Pset_file_image(properties.get(), image, bytes.size()) < 0) {
    return Error{ErrorCode::kInternal, "HDF5 cannot read from memory"};
  }
  const hid_t file = H5Fopen("memory.h5", H5F_ACC_RDONLY, properties.get());
  if (file < 0) return Bad("the file is cut off, damaged or of another kind");
  return Hdf5File(file, std::max(kSmallestBudget, kLargestExpansion * bytes.size()));
}

Hdf5File::Hdf5File(Hdf5File&& other) noexcept
    : file_(std::exchange(other.file_, kNone)), budget_(other.budget_) {}

Hdf5File::~Hdf5File() {
  const Quiet quiet;
  if (file_ >= 0) H5Fclose(file_);
}

bool Hdf5File::HasGroup(const std::string& path) const {
  const Quiet quiet;
  return Handle(OpenGroup(file_, path), H5Gclose).valid();
}

std::vector<std::string> Hdf5File::Children(const std::string& group) const {
  const Quiet quiet;
  const Handle open(OpenGroup(file_, group), H5Gclose);
  std::vector<std::string> names;
  if (open.valid()) H5Literate(open.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, AddName, &names);
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::vector<std::string>> Hdf5File::Texts(const std::string& group,
                                                        const std::string& attribute) const {
  const Quiet quiet;
  const Handle open(OpenGroup(file_, group), H5Gclose);
  if (!open.valid() || H5Aexists(open.get(), attribute.c_str()) <= 0) return std::nullopt;
  const Handle handle(H5Aopen(open.get(), attribute.c_str(), H5P_DEFAULT), H5Aclose);
  return handle.valid() ? ReadTexts(handle.get()) : std::nullopt;
}

Result<FloatTensor> Hdf5File::Floats(const std::string& path) {
  const Quiet quiet;
  const InsideOnly inside(H5P_DATASET_ACCESS);
  const Handle dataset(inside.valid() ? H5Dopen2(file_, path.c_str(), inside.get()) : kNone, H5Dclose);
  if (!dataset.valid()) return Bad(path + " is missing or damaged");
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  if (!type.valid() || H5Tget_class(type.get()) != H5T_FLOAT) return Bad(path + " does not hold floats");
  if (ReachesOutside(dataset.get())) return Bad(path + " is stored in a way that is not supported");
  const auto shape = ShapeOf(dataset.get(), budget_);
  if (!shape) return Bad(path + " claims a size that it cannot have");
  std::size_t count = 1;
  for (const std::int64_t extent : *shape) count *= static_cast<std::size_t>(extent);
  FloatTensor tensor{*shape, std::vector<float>(count)};
  budget_ -= count * sizeof(float);
  if (H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.values.data()) < 0) {
    return Bad(path + " cannot be read: the file is cut off or damaged");
  }
  const bool finite = std::all_of(tensor.values.begin(), tensor.values.end(),
                                  [](float value) { return std::isfinite(value); });
  if (!finite) return Bad(path + " holds a number that is not finite");
  return tensor;
}

}  // namespace coulis::models
