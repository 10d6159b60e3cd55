#include "cloud_up_flags.h"

#include "coulis/model.h"
#include "spark_jar.h"

namespace coulis::cli {
namespace {

constexpr const char* kDefaultModel = "mobilenet_v2";

}  // namespace

void AddCloudJobFlags(CLI::App& command, CloudUpFlags& flags) {
  CloudUpOptions& up = flags.up;
  command.add_option("--bucket", up.bucket, "Name of the new bucket; none: AWS makes one up")
      ->type_name("NAME");
  command
      .add_option("--jar", up.jar,
                  "coulis-spark.jar, to upload; none: $COULIS_JAR, or that of this installation")
      ->type_name("FILE");
  command
      .add_option(
          "--model", flags.models,
          "Model that jobs may name, to upload; may be given again; none: mobilenet_v2, if it is here")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command.add_option("--instance", up.instance, "Type of the nodes that compute (a new cluster: m5.xlarge)")
      ->type_name("T");
  command.add_option("--nodes", up.nodes, "The primary node and those that compute (a new cluster: 3)")
      ->type_name("N");
  command
      .add_option("--vpc", up.vpc,
                  "Network of yours for a cluster, tagged as docs/aws.md says; none: one is made")
      ->type_name("ID");
  command.add_option("--subnet", up.subnets, "Private subnet of that network; may be given twice")
      ->allow_extra_args(false)
      ->type_name("ID");
  command
      .add_option("--route-table", up.route_table,
                  "Of these subnets, which gets an endpoint to S3; none: they have one")
      ->type_name("ID");
  command.add_option("--spot", up.spot_nodes, "Nodes at the Spot price, to start with (a new cluster: 0)")
      ->type_name("N");
}

void AddCloudNotebookFlags(CLI::App& command, CloudUpFlags& flags) {
  command.add_option("--wheel", flags.up.wheel, "Coulis's Python wheel, to upload")->type_name("FILE");
  command.add_option("--public-key", flags.up.public_key, "For SSH: the .pub file of a key")
      ->type_name("FILE");
  CLI::Option* with =
      command.add_flag("--notebooks", flags.notebooks, "With JupyterHub (a new cluster has it)");
  command.add_flag("--no-notebooks", flags.no_notebooks, "Without JupyterHub: starts sooner")->excludes(with);
}

Result<CloudUpOptions> UpOptionsOf(const CloudUpFlags& flags) {
  CloudUpOptions up = flags.up;
  if (flags.notebooks || flags.no_notebooks) up.notebooks = flags.notebooks;
  if (up.jar.empty()) up.jar = FindSparkJar();
  for (const std::string& name : flags.models) {
    Result<Model> model = OpenModel(name);
    if (!model) return model.error();
    up.models.push_back(model->folder);
  }
  if (flags.models.empty()) {
    if (const Result<Model> model = OpenModel(kDefaultModel)) up.models.push_back(model->folder);
  }
  return up;
}

}  // namespace coulis::cli
