"""The Debian packages of the peers."""
import os, subprocess, sys

PACKAGES = {"etcd": ["etcd-server", "golang-go", "golang-etcd-server-dev", "openssl"],
            "rabbitmq": ["rabbitmq-server", "golang-go", "golang-github-rabbitmq-amqp091-go-dev", "openssl"],
            "memberlist": ["golang-go", "golang-github-hashicorp-memberlist-dev"]}


def install(peer):
    status = lambda name: subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", name], capture_output=True, text=True).stdout
    missing = [name for name in PACKAGES[peer] if status(name) != "installed"]
    if not missing:
        return True
    print(f"installing {' '.join(missing)} for {peer} …", file=sys.stderr, flush=True)
    root = [] if os.geteuid() == 0 else ["sudo"]
    quiet = dict(stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    subprocess.run([*root, "apt-get", "update", "-qq"], **quiet)
    return subprocess.run([*root, "apt-get", "install", "-y", "--no-install-recommends", *missing], **quiet).returncode == 0
