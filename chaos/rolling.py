"""All five nodes restarted under load, as for an upgrade."""
import collections
import re
import time

from cluster import READY_LIMIT, Failed, say
from heavy import HeavyNodes
from plays import Play, pass_time

CALM = 20.0
# Entries that a replica may lack and be back: new ones come all the time, and a move takes as many for enough.
LACKS = 128
CHANGES = re.compile(r'tandem_group_leader_changes_total\{group="(\d+)",reason="(\w+)"\}')
LOOKS = 20


class Elections:
    """How nodes became leaders, from their own counters, which begin at 0 with each start."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.reasons = collections.Counter()
        self.unasked = []
        self.seen = {name: self.look(name) for name in cluster.names}

    def look(self, name):
        for _ in range(LOOKS):
            told = self.cluster.metrics(name)
            if told is not None:
                found = ((CHANGES.fullmatch(sample), count) for sample, count in told.items())
                return {match.groups(): count for match, count in found if match}
            time.sleep(0.1)
        raise Failed(f"{name} does not answer GET /metrics")

    def add(self, name, ends=False):
        """Counts what is new; what a node counts after it began to hand over cannot be asked for, nor does it lead then."""
        now = self.look(name)
        for key, count in now.items():
            new = int(count - self.seen[name].get(key, 0))
            self.reasons[key[1]] += new
            if key[1] != "transfer" and new > 0:
                self.unasked.append(f"{name} of group {key[0]} by {key[1]}")
        self.seen[name] = {} if ends else now


class Rolling(Play):
    """SIGTERM and start of five nodes, one after the other, under load: no call fails, leaders change by transfer only."""

    rate = 200.0
    minutes = 4.0

    def cluster(self, programs, work, net):
        return HeavyNodes(programs, work, net)

    def act(self, stage):
        cluster = stage.cluster
        calm = time.monotonic()
        pass_time(stage, "Before the first restart", CALM)
        elections = Elections(cluster)
        self.calm = (calm, time.monotonic())
        for number, name in enumerate(cluster.names, 1):
            self.restart(stage, elections, name, self.planted and number == len(cluster.names))
        self.span = (self.calm[1], time.monotonic())
        for name in cluster.names:
            elections.add(name)
        stage.tally.measured["leaders by reason"] = {name: elections.reasons[name] for name in
                                                     ("transfer", "hint", "timeout")}
        if elections.unasked:
            stage.tally.broke(f"{len(elections.unasked)} leaders came by an election and not by transfer: "
                              + "; ".join(elections.unasked[:5]))

    def restart(self, stage, elections, name, is_planted):
        cluster = stage.cluster
        kept = sum(1 for item in cluster.shards() if name in self.nodes(item))
        elections.add(name, ends=True)
        began = time.monotonic()
        if is_planted:
            cluster.kill([name])
            say(f"PLANTED: {name} gets SIGKILL")
        else:
            cluster.end([name])
        ended = time.monotonic()
        cluster.start([name])
        cluster.wait_ready([name])
        ready = time.monotonic()
        while not self.is_back(cluster, name, kept):
            if time.monotonic() - ready > READY_LIMIT:
                raise Failed(f"{name} does not have all its shards {READY_LIMIT:.0f} s after it was ready", is_violation=True)
            stage.wait(0.2)
        back = time.monotonic()
        stage.tally.longest("SIGTERM to the end of the process", ended - began)
        stage.tally.longest("start to ready", ready - ended)
        stage.tally.longest("ready to all shards back", back - ready)
        say(f"{name}: ended after {ended - began:.1f} s, ready {ready - ended:.1f} s after its start, all {kept} shards back "
            f"{back - ready:.1f} s later")

    def nodes(self, item):
        return [replica["node"] for replica in item["replicas"]]

    def is_back(self, cluster, name, kept):
        """Every shard has a leader, and this node holds what it held, as good as whole."""
        items = cluster.shards()
        own = [replica for item in items for replica in item["replicas"] if replica["node"] == name]
        return (len(own) == kept and all(item.get("leader") for item in items)
                and all(replica["condition"] == "intact" and replica.get("lag", LACKS + 1) <= LACKS for replica in own))

    def judge(self, tally, calls):
        self.measure(tally, calls, "before the restarts", self.calm, self.chosen.rate)
        self.measure(tally, calls, "while nodes restart", self.span, self.chosen.rate)
        # As `kill-all --rolling`: a closed listener sends clients elsewhere; an answer that does not come is a failure.
        self.no_failed_try(tally, calls, "while nodes restart", self.span, may_be_unreachable=True)
        self.no_lost_call(tally, calls, "while nodes restart", self.span)
