// OpenVINO's C API with owners that free what they hold. The C API, not the C++ one, so that a library that
// carries its own libstdc++ (the Spark jar's) can run the same code.
#pragma once

#include <openvino/c/openvino.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis::infer {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <typename T, auto Free>
using Owner = std::unique_ptr<T, Freer<Free>>;

using CorePtr = Owner<ov_core_t, ov_core_free>;
using ModelPtr = Owner<ov_model_t, ov_model_free>;
using CompiledModelPtr = Owner<ov_compiled_model_t, ov_compiled_model_free>;
using InferRequestPtr = Owner<ov_infer_request_t, ov_infer_request_free>;
using TensorPtr = Owner<ov_tensor_t, ov_tensor_free>;
using LayoutPtr = Owner<ov_layout_t, ov_layout_free>;
using ConstPortPtr = Owner<ov_output_const_port_t, ov_output_const_port_free>;
using TextPtr = Owner<char, ov_free>;
using PrePostProcessorPtr = Owner<ov_preprocess_prepostprocessor_t, ov_preprocess_prepostprocessor_free>;
using InputInfoPtr = Owner<ov_preprocess_input_info_t, ov_preprocess_input_info_free>;
using InputTensorInfoPtr = Owner<ov_preprocess_input_tensor_info_t, ov_preprocess_input_tensor_info_free>;
using StepsPtr = Owner<ov_preprocess_preprocess_steps_t, ov_preprocess_preprocess_steps_free>;
using InputModelInfoPtr = Owner<ov_preprocess_input_model_info_t, ov_preprocess_input_model_info_free>;
using OutputInfoPtr = Owner<ov_preprocess_output_info_t, ov_preprocess_output_info_free>;
using OutputTensorInfoPtr = Owner<ov_preprocess_output_tensor_info_t, ov_preprocess_output_tensor_info_free>;

/// The address of an owner's pointer for the length of one C call; the owner takes what the call put there.
template <typename Pointer>
class Out {
 public:
  explicit Out(Pointer& owner) : owner_(owner) {}
  ~Out() { owner_.reset(raw_); }
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  operator typename Pointer::pointer*() { return &raw_; }  // NOLINT(google-explicit-constructor)

 private:
  Pointer& owner_;
  typename Pointer::pointer raw_ = nullptr;
};

/// A run of C calls of which the first failure counts: the C API refuses the null pointers that a failed call
/// leaves behind, so the calls after it do nothing and one test at the end is enough.
class Calls {
 public:
  /// Notes `status`, the outcome of `name`.
  void Note(ov_status_e status, const char* name);
  /// The first failure as one line ("ov_core_read_model: …"), or nothing.
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }
  [[nodiscard]] Result<void> Outcome(ErrorCode code, const std::string& context) const;

 private:
  std::optional<std::string> failure_;
};

/// Extents of a tensor, outermost first.
using Extents = std::vector<std::int64_t>;

/// Sees `extents` as the C API's shape; valid as long as `extents` is.
[[nodiscard]] ov_shape_t AsShape(Extents& extents);

/// The static shape of a port of a model; nothing when it is dynamic or the call fails.
[[nodiscard]] std::optional<Extents> StaticShape(const ov_output_const_port_t* port);

/// "[1, 3, 224, 224]".
[[nodiscard]] std::string ToString(const Extents& extents);

/// "2026.4.1-22982-…".
[[nodiscard]] std::string OpenVinoVersion();

/// The processor's name as OpenVINO's CPU plugin gives it; empty when it cannot.
[[nodiscard]] std::string ProcessorName(const ov_core_t* core);

}  // namespace coulis::infer
