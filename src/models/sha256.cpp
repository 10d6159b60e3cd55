#include "models/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "base/system_error.h"

namespace coulis::models {
namespace {

class Digest {
 public:
  Digest()
      : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free),
        ok_(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1) {}

  void Update(std::span<const std::byte> bytes) {
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  }

  Result<std::string> Finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    ok_ = ok_ && EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1;
    if (!ok_) return Error{ErrorCode::kInternal, "OpenSSL cannot compute SHA-256"};
    constexpr const char* kHex = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
      text += kHex[digest[i] >> 4];
      text += kHex[digest[i] & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool ok_;
};

}  // namespace

Result<std::string> Sha256(std::span<const std::byte> bytes) {
  Digest digest;
  digest.Update(bytes);
  return digest.Finish();
}

Result<std::string> Sha256OfFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return SystemError("cannot read " + path.string());
  Digest digest;
  std::vector<char> piece(std::size_t{1} << 18);
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    digest.Update(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(file.gcount()))));
  }
  if (file.bad()) return Error{ErrorCode::kIo, "cannot read " + path.string()};
  return digest.Finish();
}

Result<std::string> Sha256OfListing(const std::vector<NamedSha256>& files) {
  std::string lines;
  for (const auto& [name, sha256] : files) lines.append(sha256).append("  ").append(name).append("\n");
  return Sha256(std::as_bytes(std::span(lines)));
}

}  // namespace coulis::models
