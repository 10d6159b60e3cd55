"""The tunnel, for real: an SSH server of our own on loopback, and a headless browser that the PAC file leads through it;
the PAC file itself in a JavaScript engine."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from command import Coulis
from conftest import can_mount, cluster_that_stays, free_port, stand_in, wait_for

INSIDE = "ip-10-20-1-2.eu-west-3.compute.internal"  # Known to the far end of the tunnel alone.
HIDDEN = "the pages of the cluster"
SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
# What browsers give to a PAC file.
BROWSER = "function shExpMatch(text, pattern) { return RegExp('^' + pattern.replace(/\\./g, '\\\\.').replace(/\\*/g, '.*') + '$').test(text); }\n"


needs_sshd = pytest.mark.skipif(not (os.access(SSHD, os.X_OK) and shutil.which("unshare") and can_mount()),
                                reason="needs root, sshd and mounts of its own: a server that knows a name of its own")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tunnel")


@pytest.fixture(scope="module")
def page(folder):
    """The port of a web server: a page, and the PAC file."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            pass

    (folder / "index.html").write_text(f"<title>x</title><p>{HIDDEN}</p>")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def sshd(folder):
    """The port of an SSH server that knows INSIDE: it sees another /etc/hosts, in a mount namespace of its own."""
    port, log = free_port(), folder / "sshd.log"
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "hosts").write_text(f"127.0.0.1 localhost {INSIDE}\n")
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile {folder}/sshd.pid\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/client.pub\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n")
    command = f"mount --bind {folder}/hosts /etc/hosts && mount -t tmpfs none /run && mkdir -m 755 /run/sshd && " \
              f"exec {SSHD} -D -e -f {folder}/sshd_config"
    with log.open("w") as written, subprocess.Popen(["unshare", "--mount", "sh", "-ec", command], stdout=written, stderr=written) as server:
        wait_for(port, server, log)
        yield port
        server.terminate()


@pytest.fixture(scope="module")
def tunnel(coulis_binary, folder, sshd):
    """The port of an open tunnel, and what the command printed."""
    port = free_port()
    coulis = Coulis(coulis_binary, {"PATH": os.environ["PATH"], "HOME": str(folder)})
    arguments = ("--host", "127.0.0.1", "--ssh-port", sshd, "--user", "root", "--key", folder / "client", "--port", port,
                 "--known-hosts", folder / "known_hosts", "--pac", folder / "coulis.pac")
    with (folder / "out").open("w") as out, coulis.started("cloud", "tunnel", *arguments, stdout=out, stderr=out) as process:
        wait_for(port, process, folder / "out")
        yield port, process


def resolved(pac: str, *hosts: str) -> list[str]:
    script = f"{BROWSER}{pac}\nconsole.log(JSON.stringify({json.dumps(hosts)}.map(host => FindProxyForURL('https://' + host + '/', host))))"
    return json.loads(subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout)


@needs_sshd
@pytest.mark.skipif(not shutil.which("node"), reason="node is missing (scripts/test deploy installs it)")
def test_pac_sends_the_cluster_through_the_tunnel_and_all_else_directly(folder, tunnel):
    through = f"SOCKS5 127.0.0.1:{tunnel[0]}"
    inside = (INSIDE, "ip-10-20-1-2", "10.20.1.2")
    outside = ("example.org", "eu-west-3.compute.internal.example.org", "110.20.1.2", "10.20.1.2.example.org", "s3.eu-west-3.amazonaws.com",
               "ip-10-20-1-2.us-east-1.compute.internal", "localhost")
    pac = (folder / "coulis.pac").read_text()
    assert resolved(pac, *inside) == [through] * len(inside)
    assert resolved(pac, *outside) == ["DIRECT"] * len(outside)


@needs_sshd
def test_tunnel_prints_the_pages(folder, tunnel):
    text = (folder / "out").read_text()
    assert "JupyterHub" in text and "Spark history" in text and "YARN" in text and "coulis.pac" in text


@needs_sshd
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")
def test_names_inside_are_looked_up_at_the_far_end(tunnel, page):
    command = ["curl", "-sS", "--max-time", "20", "--socks5-hostname", f"127.0.0.1:{tunnel[0]}", f"http://{INSIDE}:{page}/"]
    assert HIDDEN in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    alone = subprocess.run([*command[:4], command[-1]], capture_output=True, text=True, check=False)
    assert alone.returncode == 6  # no such host


@needs_sshd
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is missing (scripts/test deploy installs it)")
def test_headless_browser_sees_a_page_by_the_pac_file(folder, tunnel, page):
    command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}/browser",
               "--proxy-pac-url=http://127.0.0.1:%d/coulis.pac" % page, "--dump-dom", f"http://{INSIDE}:{page}/"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=os.environ | {"HOME": str(folder)})
    assert HIDDEN in shown.stdout, shown.stderr[-2000:]


