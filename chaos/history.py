"""Client histories (docs/history-format.md): written by threads, and judged by `tandem-lab verify`."""
import collections
import datetime
import json
import os
import re
import subprocess
import threading
import time

# No line that ends a history is longer, in bytes.
LAST_LINE = 65_536
COMMANDS = ("create", "abandon", "end", "accept", "decline", "wrapUp", "presence")


def outcome(status):
    """As in docs/history-format.md; `None` stands for no answer."""
    if status is None or (status >= 500 and status != 503):
        return "unknown"
    return "ok" if 200 <= status < 300 else "refused"


class History:
    """A history that grows; the times are microseconds of this machine's monotonic clock since its beginning."""

    def __init__(self, path, seed, servers, origin=None, append_to=None):
        self.path = path
        self.lock = threading.Lock()
        self.origin = time.monotonic() if origin is None else origin
        self.records = 0
        if append_to is not None:
            self.file = append_to
            return
        self.file = open(path, "w", encoding="utf-8")
        started = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.write({"format": "tandem-history", "version": 1, "startedAt": started, "seed": seed, "factor": 1,
                    "interactions": 0, "servers": servers})

    @classmethod
    def continuing(cls, path):
        """A finished history, opened again: what comes now happened after all of it. Also its creations."""
        creations, count, last, is_finished = [], 0, 0, False
        for record in records(path):
            count += 1
            last = max(last, record["completed"])
            is_finished = record["operation"] == "finished"
            if record["operation"] == "create":
                creations.append(record)
        if not is_finished:
            return None, creations
        with open(path, "rb+") as file:
            # The last line goes.
            file.seek(-min(LAST_LINE, os.path.getsize(path)), os.SEEK_END)
            start = file.tell()
            file.truncate(start + file.read().rstrip(b"\n").rindex(b"\n") + 1)
        history = cls(path, 0, [], origin=time.monotonic() - last / 1e6, append_to=open(path, "a", encoding="utf-8"))
        history.records = count - 1
        return history, creations

    def now(self):
        return int((time.monotonic() - self.origin) * 1e6) + 1

    def write(self, value):
        self.file.write(json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n")

    def record(self, value):
        with self.lock:
            self.write(value)
            self.records += 1

    def finish(self):
        with self.lock:
            now = self.now()
            self.write({"process": "demo", "operation": "finished", "invoked": now, "completed": now, "outcome": "ok",
                        "count": self.records})
            self.file.close()


def records(path):
    """One after the other, as a history may be long."""
    with open(path, encoding="utf-8") as file:
        next(file, None)
        for line in file:
            yield json.loads(line)


def acknowledged(records):
    """Conversations whose creation was acknowledged, in the order of the history."""
    found = {}
    for record in records:
        if record["operation"] == "create" and record["outcome"] == "ok":
            found[record["conversation"]] = True
    return list(found)


def never_known(records):
    """How many creations may have happened without their client ever hearing of it."""
    known = {}
    for record in records:
        if record["operation"] == "create" and record["outcome"] != "refused":
            known[record["key"]] = known.get(record["key"], False) or record["outcome"] == "ok"
    return sum(1 for is_known in known.values() if not is_known)


def judge(cluster, path):
    """What `tandem-lab verify` says, in numbers. Its text is kept beside the history."""
    done = subprocess.run([cluster.program("tandem-lab"), "verify", path], capture_output=True, text=True)
    with open(path + ".txt", "w", encoding="utf-8") as file:
        file.write(done.stdout + done.stderr)
    if done.returncode != 0:
        print(f"\n{done.stdout}{done.stderr}")
    found = {}
    for name, count in re.findall(r"^  (.+?)  .*?(\d+) (?:violations?|undecided)$", done.stdout, re.MULTILINE):
        promise = re.match(r"promise (\d)", name)
        kind = {"1": "lost", "2": "doubled", "6": "doubled"}.get(promise.group(1) if promise else "", "other")
        found[kind] = found.get(kind, 0) + int(count)
    counts, conversations = collections.Counter(), set()
    for record in records(path):
        operation, result = record["operation"], record["outcome"]
        counts["commands"] += operation in COMMANDS and result == "ok"
        counts["unknown"] += result == "unknown"
        # Streams end with the node that feeds them, and go on from another.
        counts["failed"] += operation != "stream" and (result == "unknown" or record.get("status", 0) >= 500)
        if operation == "create" and result == "ok":
            conversations.add(record["conversation"])
    return {
        "path": path, "holds": done.returncode == 0, "lost": found.get("lost", 0), "doubled": found.get("doubled", 0),
        "other": found.get("other", 0), "conversations": len(conversations), "commands": counts["commands"],
        "unknown": counts["unknown"], "failed": counts["failed"],
    }
