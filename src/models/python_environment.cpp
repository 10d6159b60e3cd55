#include "models/python_environment.h"

#include <fstream>
#include <span>
#include <sstream>
#include <system_error>
#include <vector>

#include "base/environment.h"
#include "base/subprocess.h"
#include "models/embedded_text.h"
#include "models/model_folder.h"
#include "models/sha256.h"
#include "models/staging.h"

namespace coulis::models {
namespace {

namespace fs = std::filesystem;

// Prints what an environment depends on; fails where none can be made. Debian has venv's one part, ensurepip,
// in a package of its own.
constexpr const char* kTry =
    "import sys, platform, venv, ensurepip; print(sys.version, platform.machine()); "
    "sys.exit(not (3, 11) <= sys.version_info)";

std::vector<std::string> Candidates() {
  if (const std::string python = EnvironmentVariable("COULIS_PYTHON"); !python.empty()) return {python};
  return {"python3", "python3.14", "python3.13", "python3.12", "python3.11"};
}

struct Python {
  std::string program;
  std::string version;
};

Result<Python> FindPython(const fs::path& log) {
  const std::vector<std::string> candidates = Candidates();
  for (const std::string& program : candidates) {
    const Result<int> status = RunProgram({program, "-c", kTry}, log);
    if (!status || *status != 0) continue;
    std::ostringstream version;
    version << std::ifstream(log).rdbuf();
    return Python{program, version.str()};
  }
  const std::string tried =
      candidates.size() == 1 ? "$COULIS_PYTHON (" + candidates[0] + ") is no" : "the quantiser needs a";
  return Error{ErrorCode::kNotFound,
               tried +
                   " Python 3.11 or later with venv: install one (Debian: apt install python3-venv), "
                   "or set COULIS_PYTHON to one"};
}

Result<void> Install(const fs::path& folder, const Python& python, const std::stop_token& stop) {
  const fs::path log = folder / "install.log";
  Result<int> status = RunProgram({python.program, "-m", "venv", folder.string()}, log, {}, stop);
  if (!status) return status.error();
  if (*status != 0) {
    return Error{ErrorCode::kIo, python.program + " cannot make an environment (" + LastError(log) + ")"};
  }
  const fs::path requirements = folder / "requirements.txt";
  if (Result<void> written = WriteTextFile(requirements, kQuantizeRequirements); !written) return written;
  status = RunProgram({(folder / "bin" / "python").string(), "-m", "pip", "install",
                       "--only-binary=:all:", "--require-hashes", "--no-input", "--quiet",
                       "--disable-pip-version-check", "--requirement", requirements.string()},
                      log, {}, stop);
  if (!status) return status.error();
  if (*status == 0) return {};
  return Error{ErrorCode::kIo, "pip could not install the quantiser (" + LastError(log) +
                                   "); check the network and run the command again"};
}

}  // namespace

Result<fs::path> QuantizerPython(const fs::path& cache, const std::function<void(const std::string&)>& report,
                                 const std::stop_token& stop) {
  const fs::path parent = cache / "python";
  Result<Staging> staging = Staging::Make(parent);
  if (!staging) return staging.error();
  const Result<Python> python = FindPython(staging->folder() / "python.txt");
  if (!python) return python.error();
  const std::string identity = kQuantizeRequirements + python->version;
  const Result<std::string> sha256 = Sha256(std::as_bytes(std::span(identity)));
  if (!sha256) return sha256.error();
  const std::string name = "quantizer-" + sha256->substr(0, 12);

  // Its `python` leads to the one that it was made with, which may be gone.
  std::error_code problem;
  const fs::path program = parent / name / "bin" / "python";
  if (fs::exists(program, problem)) return program;
  report("make the quantiser's environment in " + (parent / name).string() +
         ": about 150 MB to download, once");
  if (Result<void> installed = Install(staging->folder(), *python, stop); !installed) {
    return installed.error();
  }
  if (Result<void> published = staging->Publish(name); !published) return published.error();
  return program;
}

}  // namespace coulis::models
