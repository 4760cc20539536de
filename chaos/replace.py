"""A node that does not come back, and is replaced by the cluster itself."""
import json
import random
import shutil
import time

from cluster import Failed, say
from five import FiveNodes
from placing import Rebalance
from plays import Play, pass_time

CALM = 10.0
MINUTES = 1
# Until the death is noticed, and the registry is asked.
NOTICED = 30.0
COPIES_LIMIT = 60.0
COPIES = 3


class ReplacingNodes(FiveNodes):
    """Five nodes that replace one that is away for so many minutes; the shortest time is one, 0 is never."""

    replace_after = MINUTES

    def adapt(self, text, name):
        return super().adapt(text, name) + f"replaceAfterMinutes: {self.replace_after}\n"


class Replace(Play):
    """A killed node stays away: the others replace it by themselves; then it is removed and joins anew."""

    def cluster(self, programs, work, net):
        cluster = ReplacingNodes(programs, work, net)
        if self.planted:
            cluster.replace_after = 0
        return cluster

    def act(self, stage):
        cluster = stage.cluster
        self.begin = time.monotonic()
        pass_time(stage, "Before the kill", CALM)
        victim = random.Random(f"{self.chosen.seed}/victim").choice(cluster.names)
        cluster.kill([victim])
        killed = time.monotonic()
        say(f"{victim} is killed and stays away" + ("; PLANTED: nodes are never replaced" if self.planted else ""))
        operation = self.replacement(stage, victim, killed)
        cluster.wait_for_operations(stage.wait)
        ended = cluster.read(f"/cluster/operations/{operation}")
        if ended["state"] != "done" or ended["done"] != ended["moves"]:
            stage.tally.broke(f"{operation} ended as {ended['state']} with {ended['done']} of {ended['moves']} moves done")
        stage.tally.longest("kill to the end of the replacement", time.monotonic() - killed)
        stage.tally.measured[f"replacement of {victim}"] = {"moves": ended["moves"], "done": ended["done"]}
        self.wait_for_copies(stage, victim)
        say(f"{victim} is removed, and joins anew with a token and an empty directory")
        cluster.control("node", "remove", victim, "--yes")
        if any(item["id"] == victim for item in cluster.read("/cluster")["nodes"]):
            stage.tally.broke(f"{victim} is a member after its removal")
        shutil.rmtree(cluster.path("data", victim))
        cluster.join(victim, [name for name in cluster.names if name != victim][:2])
        rebalance = Rebalance(stage, f"with {victim} again")
        rebalance.begin()
        rebalance.finish()
        self.end = time.monotonic()

    def replacement(self, stage, victim, killed):
        """The operation that the cluster begins by itself."""
        due = MINUTES * 60.0
        while True:
            found = [item for item in stage.cluster.operations()
                     if item["kind"] == "replace" and item.get("node") == victim]
            seconds = time.monotonic() - killed
            if found:
                break
            if seconds > due + NOTICED:
                raise Failed(f"nothing replaces {victim} {seconds:.0f} s after its death, though replaceAfterMinutes is "
                             f"{MINUTES}", is_violation=True)
            stage.wait(0.5)
        if seconds < due:
            stage.tally.broke(f"{victim} was replaced {seconds:.0f} s after its death: replaceAfterMinutes is {MINUTES}")
        stage.tally.longest("kill to the beginning of the replacement", seconds)
        listed = json.loads(stage.cluster.control("operations", "list", "--output", "json"))
        if all(item["id"] != found[-1]["id"] for item in listed):
            stage.tally.broke(f"tandemctl operations list does not show {found[-1]['id']}")
        say(f"{found[-1]['id']} replaces {victim}, begun {seconds:.0f} s after its death")
        return found[-1]["id"]

    def wait_for_copies(self, stage, victim):
        """Three intact copies of every shard and of the registry without the lost node."""
        deadline = time.monotonic() + COPIES_LIMIT
        while True:
            missing = self.missing(stage.cluster, victim)
            if not missing or time.monotonic() > deadline:
                break
            stage.wait(0.5)
        for text in missing[:5]:
            stage.tally.broke(f"after the replacement of {victim}: {text}")

    def missing(self, cluster, victim):
        found = []
        for item in cluster.shards():
            intact = [replica["node"] for replica in item["replicas"]
                      if replica["condition"] == "intact" and replica["node"] != victim]
            if len(intact) < COPIES or len(item["replicas"]) != COPIES:
                found.append(f"shard {item['shard']} has {len(intact)} intact copies of {len(item['replicas'])}")
        kept = next(item for item in cluster.read("/cluster")["nodes"] if item["id"] == victim)["replicas"]
        if kept:
            found.append(f"the map still gives {victim} {kept} shards")
        # No list shows the registry's own group; each node tells of those that it keeps.
        group = f'tandem_group_repairing{{group="{cluster.read("/cluster")["shards"]}"}}'
        intact = [name for name in cluster.names if name != victim and (cluster.metrics(name) or {}).get(group) == 0]
        if len(intact) != COPIES:
            found.append(f"the registry has {len(intact)} intact copies")
        return found

    def judge(self, tally, calls):
        self.measure(tally, calls, "all the time", (self.begin, self.end))
        self.no_lost_call(tally, calls, "all the time", (self.begin, self.end))