# `aws ssm start-session` as it is for SSH: a way to the node's port 22, here to the SSH server on loopback. All else is aws itself.
SESSION_MANAGER = """#!{python}
import os, selectors, socket, sys
words = sys.argv[1:]
if words[:2] != ["ssm", "start-session"]:
    os.execv({aws!r}, [{aws!r}, *words])
open({said!r}, "w").write(" ".join(words))
node = socket.create_connection(("127.0.0.1", {port}))
ways = selectors.DefaultSelector()
ways.register(0, selectors.EVENT_READ, (lambda: os.read(0, 65536), node.sendall, lambda: node.shutdown(socket.SHUT_WR)))
ways.register(node, selectors.EVENT_READ, (lambda: node.recv(65536), lambda data: os.write(1, data), sys.exit))
while True:
    for key, _ in ways.select():
        read, write, end = key.data
        data = read()
        if data:
            write(data)
        else:
            ways.unregister(key.fileobj)
            end()
"""


@needs_sshd
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")
def test_tunnel_finds_the_primary_node_and_goes_by_session_manager(cloud, aws, client, folder, sshd, page, tmp_path):
    """The node is asked of moto; what Session Manager does is played, because moto has no machines."""
    made = cluster_that_stays(client, MASTER=1)
    (node,) = client("emr").list_instances(ClusterId=made)["Instances"]
    client("cloudformation").create_stack(StackName="coulis-cluster", TemplateBody=stand_in(ClusterId=made))
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/aws"
    program.write_text(SESSION_MANAGER.format(python=sys.executable, aws=shutil.which("aws"), said=str(tmp_path / "said"), port=sshd))
    program.chmod(0o755)
    port = free_port()
    arguments = ("--user", "root", "--key", folder / "client", "--port", port, "--pac", tmp_path / "coulis.pac")
    with (tmp_path / "out").open("w") as out, cloud.having(PATH=f"{tmp_path / 'bin'}:{aws['PATH']}").started(
            "cloud", "tunnel", *arguments, stdout=out, stderr=out) as process:
        wait_for(port, process, tmp_path / "out")
        command = ["curl", "-sS", "--max-time", "20", "--socks5-hostname", f"127.0.0.1:{port}", f"http://{INSIDE}:{page}/"]
        assert HIDDEN in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = (tmp_path / "said").read_text()
    assert words == f"ssm start-session --target {node['Ec2InstanceId']} --document-name AWS-StartSSHSession --parameters portNumber=22 --region eu-west-3"
    assert f"https://{node['PrivateDnsName']}:9443" in (tmp_path / "out").read_text()


@needs_sshd
def test_port_in_use_is_named(coulis_binary, folder, sshd, tunnel):
    coulis = Coulis(coulis_binary, {"PATH": os.environ["PATH"], "HOME": str(folder)})
    outcome = coulis.try_("cloud", "tunnel", "--host", "127.0.0.1", "--ssh-port", sshd, "--user", "root", "--key", folder / "client",
                          "--port", tunnel[0], "--known-hosts", folder / "known_hosts", "--pac", folder / "other.pac")
    assert outcome.code == 1 and "choose another --port" in outcome.err


@needs_sshd
def test_unknown_key_is_named(coulis_binary, folder, sshd):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "stranger"], check=True)
    coulis = Coulis(coulis_binary, {"PATH": os.environ["PATH"], "HOME": str(folder)})
    outcome = coulis.try_("cloud", "tunnel", "--host", "127.0.0.1", "--ssh-port", sshd, "--user", "root", "--key", folder / "stranger",
                          "--port", free_port(), "--known-hosts", folder / "known_hosts", "--pac", folder / "other.pac")
    assert outcome.code == 1 and "--key" in outcome.err


@needs_sshd
def test_signal_closes_the_tunnel(tunnel):
    port, process = tunnel
    process.terminate()
    assert process.wait(timeout=30) == 0
    time.sleep(0.2)
    probe = subprocess.run(["curl", "-s", "--max-time", "5", f"http://127.0.0.1:{port}/"], check=False)
    assert probe.returncode == 7  # nobody listens


def test_session_manager_needs_neither_ssh_nor_a_port(coulis_binary):
    shown = Coulis(coulis_binary, {"PATH": "/nowhere"}).try_("cloud", "tunnel", "--forward", "jupyterhub", "--port", 9443, "--dry-run").out
    assert "AWS-StartPortForwardingSessionToRemoteHost" in shown and "host=${primary},portNumber=9443,localPortNumber=9443" in shown
    assert "ssh " not in shown
