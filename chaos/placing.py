"""A rebalance as an operator does it with `tandemctl`: what the dry run says, what is done, where all is in the end."""
import json
import re
import time

from cluster import Failed, say

# From the end of the operation: leaders go home once their node has been linked for 3 s and the other led for 10 s.
PLACED_LIMIT = 60.0


class Rebalance:
    """Each finding that something is not as promised is handed to the tally."""

    def __init__(self, stage, name):
        self.stage = stage
        self.cluster = stage.cluster
        self.name = name
        self.before = self.places()
        self.plan = self.steps(json.loads(self.keep("plan.json", "shards", "rebalance", "--dry-run", "--output", "json")))
        self.operation = None
        self.span = None

    def keep(self, ending, *words):
        """What `tandemctl` says, and it is written beside the logs."""
        text = self.cluster.control(*words)
        with open(self.cluster.path(f"{self.name}-{ending}"), "w", encoding="utf-8") as file:
            file.write(text)
        return text

    def steps(self, operation):
        return {int(step["shard"]): (step["from"], step["to"]) for step in operation["steps"]}

    def places(self):
        """Who keeps each shard, as its leader says."""
        items = json.loads(self.cluster.control("shards", "list", "--output", "json"))["items"]
        return {int(item["shard"]): {replica["node"] for replica in item["replicas"]} for item in items}

    def begin(self):
        began = json.loads(self.cluster.control("shards", "rebalance", "--output", "json"))
        self.operation = began["id"]
        self.span = (time.monotonic(), None)
        say(f"{self.operation}, a rebalance {self.name}: {began['moves']} moves")
        if self.steps(began) != self.plan:
            self.stage.tally.broke(f"{self.operation} does other things than its dry run said")

    def now(self):
        """The operation, and how many of its moves are over."""
        found = self.cluster.read(f"/cluster/operations/{self.operation}")
        return found, found["done"] + found["overtaken"] + found["cancelled"]

    def finish(self):
        """Waits for its end, then looks at everything."""
        self.cluster.wait_for_operations(self.stage.wait)
        self.span = (self.span[0], time.monotonic())
        self.stage.tally.longest(f"rebalance {self.name}", self.span[1] - self.span[0])
        broke = self.stage.tally.broke
        shown = json.loads(self.keep("shown.json", "operations", "show", self.operation, "--output", "json"))
        if shown["state"] != "done" or shown["done"] != shown["moves"]:
            broke(f"{self.operation} ended as {shown['state']} with {shown['done']} of {shown['moves']} moves done")
        unseen = [step["shard"] for step in shown["steps"]
                  if step["state"] == "done" and set(step["from"]) != set(step["to"])
                  and not (step.get("startedAt") and step.get("endedAt"))]
        rows = re.findall(r"^\s*\d+\s.*$", self.keep("shown.txt", "operations", "show", self.operation), re.MULTILINE)
        if unseen or len(rows) != shown["moves"]:
            broke(f"tandemctl operations show {self.operation} shows {len(rows)} of {shown['moves']} moves, and no times "
                  f"of {len(unseen)}")
        self.compare()

    def compare(self):
        """Plan and result."""
        wanted = self.before | {shard: set(to) for shard, (_, to) in self.plan.items() if shard in self.before}
        leaders = {shard: to[0] for shard, (_, to) in self.plan.items() if shard in self.before}
        deadline = time.monotonic() + PLACED_LIMIT
        while True:
            items = json.loads(self.cluster.control("shards", "list", "--output", "json"))["items"]
            kept = {int(item["shard"]): {replica["node"] for replica in item["replicas"]} for item in items}
            led = {int(item["shard"]): item.get("leader") for item in items}
            elsewhere = sorted(shard for shard in wanted if kept.get(shard) != wanted[shard])
            led_elsewhere = sorted(shard for shard in leaders if led.get(shard) != leaders[shard])
            if not (elsewhere or led_elsewhere) or time.monotonic() > deadline:
                break
            self.stage.wait(0.5)
        tally = self.stage.tally
        for shard in elsewhere[:5]:
            tally.broke(f"{self.name}: shard {shard} is kept by {' '.join(sorted(kept.get(shard, ())))}, the dry run said "
                        f"{' '.join(sorted(wanted[shard]))}")
        for shard in led_elsewhere[:5]:
            tally.broke(f"{self.name}: shard {shard} is led by {led.get(shard)}, the dry run said {leaders[shard]}")
        tally.measured[f"{self.name}: plan and result"] = {
            "moves": len(self.plan), "kept as planned": f"{len(wanted) - len(elsewhere)} of {len(wanted)} shards",
            "led as planned": f"{len(leaders) - len(led_elsewhere)} of {len(leaders)} that moved"}
        left = json.loads(self.cluster.control("shards", "rebalance", "--dry-run", "--output", "json"))["steps"]
        if left:
            tally.broke(f"{self.name}: {len(left)} moves are left after the rebalance")

    def kill_coordinator(self, share):
        """SIGKILL to the leader of the registry when this share of the moves is over; who it was."""
        while True:
            self.stage.wait(0.05)
            victim = self.cluster.coordinator()
            found, over = self.now()
            if found["state"] != "running" or over == found["moves"]:
                raise Failed(f"{self.operation} was over before its coordinator could be killed")
            if victim is not None and over >= found["moves"] * share:
                break
        self.cluster.kill([victim])
        say(f"{victim}, which led the registry, is killed when {over} of {found['moves']} moves are over")
        return victim
