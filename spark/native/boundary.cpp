#include "boundary.h"

namespace coulis::spark {

jbyteArray ToJava(JNIEnv* env, const std::string& text) {
  const auto length = static_cast<jsize>(text.size());
  jbyteArray bytes = env->NewByteArray(length);
  if (bytes != nullptr) {
    env->SetByteArrayRegion(bytes, 0, length, reinterpret_cast<const jbyte*>(text.data()));
  }
  return bytes;
}

jdoubleArray ToJava(JNIEnv* env, std::span<const double> numbers) {
  const auto length = static_cast<jsize>(numbers.size());
  jdoubleArray array = env->NewDoubleArray(length);
  if (array != nullptr) env->SetDoubleArrayRegion(array, 0, length, numbers.data());
  return array;
}

jfloatArray ToJava(JNIEnv* env, std::span<const float> numbers) {
  const auto length = static_cast<jsize>(numbers.size());
  jfloatArray array = env->NewFloatArray(length);
  if (array != nullptr) env->SetFloatArrayRegion(array, 0, length, numbers.data());
  return array;
}

std::vector<double> FromJava(JNIEnv* env, jdoubleArray numbers, jsize length) {
  std::vector<double> content(static_cast<std::size_t>(length));
  env->GetDoubleArrayRegion(numbers, 0, length, content.data());
  return content;
}

std::vector<float> FromJava(JNIEnv* env, jfloatArray numbers, jsize length) {
  std::vector<float> content(static_cast<std::size_t>(length));
  env->GetFloatArrayRegion(numbers, 0, length, content.data());
  return content;
}

std::vector<double> FromJava(JNIEnv* env, jdoubleArray numbers) {
  return FromJava(env, numbers, env->GetArrayLength(numbers));
}

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

}  // namespace coulis::spark
