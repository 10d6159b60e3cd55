// The proxy-auto-config file for FoxyProxy and browsers.
#include <string>

#include "coulis/cloud.h"

namespace coulis {

std::string ProxyAutoConfig(const std::string& region, int port) {
  const std::string proxy = "SOCKS5 127.0.0.1:" + std::to_string(port);
  // Names that mean something only inside the VPC; its addresses are all in 10.0.0.0/8
  // (deploy/aws/network.yaml). The address is matched as text: looking a name up would tell the outside of
  // it.
  return "// Pages of the cluster go through the tunnel of `coulis cloud tunnel`, all others directly.\n"
         "function FindProxyForURL(url, host) {\n"
         "  if (shExpMatch(host, \"*." +
         region +
         ".compute.internal\") ||\n"
         "      /^ip-\\d+-\\d+-\\d+-\\d+$/.test(host) ||\n"
         "      /^10\\.\\d+\\.\\d+\\.\\d+$/.test(host)) {\n"
         "    return \"" +
         proxy +
         "\";\n"
         "  }\n"
         "  return \"DIRECT\";\n"
         "}\n";
}

}  // namespace coulis
