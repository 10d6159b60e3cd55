// coulis.spark.Native: moments, PCA and projection as Java sees them. Of co-moments only the lower triangle
// travels, row after row: dims * (dims + 1) / 2 numbers.
#include <jni.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "boundary.h"
#include "coulis/moments.h"
#include "coulis/pca.h"

namespace {

using coulis::Moments;
using coulis::PcaModel;
using coulis::PcaProjector;
using coulis::Result;
using coulis::spark::From;
using coulis::spark::FromJava;
using coulis::spark::Guarded;
using coulis::spark::Handle;
using coulis::spark::ToJava;

// [dims, dims] from its lower triangle; the rest is zero.
std::vector<double> Unpack(const std::vector<double>& triangle, std::size_t dims) {
  std::vector<double> square(dims * dims);
  auto from = triangle.begin();
  for (std::size_t row = 0; row < dims; ++row) {
    const auto end = from + static_cast<std::ptrdiff_t>(row + 1);
    std::copy(from, end, square.begin() + static_cast<std::ptrdiff_t>(row * dims));
    from = end;
  }
  return square;
}

coulis::ComponentChoice Choice(jint components, jdouble share) {
  if (components > 0) return coulis::ComponentCount{components};
  return coulis::VarianceShare{share};
}

// A double[5][]; null where Java's memory is at its end.
jobjectArray ToJavaArrays(JNIEnv* env, const PcaModel& model) {
  const std::array parts = {&model.mean, &model.scale, &model.components, &model.explained_variance,
                            &model.explained_variance_ratio};
  jclass type = env->FindClass("[D");
  if (type == nullptr) return nullptr;
  jobjectArray arrays = env->NewObjectArray(static_cast<jsize>(parts.size()), type, nullptr);
  for (std::size_t i = 0; arrays != nullptr && i < parts.size(); ++i) {
    jdoubleArray part = ToJava(env, *parts[i]);
    if (part == nullptr) return nullptr;
    env->SetObjectArrayElement(arrays, static_cast<jsize>(i), part);
    env->DeleteLocalRef(part);
  }
  return arrays;
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_coulis_spark_Native_openMoments(JNIEnv* env, jclass /*type*/, jint dims) {
  return Guarded<jlong>(env, 0, [&]() -> Result<jlong> { return Handle(Moments(dims)); });
}

JNIEXPORT void JNICALL Java_coulis_spark_Native_closeMoments(JNIEnv* /*env*/, jclass /*type*/,
                                                             jlong moments) {
  delete From<Moments>(moments);
}

JNIEXPORT void JNICALL Java_coulis_spark_Native_addDoubles(JNIEnv* env, jclass /*type*/, jlong moments,
                                                           jdoubleArray rows, jint length) {
  Guarded(env, [&] { From<Moments>(moments)->Add(FromJava(env, rows, length)); });
}

JNIEXPORT void JNICALL Java_coulis_spark_Native_addFloats(JNIEnv* env, jclass /*type*/, jlong moments,
                                                          jfloatArray rows, jint length) {
  Guarded(env, [&] { From<Moments>(moments)->Add(FromJava(env, rows, length)); });
}

JNIEXPORT void JNICALL Java_coulis_spark_Native_mergeMoments(JNIEnv* env, jclass /*type*/, jlong moments,
                                                             jlong count, jdoubleArray mean,
                                                             jdoubleArray triangle) {
  Guarded(env, [&] {
    std::vector<double> means = FromJava(env, mean);
    std::vector<double> square = Unpack(FromJava(env, triangle), means.size());
    From<Moments>(moments)->Merge({count, std::move(means), std::move(square)});
  });
}

JNIEXPORT jlong JNICALL Java_coulis_spark_Native_countMoments(JNIEnv* /*env*/, jclass /*type*/,
                                                              jlong moments) {
  return From<Moments>(moments)->count();
}

JNIEXPORT void JNICALL Java_coulis_spark_Native_readMoments(JNIEnv* env, jclass /*type*/, jlong moments,
                                                            jdoubleArray mean, jdoubleArray triangle) {
  const Moments& from = *From<Moments>(moments);
  const int dims = from.dims();
  env->SetDoubleArrayRegion(mean, 0, dims, from.mean().data());
  jsize written = 0;
  for (int row = 0; row < dims; ++row) {
    const double* first = from.co_moments().data() + static_cast<std::ptrdiff_t>(row) * dims;
    env->SetDoubleArrayRegion(triangle, written, row + 1, first);
    written += row + 1;
  }
}

JNIEXPORT jobjectArray JNICALL Java_coulis_spark_Native_fitPca(JNIEnv* env, jclass /*type*/, jlong moments,
                                                               jint components, jdouble share,
                                                               jboolean with_std) {
  return Guarded<jobjectArray>(env, nullptr, [&]() -> Result<jobjectArray> {
    const auto scaling = with_std != JNI_FALSE ? coulis::Scaling::kDeviation : coulis::Scaling::kNone;
    const Result<PcaModel> model = FitPca(*From<Moments>(moments), Choice(components, share), scaling);
    if (!model) return model.error();
    return ToJavaArrays(env, *model);
  });
}

JNIEXPORT jlong JNICALL Java_coulis_spark_Native_openProjector(JNIEnv* env, jclass /*type*/,
                                                               jdoubleArray mean, jdoubleArray scale,
                                                               jdoubleArray components) {
  return Guarded<jlong>(env, 0, [&]() -> Result<jlong> {
    PcaModel model;
    model.mean = FromJava(env, mean);
    model.scale = FromJava(env, scale);
    model.components = FromJava(env, components);
    model.dims = static_cast<int>(model.mean.size());
    model.k = static_cast<int>(model.components.size() / model.mean.size());
    return Handle(PcaProjector(model));
  });
}

JNIEXPORT void JNICALL Java_coulis_spark_Native_closeProjector(JNIEnv* /*env*/, jclass /*type*/,
                                                               jlong projector) {
  delete From<PcaProjector>(projector);
}

JNIEXPORT jfloatArray JNICALL Java_coulis_spark_Native_project(JNIEnv* env, jclass /*type*/, jlong projector,
                                                               jdoubleArray rows) {
  return Guarded<jfloatArray>(env, nullptr, [&]() -> Result<jfloatArray> {
    const PcaProjector& with = *From<PcaProjector>(projector);
    const std::vector<double> values = FromJava(env, rows);
    std::vector<float> projected(values.size() / static_cast<std::size_t>(with.dims()) *
                                 static_cast<std::size_t>(with.k()));
    with.Project(values, projected);
    return ToJava(env, projected);
  });
}
}
