"""The load of a run: writers that measure, the demo with its agents, and the last read of everything."""
import http.client
import json
import random
import subprocess
import threading
import time
import urllib.parse

import history as histories
from cluster import Failed

ANSWER_LIMIT = 10.0
# Pause of a writer before it tries again: short, so that it notices soon when the cluster is back.
RETRY_PAUSE = (0.03, 0.07)
# Between two commands of a writer.
COMMAND_PAUSE = (0.05, 0.15)
# For one command, all tries together.
COMMAND_LIMIT = 120.0
FINAL_READERS = 8
# Conversations whose end was acknowledged have ended so long after the first of these reads.
END_LIMIT = 30.0
PAGE = 500
# Nobody of the sample centre speaks all of these so well: what the writers create stays in the queue.
NOBODY = [{"skill": name, "minimumProficiency": 5.0} for name in ("english", "german", "french", "spanish")]


class Client:
    """Calls of one thread, each try recorded."""

    def __init__(self, cluster, history, process, token, dice):
        self.cluster = cluster
        self.history = history
        self.process = process
        self.token = cluster.tokens[token]
        self.dice = dice
        self.server = dice.randrange(len(cluster.servers))
        self.connection = None
        self.was_connected = False

    def send(self, draft, method, path, body=None, key=None, learn=None, is_over=lambda: False):
        """Tries until the outcome is known. Returns status and body, or `None` if `is_over` came first."""
        deadline = time.monotonic() + COMMAND_LIMIT
        attempt = 1
        while True:
            record = dict(draft, process=self.process, server=self.cluster.servers[self.server], attempt=attempt,
                          invoked=self.history.now())
            if key is not None:
                record["key"] = key
            status, answer = self.one_try(method, path, body, key)
            record["completed"] = self.history.now()
            # Without a connection nothing was sent.
            record["outcome"] = histories.outcome(status) if status is not None or self.was_connected else "refused"
            if status is not None:
                record["status"] = status
            if record["outcome"] == "ok" and learn is not None:
                learn(answer, record)
            self.history.record(record)
            if status is not None and status < 500 and status != 429:
                return status, answer
            if is_over() or time.monotonic() > deadline:
                return None, None
            self.server = (self.server + 1) % len(self.cluster.servers)
            self.drop()
            time.sleep(self.dice.uniform(*RETRY_PAUSE))
            attempt += 1

    def one_try(self, method, path, body, key):
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            self.was_connected = self.connection is not None
            if self.connection is None:
                connection = self.cluster.connect(self.cluster.servers[self.server], ANSWER_LIMIT)
                connection.connect()
                self.connection = connection
                self.was_connected = True
            self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = self.connection.getresponse()
            data = response.read()
            if self.connection.sock is None:  # the node asked for it
                self.connection = None
            return response.status, json.loads(data) if data else None
        except (OSError, http.client.HTTPException, ValueError):
            self.drop()
            return None, None

    def drop(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def read(self, name):
        def learn(body, record):
            record["state"] = body.get("state")
            if body.get("endReason"):
                record["endReason"] = body["endReason"]
            connected = [segment["agent"] for segment in body.get("segments") or [] if segment["state"] == "connected"]
            if connected:
                record["owner"] = connected[-1]

        return self.send({"operation": "read", "conversation": name}, "GET",
                         "/api/v1/conversations/" + urllib.parse.quote(name), learn=learn)


class Writers:
    """Each creates a conversation, abandons it, and begins again."""

    def __init__(self, cluster, count, history, seed):
        self.history = history
        self.lock = threading.Lock()
        # (first invoked of the try that was acknowledged, acknowledged), of the monotonic clock.
        self.times = []
        self.slowest = 0.0
        self.is_over = threading.Event()
        self.is_aborted = threading.Event()
        self.run_name = f"kill-{seed}-{random.SystemRandom().randrange(1 << 40):x}"
        self.clients = [Client(cluster, history, "customers", "integration", random.Random(seed * 1_000 + number))
                        for number in range(count)]
        self.threads = [threading.Thread(target=self.write, args=(number,), daemon=True) for number in range(count)]

    @property
    def acknowledged(self):
        return len(self.times)

    def start(self):
        for thread in self.threads:
            thread.start()

    def write(self, number):
        client = self.clients[number]
        count = 0
        while not self.is_over.is_set():
            count += 1
            name = f"{self.run_name}/{number}/{count}"
            body = {"mediaType": "voice", "direction": "inbound", "queue": "north-sales", "skills": NOBODY, "priority": 0}
            draft = {"operation": "create", "queue": "north-sales", "mediaType": "voice"}
            answer = self.command(client, draft, "/api/v1/conversations", body, name)
            if answer is None:
                continue
            path = f"/api/v1/conversations/{urllib.parse.quote(answer['id'])}/abandon"
            self.command(client, {"operation": "abandon", "conversation": answer["id"]}, path, None, name + "/abandon")

    def command(self, client, draft, path, body, key):
        time.sleep(client.dice.uniform(*COMMAND_PAUSE))
        began = time.monotonic()

        def learn(answer, record):
            record["conversation"] = answer["id"]
            invoked = record["invoked"] / 1e6 + self.history.origin
            now = time.monotonic()
            with self.lock:
                self.times.append((invoked, now))
                self.slowest = max(self.slowest, now - began)

        status, answer = client.send(draft, "POST", path, body, key, learn, self.is_aborted.is_set)
        return answer if status is not None and status < 300 else None

    def first_acknowledged_after(self, moment):
        with self.lock:
            found = None
            for invoked, completed in reversed(self.times):
                if invoked >= moment:
                    found = completed if found is None else min(found, completed)
                elif completed < moment:
                    break
            return found

    def longest_gap(self, start, end):
        """The longest time without an acknowledgement, and when it began."""
        with self.lock:
            moments = sorted([start, end] + [time for _, time in self.times if start < time < end])
        return max(((later - earlier, earlier) for earlier, later in zip(moments, moments[1:])), default=(0.0, start))

    def stop(self):
        """Waits until every command under way has its outcome."""
        self.is_over.set()
        for thread in self.threads:
            thread.join(COMMAND_LIMIT * 2)
            if thread.is_alive():
                raise Failed("a writer did not come to an end: the cluster answers nothing", is_violation=True)

    def abort(self):
        self.is_aborted.set()
        self.is_over.set()


class Demo:
    """`tandem-lab demo` against the cluster; again, if it ends before the last kill."""

    FOLLOWING_SECONDS = 60.0

    def __init__(self, cluster, rate, seconds, seed, words=()):
        self.cluster = cluster
        self.rate = rate
        self.seconds = seconds
        self.seed = seed
        self.words = words
        self.histories = []
        # When the clocks of the histories began, by this program's clock; each began some tenths of a second later.
        self.origins = []
        self.process = None

    def start(self):
        number = len(self.histories) + 1
        path = self.cluster.path(f"demo-{number}.jsonl")
        self.output = self.cluster.path(f"demo-{number}.txt")
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [self.cluster.program("tandem-lab"), "demo", "--interactions", str(max(1, int(self.rate * self.seconds))),
                 "--rate", str(self.rate), "--servers", *self.cluster.servers,
                 "--tokens", self.cluster.path("tokens.json"),
                 "--authority", self.cluster.path("certs", "authority.pem"), "--history", path,
                 "--seed", str(self.seed + number), *self.words],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        self.histories.append(path)
        self.origins.append(time.monotonic())

    def text(self):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for_customers(self):
        while "customers come" not in self.text():
            self.cluster.check()
            self.check_end()
            time.sleep(0.1)

    def check_end(self):
        code = self.process.poll()
        if code is not None and code not in (0, 1):
            raise Failed(f"the demo ended with {code}; see {self.output}:\n{self.text()[-2_000:]}")
        return code is not None

    def keep_playing(self):
        if self.check_end():
            self.seconds = self.FOLLOWING_SECONDS
            self.start()

    def finish(self, limit, cluster):
        deadline = time.monotonic() + limit
        while not self.check_end():
            cluster.check()
            if time.monotonic() > deadline:
                raise Failed(f"the demo did not end within {limit:.0f} s; see {self.output}", is_violation=True)
            time.sleep(0.2)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class FinalReads:
    """Every acknowledged conversation is read after the last kill, whatever was seen of it before."""

    def __init__(self, cluster, seed):
        self.cluster = cluster
        self.seed = seed
        self.known = set()
        self.unheard = 0

    def of_writers(self, writers):
        writers.history.file.flush()
        with open(writers.history.path, encoding="utf-8") as file:
            records = [json.loads(line) for line in file][1:]
        self.read(writers.history, records)

    def of_demo(self, path):
        history, records = histories.History.continuing(path)
        if history is None:
            raise Failed(f"{path} is cut off: the demo did not come to its end")
        self.read(history, records)

    def read(self, history, records):
        names = histories.acknowledged(records)
        self.known.update(names)
        self.unheard += histories.never_known(records)
        deadline = time.monotonic() + END_LIMIT
        threads = [threading.Thread(target=self.read_some,
                                    args=(history, names[number::FINAL_READERS], number, deadline))
                   for number in range(FINAL_READERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        history.finish()

    def read_some(self, history, names, number, deadline):
        """Each at least once, whatever the time."""
        client = Client(self.cluster, history, "auditor", "supervisor", random.Random(self.seed * 2_000 + number))
        for name in names:
            while True:
                status, body = client.read(name)
                if status != 200 or body.get("state") == "ended" or time.monotonic() > deadline:
                    break
                time.sleep(0.2)

    def strangers(self):
        """Conversations in the list that no client of this run created, if they are more than were never heard of."""
        client = Client(self.cluster, _Unrecorded(), "auditor", "admin", random.Random(self.seed))
        found, cursor = [], None
        while True:
            query = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
            status, page = client.send({}, "GET", "/api/v1/conversations?" + urllib.parse.urlencode(query))
            if status != 200:
                raise Failed(f"the list of conversations was answered {status}: {page}", is_violation=True)
            found += [item["id"] for item in page["items"] if item["id"] not in self.known]
            cursor = page.get("nextCursor")
            if not cursor:
                return found if len(found) > self.unheard else []


class _Unrecorded:
    def now(self):
        return 0

    def record(self, value):
        pass
