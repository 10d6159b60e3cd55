// The streaming resize: rows in, finished rows out, and only the rows in between that the filter still needs.
#pragma once

#include <memory>
#include <vector>

#include "image/axis_cache.h"
#include "image/resize_kernel.h"
#include "image/row_buffer.h"
#include "image/row_sink.h"

namespace coulis::image {

/// Along one axis: pixels [first, first + count) of the resized image become those of the output from
/// `offset` on.
struct Overlap {
  int first = 0;
  int count = 0;
  int offset = 0;
};

/// What becomes of an image: resized to `resized`, of which a part is seen.
struct Placement {
  ImageSize resized;
  Overlap x;
  Overlap y;
};

/// Resizes each image that is fed to it to one output size. Its buffers are kept from image to image.
/// Not thread-safe.
class Resizer final : public RowSink {
 public:
  /// Both sides of `fit.size` ≥ 1.
  /// `mode`: whether decoders may shrink as they decode.
  Resizer(const ImageFit& fit, ResizeKernel kernel, DecodeMode mode = DecodeMode::kExact)
      : fit_(fit), mode_(mode), kernel_(FunctionsOf(kernel)), axes_(kernel_) {}

  Resizer(const Resizer&) = delete;  // holds pointers into its own buffers
  Resizer& operator=(const Resizer&) = delete;

  /// Where the next image goes: fit.size.width x fit.size.height x 3 bytes.
  void SetTarget(std::uint8_t* pixels) { target_ = pixels; }

  [[nodiscard]] ImageSize Least(ImageSize full) const override;
  void Begin(ImageSize size) override;
  [[nodiscard]] std::uint8_t* Row() override;
  void EndRow() override;

 private:
  [[nodiscard]] std::uint8_t* Slot(int row) {
    return ring_.start() + static_cast<std::size_t>(row % ring_rows_) * slot_bytes_;
  }
  [[nodiscard]] bool HorizontalOnTheWayIn() const { return horizontal_ && !vertical_first_; }
  /// True when all the rows that row `rows_out_` of the output needs are there.
  [[nodiscard]] bool CanEmit() const;
  /// No axis when nothing changes along it: the pass is skipped, as Pillow skips it.
  [[nodiscard]] std::shared_ptr<const Axis> AxisFor(int in, int resized, const Overlap& overlap);
  /// Whether some row of the output is made of row `rows_in_`.
  [[nodiscard]] bool IsNeeded() const;
  /// The vertical pass for row `rows_out_`: the pixels from `begin` to `end` of a row of the ring to `out`.
  void Vertical(int begin, int end, std::uint8_t* out);
  void EmitRow();

  ImageFit fit_;
  DecodeMode mode_;
  const ResizeKernelFunctions& kernel_;
  AxisCache axes_;
  std::uint8_t* target_ = nullptr;

  // Of the image that is being fed.
  Placement placement_;
  std::shared_ptr<const Axis> horizontal_;
  std::shared_ptr<const Axis> vertical_;
  bool vertical_first_ = false;
  int height_ = 0;
  int rows_in_ = 0;
  int rows_out_ = 0;

  RowBuffer line_;  // a row before the horizontal pass
  RowBuffer done_;  // a row after the horizontal pass, when that comes last
  RowBuffer ring_;  // the last ring_rows_ rows before the vertical pass
  int ring_rows_ = 0;
  int ring_width_ = 0;
  std::size_t slot_bytes_ = 0;
  std::vector<const std::uint8_t*> window_;  // the rows that one output row is made of
};

/// Where an image of size `from` goes (ImageFit says by which rules).
[[nodiscard]] Placement Place(ImageSize from, const ImageFit& fit);

/// Whether Pillow 13 runs the vertical pass first (docs/decisions/010-resize-exactly-as-pillow.md).
[[nodiscard]] bool VerticalPassFirst(ImageSize from, ImageSize to);

}  // namespace coulis::image
