"""Five nodes in three zones, each in a network namespace of its own, and the cluster's API as an operator uses it."""
import collections
import http.client
import json
import os
import random
import re
import signal
import ssl
import time

from cluster import Cluster, Failed

PEER_PORT = 7101
HTTP_PORT = 8081
ANSWER_LIMIT = 10.0
# What a node tells of itself it knows at once.
METRICS_LIMIT = 2.0
ASK_LIMIT = 60.0
ASK_PAUSE = 0.2
ALIVE_LIMIT = 30.0
# From the end of the faults; a move waits for replicas that catch up.
OPERATIONS_LIMIT = 240.0

Answer = collections.namedtuple("Answer", "status headers body")


class FiveNodes(Cluster):
    """Clients come over HTTPS from outside the namespaces."""

    names = ("n1", "n2", "n3", "n4", "n5")
    sample = "cluster-config/five-nodes"

    def __init__(self, programs, work, net):
        super().__init__(programs, work)
        self.net = net
        self.servers = [self.address(name) for name in self.names]
        self.stopped = set()
        self.keys = 0
        self.run_name = f"nemesis-{random.SystemRandom().randrange(1 << 40):x}"
        self.trust = None
        # Nodes that do not found the cluster: whom each asks to take it in.
        self.seeds = {}

    # MARK: nodes

    def address(self, name):
        """Where clients reach it."""
        return f"https://{self.net.address(name)}:{HTTP_PORT}"

    def hosts(self, name):
        return (self.net.address(name),)

    def command(self, name):
        return ["ip", "netns", "exec", self.net.space(name), *super().command(name)]

    def demo_words(self):
        """Further words for the demo."""
        return []

    def adapt(self, text, name):
        if name in self.seeds:
            text = self.joining(text, name)
        for other in self.names:
            text = text.replace(f"host: 127.0.0.1, port: 711{other[1:]}",
                                f"host: {self.net.address(other)}, port: {PEER_PORT}")
        certificate = self.path("certs", name)
        text = text.replace(f'host: 127.0.0.1, port: 809{name[1:]}, certificate: "", key: ""',
                            f"host: {self.net.address(name)}, port: {HTTP_PORT}, certificate: {certificate}.pem, "
                            f"key: {certificate}.key")
        text = text.replace(".run/five", self.path("data"))
        if "127.0.0.1" in text or self.path("data") not in text:
            raise Failed(f"{self.sample}/{name}.yaml has another form than this program expects")
        return text

    def joining(self, text, name):
        """The file of a node that is told of the cluster by others, instead of founding it with them."""
        seeds = "".join(f"    - {{host: 127.0.0.1, port: 711{other[1:]}}}\n" for other in self.seeds[name])
        join = f"join:\n  seeds:\n{seeds}  tokenFile: {self.path(name)}.token\n"
        text, peers = re.subn(r"^peers:\n(?:  - .*\n)+", lambda _: join, text, flags=re.MULTILINE)
        text, shards = re.subn(r"^shards: .*\n", "", text, flags=re.MULTILINE)
        if peers != 1 or shards != 1:
            raise Failed(f"{self.sample}/{name}.yaml has another form than this program expects")
        return text

    def join(self, name, seeds):
        """A node without data, which is no member, joins with a token of its own (docs/operations.md)."""
        token = self.control("join-token", "create", "--node", name)
        with open(self.path(f"{name}.token"), "w", encoding="utf-8") as file:
            file.write(token)
        self.welcome(name)
        self.seeds[name] = seeds
        self.configure(name)
        self.start([name])
        self.wait_ready([name])
        self.wait_alive()

    def welcome(self, name):
        """What a node needs besides, before it joins."""

    def wait_alive(self):
        """Until every node sees every other one alive."""
        deadline = time.monotonic() + ALIVE_LIMIT
        while any(self.not_alive(name) for name in self.names):
            self.check()
            if time.monotonic() > deadline:
                raise Failed(f"not every node saw all others alive within {ALIVE_LIMIT:.0f} s", is_violation=True)
            time.sleep(0.1)

    def stop_clock(self, name):
        """SIGSTOP: the process stands still, its connections stay open."""
        os.kill(self.processes[name].pid, signal.SIGSTOP)
        self.stopped.add(name)

    def go_on(self, name):
        os.kill(self.processes[name].pid, signal.SIGCONT)
        self.stopped.discard(name)

    def heal(self):
        """All packets arrive again, whoever stands still goes on, whoever was killed is started."""
        self.net.heal()
        for name in sorted(self.stopped):
            self.go_on(name)
        self.start([name for name in self.names if name not in self.processes])

    def kill(self, names):
        super().kill(names)
        self.stopped.difference_update(names)

    def stop(self):
        self.net.heal()
        for name in sorted(self.stopped):
            self.go_on(name)
        super().stop()

    # MARK: the API

    def connect(self, server, timeout):
        if self.trust is None:
            self.trust = ssl.create_default_context(cafile=self.path("certs", "authority.pem"))
        return http.client.HTTPSConnection(server.removeprefix("https://"), timeout=timeout, context=self.trust)

    def one_call(self, name, method, path, body=None, key=None, timeout=ANSWER_LIMIT):
        """The answer of this node to one try; `None` when there was none."""
        connection = self.connect(self.server(name), timeout)
        headers = {"Authorization": f"Bearer {self.tokens['admin']}"}
        if method != "GET":
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            connection.request(method, "/api/v1" + path, None if method == "GET" else json.dumps(body or {}), headers)
            response = connection.getresponse()
            data = response.read()
            return Answer(response.status, response.headers, json.loads(data) if data else None)
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def ask(self, method, path, body=None, limit=ASK_LIMIT, names=None):
        """The first final answer of any node: 503, other 5xx, 429 and silence are tried again at the next node."""
        key = None
        if method == "POST":
            self.keys += 1
            key = f"{self.run_name}/{self.keys}"
        deadline = time.monotonic() + limit
        asked = [name for name in names or self.names if name not in self.stopped]
        answer = None
        number = 0
        while True:
            answer = self.one_call(asked[number % len(asked)], method, path, body, key)
            if answer is not None and answer.status < 500 and answer.status != 429:
                return answer
            if time.monotonic() > deadline:
                said = "no answer" if answer is None else f"{answer.status} {answer.body}"
                raise Failed(f"{method} {path} had no final answer within {limit:.0f} s; the last: {said}",
                             is_violation=True)
            number += 1
            time.sleep(ASK_PAUSE)

    def read(self, path, limit=ASK_LIMIT, names=None):
        answer = self.ask("GET", path, limit=limit, names=names)
        if answer.status != 200:
            raise Failed(f"GET {path} was answered {answer.status} {answer.body}", is_violation=True)
        return answer.body

    def shards(self, names=None):
        return self.read("/cluster/shards", names=names)["items"]

    def operations(self):
        return self.read("/cluster/operations")["items"]

    def under_way(self):
        return [item for item in self.operations() if item["state"] == "running" or item["running"]]

    def wait_for_operations(self, wait, limit=OPERATIONS_LIMIT):
        """Until none is under way. `wait(seconds)` passes the time."""
        deadline = time.monotonic() + limit
        while True:
            left = self.under_way()
            if not left:
                return
            if time.monotonic() > deadline:
                raise Failed(f"operations are still under way {limit:.0f} s after the faults: "
                             + ", ".join(f"{item['id']} ({item['kind']}, {item['done']} of {item['moves']} moves done)"
                                         for item in left), is_violation=True)
            wait(0.5)

    def not_alive(self, name):
        """The nodes that this one does not see alive; all of them when it does not answer."""
        answer = self.one_call(name, "GET", "/cluster", timeout=2)
        if answer is None or answer.status != 200:
            return list(self.names)
        states = {item["id"]: item["state"] for item in answer.body["nodes"]}
        return [other for other in self.names if states.get(other) != "alive"]

    def metrics(self, name):
        """The samples that a node tells at /metrics, by name and labels as they stand there; `None` without an answer."""
        connection = self.connect(self.server(name), METRICS_LIMIT)
        try:
            connection.request("GET", "/metrics")
            response = connection.getresponse()
            lines = response.read().decode().splitlines()
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
        if response.status != 200:
            return None
        samples = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {sample: float(value) for sample, value in samples}

    def coordinator(self):
        """The node that says of itself that it leads the registry; `None` when none of those that run says so.

        What a node says of others may be a moment old, or a guess where it keeps no copy of the registry.
        """
        for name in self.names:
            if name in self.stopped or name not in self.processes:
                continue
            answer = self.one_call(name, "GET", "/cluster", timeout=2)
            if answer is not None and answer.status == 200 and answer.body.get("registryLeader") == name:
                return name
        return None
