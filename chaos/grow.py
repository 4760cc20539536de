"""From three nodes to five under load."""
import re
import time

from cluster import say
from heavy import HeavyNodes
from placing import Rebalance
from plays import Play, pass_time

WARM_UP = 10.0
STEADY = 60.0
# With four nodes, before the fifth comes: what the nodes cost each other, without the moves.
AT_REST = 20.0
BEFORE_RESTART = 3.0
# Of the moves, when the coordinator is killed.
KILL_SHARE = 0.25
MOST_OF_BEFORE = 2.0
ZONES = {"n1": "a", "n2": "b", "n3": "c", "n4": "a", "n5": "b"}


class GrowingNodes(HeavyNodes):
    """Three founders in three zones; two more have their addresses, and nothing else."""

    names = ("n1", "n2", "n3")

    def adapt(self, text, name):
        text = re.sub(r"^zone: \w+", f"zone: {ZONES[name]}", text, flags=re.MULTILINE)
        text = re.sub(r"^  - \{node: n[45], .*\n", "", text, flags=re.MULTILINE)
        return super().adapt(text, name)

    def welcome(self, name):
        """From now on it is one of the nodes that are asked, clients among those who ask."""
        self.issue(name)
        self.names = (*self.names, name)
        self.servers.append(self.address(name))


class Grow(Play):
    """Three nodes become five under load: joins and rebalances, the coordinator of the second is killed."""

    rate = 200.0
    minutes = 6.0

    def cluster(self, programs, work, net):
        return GrowingNodes(programs, work, net)

    def act(self, stage):
        stage.wait(WARM_UP)
        steady = time.monotonic()
        pass_time(stage, "A steady minute before anything happens", STEADY)
        self.steady = (steady, time.monotonic())
        say("A: n4 joins, then a rebalance")
        self.first = self.grow(stage, "n4")
        self.first.begin()
        if self.planted:
            stage.wait(1.0)
            stage.cluster.control("operations", "cancel", self.first.operation)
            say("PLANTED: the rebalance is cancelled")
        self.first.finish()
        rest = time.monotonic()
        pass_time(stage, "Four nodes at rest", AT_REST)
        self.rest = (rest, time.monotonic())
        self.calm_end = time.monotonic()
        say("B: n5 joins, then a rebalance, whose coordinator is killed")
        self.second = self.grow(stage, "n5")
        self.second.begin()
        victim = self.second.kill_coordinator(KILL_SHARE)
        stage.wait(BEFORE_RESTART)
        stage.cluster.start([victim])
        stage.cluster.wait_ready([victim])
        self.second.finish()
        self.end = time.monotonic()

    def grow(self, stage, name):
        began = time.monotonic()
        stage.cluster.join(name, list(stage.cluster.names))
        stage.tally.longest(f"start of {name} to alive in every view", time.monotonic() - began)
        return Rebalance(stage, f"with {name}")

    def judge(self, tally, calls):
        rate = self.chosen.rate
        before = self.measure(tally, calls, "steady minute", self.steady, rate)
        during = self.measure(tally, calls, "rebalance with n4", self.first.span, rate)
        self.measure(tally, calls, "four nodes at rest", self.rest)
        self.measure(tally, calls, "rebalance with n5 and a kill", self.second.span)
        if before["p99 ms"] is None or during["p99 ms"] is None or during["p99 ms"] > before["p99 ms"] * MOST_OF_BEFORE:
            tally.broke(f"99 of 100 customers had an offer within {before['p99 ms']} ms before the rebalance and within "
                        f"{during['p99 ms']} ms while it went on: more than {MOST_OF_BEFORE:.0f} times as long")
        self.no_failed_try(tally, calls, "join and rebalance with n4", (self.steady[0], self.calm_end))
        self.no_lost_call(tally, calls, "join and rebalance with n5 and a kill", (self.calm_end, self.end))
