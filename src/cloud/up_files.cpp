#include "cloud/up_files.h"

#include "cloud/embedded_text.h"

namespace coulis::cloud {
namespace fs = std::filesystem;
namespace {

constexpr const char* kNotebooks = "/code/notebooks/";
// Where JupyterHub on EMR keeps what its user, jovyan, saves.
constexpr const char* kNotebookOfUser = "jupyter/jovyan/coulis.ipynb";

std::string Here(const Aws& aws, const std::string& name) {
  return aws.dry() ? name : (aws.folder() / name).string();
}

// The requirements go last: where they are as they should be, the wheels are there.
bool PythonIsThere(const Aws& aws, const std::string& bucket) {
  if (aws.dry()) return false;
  const Result<std::string> there =
      aws.Run({"s3", "cp", "--only-show-errors", "s3://" + bucket + kNotebooks + "requirements.txt", "-"});
  return there && *there == kShipped_notebook_txt;
}

}  // namespace

Result<void> Upload(Aws& aws, const fs::path& file, const std::string& bucket, const std::string& key) {
  aws.options().progress("uploading " + file.filename().string(), false);
  Result<std::string> done =
      aws.Run({"s3", "cp", "--only-show-errors", file.string(), "s3://" + bucket + "/" + key});
  if (!done) return done.error();
  aws.options().progress("s3://" + bucket + "/" + key + ": uploaded", true);
  return {};
}

Result<void> UploadCertificate(Aws& aws, const fs::path& folder, const std::string& bucket) {
  const std::string zip = Here(aws, "nodes.zip");
  Result<void> made = aws.RunProgramNamed({(folder / "certificate").string(), aws.options().region, zip});
  if (!made) return made;
  if (Result<void> done = Upload(aws, zip, bucket, "code/tls/nodes.zip"); !done) return done;
  return aws.RunProgramNamed({"rm", zip});
}

Result<void> UploadNotebook(Aws& aws, const fs::path& folder, const std::string& bucket) {
  const fs::path notebook = folder / "coulis.ipynb";
  Result<void> named = aws.RunProgramNamed({"sed", "-i", "s/YOUR-BUCKET/" + bucket + "/", notebook.string()});
  if (!named) return named;
  if (Result<void> done = Upload(aws, notebook, bucket, "notebooks/coulis.ipynb"); !done) return done;
  if (!aws.dry() && aws.Run({"s3", "ls", "s3://" + bucket + "/" + kNotebookOfUser})) return {};
  return Upload(aws, notebook, bucket, kNotebookOfUser);
}

Result<void> UploadNotebookPython(Aws& aws, const fs::path& folder, const std::string& bucket) {
  if (Result<void> done = Upload(aws, folder / "bootstrap", bucket, "code/notebooks/bootstrap"); !done)
    return done;
  if (PythonIsThere(aws, bucket)) return {};
  const std::string wheels = Here(aws, "wheels");
  const std::string requirements = (folder / "notebook.txt").string();
  aws.options().progress("fetching the wheels of the notebooks", false);
  Result<void> fetched = aws.RunProgramNamed(
      {"python3", "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--python-version", "3.11",
       "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64", "--require-hashes",
       "--no-deps", "-r", requirements, "-d", wheels});
  if (!fetched) {
    return Error{fetched.error().code,
                 fetched.error().message + ": install pip for python3, or say --no-notebooks"};
  }
  aws.options().progress("uploading the wheels of the notebooks", false);
  Result<std::string> copied = aws.Run(
      {"s3", "cp", "--only-show-errors", "--recursive", wheels, "s3://" + bucket + kNotebooks + "wheels"});
  if (!copied) return copied.error();
  return Upload(aws, requirements, bucket, "code/notebooks/requirements.txt");
}

}  // namespace coulis::cloud
