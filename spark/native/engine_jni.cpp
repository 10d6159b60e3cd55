// coulis.spark.Native: the engine as Java sees it.
#include <jni.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "boundary.h"
#include "coulis/embedder.h"
#include "coulis/engine.h"
#include "coulis/model.h"
#include "coulis/version.h"

namespace {

using coulis::Embedder;
using coulis::Engine;
using coulis::Result;
using coulis::spark::From;
using coulis::spark::FromJava;
using coulis::spark::Guarded;
using coulis::spark::Handle;

Result<jlong> Open(const std::string& folder, const std::string& json, const coulis::EngineOptions& options) {
  Result<coulis::ModelDescription> description = coulis::ParseModelDescription(json);
  if (!description) return description.error();
  Result<Engine> engine = Engine::Load({.description = *std::move(description), .folder = folder}, options);
  if (!engine) return engine.error();
  return Handle(*std::move(engine));
}

Result<jfloatArray> Embed(JNIEnv* env, Embedder& embedder, std::span<const std::byte> image, jintArray size) {
  const Result<coulis::EmbeddedImage> embedded = embedder.Run(image);
  if (!embedded) return embedded.error();
  if (embedded->error) return *embedded->error;
  if (size != nullptr && embedded->size) {
    const jint sides[] = {embedded->size->width, embedded->size->height};
    env->SetIntArrayRegion(size, 0, 2, sides);
  }
  return coulis::spark::ToJava(env, embedded->features);
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_coulis_spark_Native_openEngine(JNIEnv* env, jclass /*type*/, jbyteArray folder,
                                                            jbyteArray json, jbyteArray layer, jint precision,
                                                            jint threads) {
  return Guarded<jlong>(env, 0, [&] {
    const coulis::EngineOptions options{.threads = threads,
                                        .layer = FromJava<std::string>(env, layer),
                                        .precision = static_cast<coulis::Precision>(precision),
                                        .cache_folder = {}};
    return Open(FromJava<std::string>(env, folder), FromJava<std::string>(env, json), options);
  });
}

JNIEXPORT void JNICALL Java_coulis_spark_Native_closeEngine(JNIEnv* /*env*/, jclass /*type*/, jlong engine) {
  delete From<Engine>(engine);
}

JNIEXPORT jint JNICALL Java_coulis_spark_Native_featureLength(JNIEnv* /*env*/, jclass /*type*/,
                                                              jlong engine) {
  return From<Engine>(engine)->feature_length();
}

JNIEXPORT jbyteArray JNICALL Java_coulis_spark_Native_preprocessing(JNIEnv* env, jclass /*type*/,
                                                                    jbyteArray json) {
  return Guarded<jbyteArray>(env, nullptr, [&]() -> Result<jbyteArray> {
    auto description = coulis::ParseModelDescription(FromJava<std::string>(env, json));
    if (!description) return description.error();
    return coulis::spark::ToJava(env, coulis::PreprocessingText(*description));
  });
}

JNIEXPORT jbyteArray JNICALL Java_coulis_spark_Native_version(JNIEnv* env, jclass /*type*/) {
  return coulis::spark::ToJava(env, std::string(coulis::Version()));
}

JNIEXPORT jlong JNICALL Java_coulis_spark_Native_openEmbedder(JNIEnv* env, jclass /*type*/, jlong engine,
                                                              jboolean fast, jboolean exif_rotate,
                                                              jlong max_pixels) {
  return Guarded<jlong>(env, 0, [&]() -> Result<jlong> {
    coulis::DecodeOptions decode;
    decode.limits.max_pixels = max_pixels;
    decode.exif_rotate = exif_rotate != JNI_FALSE;
    if (fast != JNI_FALSE) decode.mode = coulis::DecodeMode::kFast;
    Result<Embedder> embedder = Embedder::Make(*From<Engine>(engine), decode);
    if (!embedder) return embedder.error();
    return Handle(*std::move(embedder));
  });
}

JNIEXPORT void JNICALL Java_coulis_spark_Native_closeEmbedder(JNIEnv* /*env*/, jclass /*type*/,
                                                              jlong embedder) {
  delete From<Embedder>(embedder);
}

JNIEXPORT jfloatArray JNICALL Java_coulis_spark_Native_embed(JNIEnv* env, jclass /*type*/, jlong embedder,
                                                             jbyteArray image, jintArray size) {
  return Guarded<jfloatArray>(env, nullptr, [&] {
    return Embed(env, *From<Embedder>(embedder), FromJava<std::vector<std::byte>>(env, image), size);
  });
}
}
