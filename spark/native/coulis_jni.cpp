// coulis.spark.Native: the engine as Java sees it. Objects travel as numbers; Java closes what it opened.
#include <jni.h>

#include <cstddef>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coulis/embedder.h"
#include "coulis/engine.h"
#include "coulis/model.h"

namespace {

using coulis::Embedder;
using coulis::Engine;
using coulis::Error;
using coulis::ErrorCode;
using coulis::Result;

// Texts travel as bytes in UTF-8: JNI's own strings are in a form that only Java has.
jbyteArray ToJava(JNIEnv* env, const std::string& text) {
  const auto length = static_cast<jsize>(text.size());
  jbyteArray bytes = env->NewByteArray(length);
  if (bytes != nullptr) {
    env->SetByteArrayRegion(bytes, 0, length, reinterpret_cast<const jbyte*>(text.data()));
  }
  return bytes;
}

template <typename Container>
Container FromJava(JNIEnv* env, jbyteArray bytes) {
  Container content(static_cast<std::size_t>(env->GetArrayLength(bytes)), {});
  env->GetByteArrayRegion(bytes, 0, static_cast<jsize>(content.size()),
                          reinterpret_cast<jbyte*>(content.data()));
  return content;
}

// Leaves a NativeException pending; whatever fails on the way leaves another one.
void Throw(JNIEnv* env, const Error& error) {
  jclass type = env->FindClass("coulis/spark/NativeException");
  if (type == nullptr) return;
  jmethodID constructor = env->GetMethodID(type, "<init>", "(Z[B)V");
  if (constructor == nullptr) return;
  jbyteArray message = ToJava(env, error.message);
  if (message == nullptr) return;
  const auto bad_image = static_cast<jboolean>(error.code == ErrorCode::kBadImage);
  jobject thrown = env->NewObject(type, constructor, bad_image, message);
  if (thrown != nullptr) env->Throw(static_cast<jthrowable>(thrown));
}

// Runs `action`, which gives a Result<T>; an Error becomes Java's exception and `nothing` is returned.
template <typename T, typename Action>
T Guarded(JNIEnv* env, T nothing, const Action& action) {
  try {
    Result<T> result = action();
    if (result) return *result;
    Throw(env, result.error());
  } catch (const std::exception& exception) {  // Memory: nothing else throws.
    Throw(env, {ErrorCode::kInternal, std::string("the native code failed: ") + exception.what()});
  }
  return nothing;
}

template <typename T>
jlong Handle(T object) {
  return reinterpret_cast<jlong>(new T(std::move(object)));
}

template <typename T>
T* From(jlong handle) {
  return reinterpret_cast<T*>(handle);  // NOLINT(performance-no-int-to-ptr)
}

Result<jlong> Open(const std::string& folder, const std::string& json, const coulis::EngineOptions& options) {
  Result<coulis::ModelDescription> description = coulis::ParseModelDescription(json);
  if (!description) return description.error();
  Result<Engine> engine = Engine::Load({.description = *std::move(description), .folder = folder}, options);
  if (!engine) return engine.error();
  return Handle(*std::move(engine));
}

Result<jfloatArray> Embed(JNIEnv* env, Embedder& embedder, std::span<const std::byte> image) {
  const Result<coulis::EmbeddedImage> embedded = embedder.Run(image);
  if (!embedded) return embedded.error();
  if (embedded->error) return *embedded->error;
  const auto length = static_cast<jsize>(embedded->features.size());
  jfloatArray features = env->NewFloatArray(length);
  if (features != nullptr) env->SetFloatArrayRegion(features, 0, length, embedded->features.data());
  return features;
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

JNIEXPORT jlong JNICALL Java_coulis_spark_Native_openEmbedder(JNIEnv* env, jclass /*type*/, jlong engine,
                                                              jboolean fast, jlong max_pixels) {
  return Guarded<jlong>(env, 0, [&]() -> Result<jlong> {
    coulis::DecodeOptions decode;
    decode.limits.max_pixels = max_pixels;
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
                                                             jbyteArray image) {
  return Guarded<jfloatArray>(env, nullptr, [&] {
    return Embed(env, *From<Embedder>(embedder), FromJava<std::vector<std::byte>>(env, image));
  });
}
}
