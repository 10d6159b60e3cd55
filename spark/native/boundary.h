// What crosses between Java and C++. Objects travel as numbers; Java closes what it opened. Errors become a
// coulis.spark.NativeException.
#pragma once

#include <jni.h>

#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coulis/result.h"

namespace coulis::spark {

// Leaves a NativeException pending; whatever fails on the way leaves another one.
void Throw(JNIEnv* env, const Error& error);

// Texts travel as bytes in UTF-8: JNI's own strings are in a form that only Java has.
[[nodiscard]] jbyteArray ToJava(JNIEnv* env, const std::string& text);

// The next two: null where Java's memory is at its end, which leaves its exception pending.
[[nodiscard]] jdoubleArray ToJava(JNIEnv* env, std::span<const double> numbers);
[[nodiscard]] jfloatArray ToJava(JNIEnv* env, std::span<const float> numbers);

template <typename Container>
Container FromJava(JNIEnv* env, jbyteArray bytes) {
  Container content(static_cast<std::size_t>(env->GetArrayLength(bytes)), {});
  env->GetByteArrayRegion(bytes, 0, static_cast<jsize>(content.size()),
                          reinterpret_cast<jbyte*>(content.data()));
  return content;
}

// The first `length` numbers.
[[nodiscard]] std::vector<double> FromJava(JNIEnv* env, jdoubleArray numbers, jsize length);
[[nodiscard]] std::vector<float> FromJava(JNIEnv* env, jfloatArray numbers, jsize length);
[[nodiscard]] std::vector<double> FromJava(JNIEnv* env, jdoubleArray numbers);

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

// The same for an action that gives nothing.
template <typename Action>
void Guarded(JNIEnv* env, const Action& action) {
  (void)Guarded<bool>(env, false, [&]() -> Result<bool> {
    action();
    return true;
  });
}

template <typename T>
jlong Handle(T object) {
  return reinterpret_cast<jlong>(new T(std::move(object)));
}

template <typename T>
T* From(jlong handle) {
  return reinterpret_cast<T*>(handle);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace coulis::spark
