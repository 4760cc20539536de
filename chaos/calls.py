"""What clients saw of their calls: which tries failed, which calls were lost, how long customers waited for an offer."""
import collections
import math

from history import records

NOT_CALLS = ("stream", "finished", "offerAlerting", "offerEnded")
# Answers that say that another was faster: an offer is over, a conversation has ended.
TOO_LATE = {(operation, status) for operation in ("accept", "decline", "end", "abandon", "wrapUp") for status in (409, 410)}
UNREACHABLE = "not reachable"
PERCENTILES = (("p50", 0.50), ("p99", 0.99))

Failure = collections.namedtuple("Failure", "moment kind text")


class Calls:
    """The histories of a run, in the time of this program's clock."""

    def __init__(self):
        self.failures = []
        # When the customer of a conversation sent the first try of its creation; when it first rang at an agent.
        self.asked = {}
        self.rung = {}
        self.later = collections.Counter()
        self.missing = collections.defaultdict(list)
        # Answers that end a call, and not as its client could expect: moment and text.
        self.refused = []

    def read(self, path, origin, holds_customers):
        """`origin` is when the clock of the history began. Only customers count for the time to an offer."""
        first, gone = {}, set()
        for record in records(path):
            operation = record["operation"]
            moment = origin + record["invoked"] / 1e6
            if operation == "offerAlerting":
                self.rung.setdefault(record["conversation"], moment)
            if operation in NOT_CALLS:
                continue
            # What an agent of the demo still asks for at its end is broken off.
            if operation == "presence" and record.get("state") == "offline":
                gone.add(record["process"])
            elif record["process"] in gone and "status" not in record:
                continue
            attempt = record.get("attempt", 1)
            call = (path, record["process"], operation,
                    record.get("key") or record.get("conversation") or record.get("agent") or record.get("queue"))
            self.take(record, call, attempt, moment)
            if operation == "create" and holds_customers:
                if attempt == 1:
                    first[record["key"]] = moment
                if record["outcome"] == "ok":
                    self.asked.setdefault(record["conversation"], first.pop(record["key"], moment))

    def take(self, record, call, attempt, moment):
        if attempt > 1:
            self.later[call, attempt] += 1
        status = record.get("status")
        if status is not None and status < 400:
            return
        text = f"{record['operation']} of {record['process']} at {record.get('server')}, try {attempt}"
        if status is None or status >= 500 or status == 429:
            # Tries of one call are told from those of another by their number alone where they have no key.
            self.missing[call, attempt + 1].append(moment)
            kind = str(status) if status else UNREACHABLE if record["outcome"] == "refused" else "no answer"
            self.failures.append(Failure(moment, kind, f"{text}: {kind}"))
        elif (record["operation"], status) not in TOO_LATE:
            self.failures.append(Failure(moment, str(status), f"{text}: {status}"))
            self.refused.append((moment, f"{text}: {status}"))

    def failed(self, span):
        """Tries begun in this time that failed, or were refused for a reason that their client could not expect."""
        return [failure for failure in self.failures if span[0] <= failure.moment < span[1]]

    def lost(self, span):
        """What was tried for the last time in this time, and failed: its client gave up, or was refused for good."""
        found = [text for moment, text in self.refused if span[0] <= moment < span[1]]
        for (call, attempt), moments in self.missing.items():
            left = max(0, len(moments) - self.later[call, attempt])
            found += [f"{call[2]} of {call[1]}, try {attempt - 1}"
                      for moment in sorted(moments)[len(moments) - left:] if span[0] <= moment < span[1]]
        return found

    def matching(self, span):
        """Of customers that came in this time: how many a second, and after which time half and nearly all had an offer."""
        came = [moment for moment in self.asked.items() if span[0] <= moment[1] < span[1]]
        waits = sorted(self.rung.get(name, math.inf) - moment for name, moment in came)
        found = {"customers": len(waits), "a second": round(len(waits) / (span[1] - span[0]), 1)}
        for name, share in PERCENTILES:
            wait = waits[max(0, math.ceil(len(waits) * share) - 1)] if waits else math.inf
            found[f"{name} ms"] = round(wait * 1_000, 1) if wait < math.inf else None
        return found | {"never offered": sum(1 for wait in waits if wait == math.inf)}


def kinds(failures):
    """How many of each kind, in words."""
    counts = collections.Counter(failure.kind for failure in failures)
    return ", ".join(f"{kind}: {count}" for kind, count in sorted(counts.items())) or "none"
