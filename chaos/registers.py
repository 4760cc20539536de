"""An agent for each shard, whose presence is written to see which side of a cut takes writes."""
import concurrent.futures
import time

from cluster import Failed

SHARDS = 64
CALLERS = 8
# A node holds a call for a moment before it refuses it.
REFUSAL_LIMIT = 15.0
# A side with two of three copies serves within so long.
SERVICE_LIMIT = 10.0


def shard_of(kind, key):
    """StableHash (Sources/Primitives): FNV-1a with the finalizer of MurmurHash3; the top bits choose the shard."""
    mask, value = (1 << 64) - 1, 0xCBF29CE484222325
    for byte in f"{kind}/{key}".encode():
        value = (value ^ byte) * 0x100000001B3 & mask
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> 33) * factor & mask
    return (value ^ value >> 33) >> 64 - SHARDS.bit_length() + 1


class Registers:
    """Nobody else uses these agents, and they are on no queue."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.names = {}
        number = 0
        while len(self.names) < SHARDS:
            number += 1
            self.names.setdefault(shard_of("agent", f"register-{number}"), f"register-{number}")

    def create(self):
        def one(name):
            answer = self.cluster.ask("PUT", f"/agents/{name}", {"name": name, "division": "north"})
            if answer.status not in (200, 201):
                raise Failed(f"agent {name} was not made: {answer.status} {answer.body}")

        self.each(one, self.names.values())
        # Their shards hear of them by and by.
        for name in self.names.values():
            answer = self.cluster.ask("PUT", f"/agents/{name}/presence", {"presence": "away", "onQueue": False})
            if answer.status != 200:
                raise Failed(f"the presence of {name} was answered {answer.status} {answer.body}")

    def each(self, work, items):
        with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(work, items))

    def write(self, node, shard, timeout=REFUSAL_LIMIT):
        return self.cluster.one_call(node, "PUT", f"/agents/{self.names[shard]}/presence",
                                     {"presence": "busy", "onQueue": False}, timeout=timeout)

    def refusals(self, shards, node):
        """Broken promises, and how many were refused as they must be: this node's side has no majority of these."""
        broken = []
        for shard, answer in zip(shards, self.each(lambda shard: self.write(node, shard), shards)):
            what = f"a write to shard {shard} at {node}, whose side has no majority of it,"
            if answer is None:
                broken.append(f"{what} was not answered within {REFUSAL_LIMIT:.0f} s")
            elif answer.status != 503:
                broken.append(f"{what} was answered {answer.status} instead of 503: {answer.body}")
            elif "Retry-After" not in answer.headers:
                broken.append(f"{what} was refused without Retry-After")
        return broken, len(shards) - len(broken)

    def services(self, shards, node):
        """Broken promises, and how many were written: this node's side has a majority of these."""
        def one(shard):
            deadline = time.monotonic() + SERVICE_LIMIT
            while True:
                answer = self.write(node, shard, timeout=SERVICE_LIMIT)
                if answer is not None and answer.status == 200:
                    return None
                if time.monotonic() > deadline:
                    said = "no answer" if answer is None else f"{answer.status} {answer.body}"
                    return (f"a write to shard {shard} at {node}, whose side has a majority of it, was not taken "
                            f"within {SERVICE_LIMIT:.0f} s; the last: {said}")
                time.sleep(0.1)

        broken = [text for text in self.each(one, shards) if text is not None]
        return broken, len(shards) - len(broken)
