// Two engines on the same images: how their features differ, and how long they take.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/engine.h"
#include "coulis/quantize.h"
#include "coulis/result.h"
#include "pipeline/image_sample.h"

namespace coulis {

/// Fewer images than this say nothing.
inline constexpr std::int64_t kFewestImages = 10;

/// Runs up to `most` images of `sample`, but those in `skip`, through both engines and fills in images, bad,
/// labels, cosine, nearest and speed of `report`. Errors: kNotFound (fewer than kFewestImages usable images),
/// kCancelled, kInternal.
[[nodiscard]] Result<void> MeasurePrecision(const Engine& f32, const Engine& other, ImageSample& sample,
                                            std::span<const std::string> skip, std::int64_t most,
                                            PrecisionReport& report, const std::stop_token& stop);

/// For each of the rows of unit length in `rows` [count, length]: the other row with the largest inner
/// product, the first of equals. At least two rows.
[[nodiscard]] std::vector<std::size_t> NearestRows(std::span<const float> rows, std::size_t length);

}  // namespace coulis
