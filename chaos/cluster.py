"""Nodes on this machine in a folder and on ports of their own, started, killed and stopped by process number."""
import glob
import http.client
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.parse

READY_LIMIT = 60.0
STOP_LIMIT = 25.0
# What stands in cluster-config/three-nodes, and what stands in its place here.
PORTS = (("710", "720"), ("808", "818"))
API_PORT = 8180


def say(text):
    print(f"== {text}", flush=True)


class Failed(Exception):
    """The run cannot go on. With `is_violation` the cluster is to blame."""

    def __init__(self, text, is_violation=False):
        super().__init__(text)
        self.is_violation = is_violation


class Cluster:
    """Three nodes on loopback ports."""

    names = ("n1", "n2", "n3")
    sample = "cluster-config/three-nodes"
    centre = "cluster-config/sample-centre.yaml"

    def __init__(self, programs, work):
        self.programs = programs
        self.work = work
        self.servers = [f"http://127.0.0.1:{API_PORT + int(name[1:])}" for name in self.names]
        self.processes = {}
        self.tokens = {}

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def program(self, name):
        return os.path.join(self.programs, name)

    def run(self, *arguments):
        done = subprocess.run(arguments, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def prepare(self):
        """Everything of an earlier run is removed; nothing else in the folder is."""
        for name in ("tandem-node", "tandem-lab", "tandemctl"):
            if not os.access(self.program(name), os.X_OK):
                raise Failed(f"{self.program(name)} is not there: build it with `swift build -c release`, "
                             "or name its folder with --bin")
        os.makedirs(self.work, exist_ok=True)
        for folder in ("certs", "data", "data-before"):
            shutil.rmtree(self.path(folder), ignore_errors=True)
        for pattern in ("n?.log", "n?.yaml", "n?.token", "*.jsonl", "*.txt", "tokens.json"):
            for file in glob.glob(self.path(pattern)):
                os.remove(file)
        certificates = self.path("certs")
        tool = self.program("tandemctl")
        self.run(tool, "certs", "init", "--dir", certificates, "--cluster", "dev")
        for name in self.names:
            self.issue(name)
            self.configure(name)
        self.run(tool, "certs", "tokens", "--dir", certificates, "--agents", self.centre,
                 "--out", self.path("tokens.json"))
        with open(self.path("tokens.json"), encoding="utf-8") as file:
            self.tokens = json.load(file)

    def issue(self, name):
        """Makes the certificate of a node."""
        hosts = [word for host in self.hosts(name) for word in ("--host", host)]
        self.run(self.program("tandemctl"), "certs", "issue", "--dir", self.path("certs"), "--node", name, *hosts)

    def hosts(self, name):
        """Under which names and addresses the node is reached."""
        return ("127.0.0.1", "localhost")

    def command(self, name):
        """What starts the node."""
        return [self.program("tandem-node"), "--config", self.path(f"{name}.yaml")]

    def adapt(self, text, name):
        """The sample's text with the addresses of this cluster."""
        for there, here in PORTS:
            text = text.replace(f"port: {there}", f"port: {here}")
        return text

    def configure(self, name):
        with open(f"{self.sample}/{name}.yaml", encoding="utf-8") as file:
            text = self.adapt(file.read(), name)
        # Small, so that nodes come back from snapshots, and the log behind them is cut.
        text = text.replace("data: {", "data: {snapshotKiB: 16, ")
        text = text.replace(".run/certs", self.path("certs")).replace(".run/data", self.path("data"))
        with open(self.path(f"{name}.yaml"), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, names):
        for name in names:
            with open(self.path(f"{name}.log"), "ab") as log:
                self.processes[name] = subprocess.Popen(self.command(name), stdin=subprocess.DEVNULL, stdout=log,
                                                        stderr=log, start_new_session=True)

    def kill(self, names):
        """SIGKILL to all of them, then a wait until they are gone."""
        for name in names:
            os.kill(self.processes[name].pid, signal.SIGKILL)
        for name in names:
            self.processes.pop(name).wait()

    def end(self, names):
        """SIGTERM to all of them, then a wait until they are gone; each must end by itself, and well."""
        for name in names:
            self.processes[name].terminate()
        for name in names:
            try:
                code = self.processes[name].wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                raise Failed(f"{name} did not stop within {STOP_LIMIT:.0f} s of SIGTERM", is_violation=True) from None
            if code != 0:
                raise Failed(f"{name} ended with {code} at SIGTERM; see {self.path(name)}.log", is_violation=True)
            del self.processes[name]

    def keep_data(self):
        """Copies what the nodes, which do not run, have on their disks."""
        self.run("cp", "-a", "--sparse=always", self.path("data"), self.path("data-before"))

    def set_back(self):
        """Takes that copy for the nodes' data: what was acknowledged since is gone."""
        shutil.rmtree(self.path("data"))
        os.rename(self.path("data-before"), self.path("data"))

    def damage(self, name, dice):
        """Overwrites up to 4 KiB in the middle of a segment of a node that does not run; says what it did."""
        folder = self.path("data", name, "log")
        segment = dice.choice(sorted(entry for entry in os.listdir(folder) if entry.endswith(".wal")))
        path = os.path.join(folder, segment)
        with open(path, "r+b") as file:
            written = len(file.read().rstrip(b"\0"))
            length = min(dice.randrange(1, 4096), max(1, written // 4))
            place = dice.randrange(0, max(1, written - length))
            file.seek(place)
            file.write(dice.randbytes(length))
        return f"damage: {length} of {written} bytes of {segment} of {name}, from byte {place}"

    def check(self):
        """A node that ended though nobody killed it has failed."""
        for name, process in self.processes.items():
            code = process.poll()
            if code is not None:
                with open(self.path(f"{name}.log"), "rb") as log:
                    tail = log.read()[-4_000:].decode(errors="replace")
                raise Failed(f"{name} ended by itself with {code}. The end of {self.path(name)}.log:\n{tail}",
                             is_violation=True)

    def wait_ready(self, names):
        deadline = time.monotonic() + READY_LIMIT
        for name in names:
            while not self.is_ready(name):
                self.check()
                if time.monotonic() > deadline:
                    raise Failed(f"{name} did not become ready within {READY_LIMIT:.0f} s; see {self.path(name)}.log",
                                 is_violation=True)
                time.sleep(0.05)

    def connect(self, server, timeout):
        """A connection to a node, not yet opened."""
        return http.client.HTTPConnection(urllib.parse.urlsplit(server).netloc, timeout=timeout)

    def server(self, name):
        return self.servers[self.names.index(name)]

    def is_ready(self, name):
        connection = self.connect(self.server(name), timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def apply(self):
        self.control("apply", "-f", self.centre)

    def control(self, *arguments):
        """What `tandemctl` says."""
        servers = [word for server in self.servers for word in ("--server", server)]
        return self.run(self.program("tandemctl"), *arguments, *servers, "--token-file", self.path("tokens.json"),
                        "--authority", self.path("certs", "authority.pem"))

    def stop(self):
        for process in self.processes.values():
            process.terminate()
        for name, process in self.processes.items():
            try:
                process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                say(f"{name} did not stop within {STOP_LIMIT:.0f} s: ended by force")
                process.kill()
                process.wait()
        self.processes = {}

    def verify_logs(self, spared=()):
        """The names of nodes whose log is damaged, which SIGKILL alone never explains; and how many groups of the
        spared ones, whose damage has a reason, do not vote yet."""
        damaged = []
        silent = 0
        for name in self.names:
            done = subprocess.run([self.program("tandemctl"), "log", "verify", self.path("data", name)],
                                  capture_output=True, text=True)
            with open(self.path(f"{name}-log.txt"), "w", encoding="utf-8") as file:
                file.write(done.stdout + done.stderr)
            if name in spared:
                silent += done.stdout.count(": is ")
            elif done.returncode != 0:
                damaged.append(f"{name} ({self.path(name)}-log.txt)")
        return damaged, silent
