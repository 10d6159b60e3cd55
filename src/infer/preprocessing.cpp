#include "infer/preprocessing.h"

#include <utility>

namespace coulis::infer {
namespace {

Extents NetworkInput(const ModelDescription& description) {
  const auto [width, height] = description.input_size;
  if (description.layout == "NHWC") return {1, height, width, 3};
  return {1, 3, height, width};
}

Result<void> FixInputShape(const ov_model_t* network, const ModelDescription& description) {
  ConstPortPtr port;
  Extents wanted = NetworkInput(description);
  Calls calls;
  calls.Note(ov_model_const_input(network, Out(port)), "input");
  std::optional<Extents> shape = StaticShape(port.get());
  if (!shape) {
    ov_partial_shape_t fixed{};
    calls.Note(
        ov_partial_shape_create_static(static_cast<std::int64_t>(wanted.size()), wanted.data(), &fixed),
        "input shape");
    calls.Note(ov_model_reshape_single_input(network, fixed), "reshape");
    ov_partial_shape_free(&fixed);
    calls.Note(ov_model_const_input(network, Out(port)), "input");
    shape = StaticShape(port.get());
  }
  if (calls.failure() || shape != wanted) {
    return Error{ErrorCode::kBadModel, "the network wants an input of " +
                                           (shape ? ToString(*shape) : std::string("unknown shape")) +
                                           ", its description says " + ToString(wanted)};
  }
  return {};
}

void Normalise(Calls& calls, const ov_preprocess_input_info_t* input, const ModelDescription& description) {
  StepsPtr steps;
  calls.Note(ov_preprocess_input_info_get_preprocess_steps(input, Out(steps)), "steps");
  calls.Note(ov_preprocess_preprocess_steps_convert_element_type(steps.get(), ov_element_type_e::F32), "f32");
  calls.Note(ov_preprocess_preprocess_steps_mean_multi_channels(steps.get(), description.mean.data(), 3),
             "mean");
  calls.Note(ov_preprocess_preprocess_steps_scale_multi_channels(steps.get(), description.scale.data(), 3),
             "scale");
}

void DescribeInput(Calls& calls, const ov_preprocess_prepostprocessor_t* processor,
                   const ModelDescription& description) {
  InputInfoPtr input;
  InputTensorInfoPtr tensor;
  InputModelInfoPtr wanted;
  LayoutPtr pixels;
  LayoutPtr layout;
  calls.Note(ov_preprocess_prepostprocessor_get_input_info(processor, Out(input)), "input");
  calls.Note(ov_preprocess_input_info_get_tensor_info(input.get(), Out(tensor)), "input tensor");
  calls.Note(ov_preprocess_input_tensor_info_set_element_type(tensor.get(), ov_element_type_e::U8),
             "u8 input");
  calls.Note(ov_layout_create("NHWC", Out(pixels)), "layout of the pixels");
  calls.Note(ov_preprocess_input_tensor_info_set_layout(tensor.get(), pixels.get()), "layout of the pixels");

  if (!description.takes_u8) Normalise(calls, input.get(), description);

  calls.Note(ov_preprocess_input_info_get_model_info(input.get(), Out(wanted)), "network input");
  calls.Note(ov_layout_create(description.layout.c_str(), Out(layout)), "layout");
  calls.Note(ov_preprocess_input_model_info_set_layout(wanted.get(), layout.get()), "layout");
}

void DescribeOutput(Calls& calls, const ov_preprocess_prepostprocessor_t* processor) {
  OutputInfoPtr output;
  OutputTensorInfoPtr tensor;
  calls.Note(ov_preprocess_prepostprocessor_get_output_info(processor, Out(output)), "output");
  calls.Note(ov_preprocess_output_info_get_tensor_info(output.get(), Out(tensor)), "output tensor");
  calls.Note(ov_preprocess_output_set_element_type(tensor.get(), ov_element_type_e::F32), "f32 output");
}

}  // namespace

Result<ModelPtr> WithPreprocessing(ModelPtr network, const ModelDescription& description) {
  if (Result<void> fixed = FixInputShape(network.get(), description); !fixed) return fixed.error();
  Calls calls;
  PrePostProcessorPtr processor;
  ModelPtr prepared;
  calls.Note(ov_preprocess_prepostprocessor_create(network.get(), Out(processor)), "preprocessing");
  DescribeInput(calls, processor.get(), description);
  DescribeOutput(calls, processor.get());
  calls.Note(ov_preprocess_prepostprocessor_build(processor.get(), Out(prepared)), "preprocessing");
  if (Result<void> built = calls.Outcome(ErrorCode::kBadModel, "the network cannot take 8-bit pixels");
      !built) {
    return built.error();
  }
  return prepared;
}

}  // namespace coulis::infer
