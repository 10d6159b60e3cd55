// `coulis cloud tunnel`: SSH through Session Manager, or one page forwarded by it. No port is open to the
// outside.
#include <array>

#include "base/durable_file.h"
#include "base/path_text.h"
#include "cloud/cluster.h"
#include "cloud/next_step.h"
#include "coulis/cloud.h"

namespace coulis {
namespace {

using cloud::Aws;
using cloud::Words;

// Pages of EMR's primary node, with encryption in transit: AWS's table of endpoints has 8088 for YARN from
// EMR 7.3 on, and Hadoop's own port for https is 8090.
struct Page {
  const char* name;
  const char* what;
  int port;
};
constexpr std::array kPages = {Page{"jupyterhub", "JupyterHub", 9443},
                               Page{"history", "Spark history", 18480}, Page{"yarn", "YARN", 8088}};

Result<int> PortOf(const std::string& page) {
  for (const Page& known : kPages) {
    if (page == known.name) return known.port;
  }
  return Error{ErrorCode::kInvalidArgument,
               "--forward takes jupyterhub, history or yarn, not \"" + PathText(page) + "\""};
}

struct PrimaryNode {
  std::string instance;  // "i-0123…"
  std::string name;      // "ip-10-20-1-2.eu-west-3.compute.internal"
};

Result<PrimaryNode> FindPrimary(Aws& aws) {
  Result<std::string> cluster = cloud::ClusterId(aws);
  if (!cluster) return cluster.error();
  const Words list = {"emr", "list-instances", "--cluster-id", *cluster, "--instance-group-types", "MASTER"};
  PrimaryNode node;
  Result<std::string> instance = aws.Ask("instance", list, "Instances[0].Ec2InstanceId");
  if (!instance) return instance.error();
  Result<std::string> name = aws.Ask("primary", list, "Instances[0].PrivateDnsName");
  if (!name) return name.error();
  if (instance->empty()) {
    return Error{ErrorCode::kNotFound, "cluster " + *cluster +
                                           " has no primary node yet, or has ended: see " +
                                           cloud::NextStep(aws.options(), "status")};
  }
  return PrimaryNode{*instance, *name};
}

Words SshWords(const Aws& aws, const CloudTunnelOptions& tunnel, const std::string& target) {
  Words words = {"ssh", "-N",
                 "-D",  "127.0.0.1:" + std::to_string(tunnel.port),
                 "-o",  "ExitOnForwardFailure=yes",
                 "-o",  "StrictHostKeyChecking=accept-new",
                 "-o",  "ServerAliveInterval=30"};
  // By Session Manager it is AWS that says who the node is, and each cluster has new ones.
  const std::string known = tunnel.host.empty() ? "/dev/null" : tunnel.known_hosts.string();
  if (!known.empty()) words.insert(words.end(), {"-o", "UserKnownHostsFile=" + known});
  if (!tunnel.key.empty()) words.insert(words.end(), {"-i", tunnel.key.string(), "-o", "IdentitiesOnly=yes"});
  if (tunnel.host.empty()) {
    // %h and %p are ssh's own.
    std::string proxy =
        "aws ssm start-session --target %h --document-name AWS-StartSSHSession --parameters portNumber=%p "
        "--region " +
        aws.options().region;
    if (!aws.options().profile.empty()) proxy += " --profile " + cloud::ShellLine({aws.options().profile});
    words.insert(words.end(), {"-o", "ProxyCommand=" + proxy});
  } else {
    words.insert(words.end(), {"-p", std::to_string(tunnel.ssh_port)});
  }
  words.push_back(tunnel.user + "@" + target);
  return words;
}

// By the node's name, on which its pages listen.
Words ForwardWords(const Aws& aws, const CloudTunnelOptions& tunnel, const PrimaryNode& node, int port) {
  Words words = {"aws",
                 "ssm",
                 "start-session",
                 "--target",
                 node.instance,
                 "--document-name",
                 "AWS-StartPortForwardingSessionToRemoteHost",
                 "--parameters",
                 "host=" + node.name + ",portNumber=" + std::to_string(port) +
                     ",localPortNumber=" + std::to_string(tunnel.port),
                 "--region",
                 aws.options().region};
  if (!aws.options().profile.empty()) words.insert(words.end(), {"--profile", aws.options().profile});
  return words;
}

void PrintPages(const CloudOptions& options, const std::string& host) {
  for (const Page& page : kPages) {
    std::string what = page.what;
    what.resize(15, ' ');
    what += "https://" + host + ":" + std::to_string(page.port);
    if (std::string(page.name) == "yarn") what += " (or :8090)";
    options.print(what);
  }
}

}  // namespace

Result<void> CloudTunnel(const CloudOptions& options, const CloudTunnelOptions& tunnel) {
  if (Result<void> checked = cloud::CheckCloudOptions(options); !checked) return checked;
  if (tunnel.port < 1 || tunnel.port > 65535)
    return Error{ErrorCode::kInvalidArgument, "--port takes 1 to 65535"};
  Aws aws(options);
  PrimaryNode node{tunnel.host, tunnel.host};
  if (tunnel.host.empty()) {
    Result<PrimaryNode> found = FindPrimary(aws);
    if (!found) return found.error();
    node = *found;
  }
  if (!tunnel.forward.empty()) {
    Result<int> port = PortOf(tunnel.forward);
    if (!port) return port.error();
    if (!aws.dry()) options.print("open           https://127.0.0.1:" + std::to_string(tunnel.port));
    return aws.Hold(ForwardWords(aws, tunnel, node, *port));
  }
  if (!aws.dry()) {
    Result<void> written = WriteFileDurably(tunnel.pac, ProxyAutoConfig(options.region, tunnel.port));
    if (!written) return written;
    options.print("PAC file       " + PathText(tunnel.pac.native()) +
                  " (FoxyProxy: add a proxy by PAC file)");
    PrintPages(options, node.name);
    options.print("open until     Ctrl-C");
  }
  return aws.Hold(SshWords(aws, tunnel, node.instance));
}

}  // namespace coulis
