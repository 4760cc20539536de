"""What is done to the cluster: each nemesis strikes once, looks whether what must hold does, and heals the cluster.

A nemesis gets the stage and dice of its own, so that a seed decides what it does whatever happened before it.
"""
import time

from cluster import Failed

# From a cut on: leaders without a majority have stepped down, and others are elected.
SETTLED = 6.0
ALIVE_LIMIT = 10.0
# Past the limit it is broken; how long it took is of interest all the same.
ALIVE_PATIENCE = 60.0
STORM_SPAN = 1.0
PROBED = 12
# A rebalance is long enough to be hit in its middle from so many moves on.
ENOUGH_MOVES = 8


class Stage:
    """Cluster, load and tally of a run."""

    def __init__(self, cluster, net, registers, keep_playing, tally, planted=False):
        self.cluster = cluster
        self.net = net
        self.registers = registers
        self.keep_playing = keep_playing
        self.tally = tally
        self.planted = planted

    def plant(self):
        """Amid the first storm the data of all nodes are copied; amid the second that copy takes their place."""
        if self.tally.strikes["storm"] == 1:
            self.cluster.keep_data()
        else:
            self.cluster.set_back()
            self.tally.note("PLANTED: the data of all nodes are set back to the first storm")

    def wait(self, seconds):
        until = time.monotonic() + seconds
        while True:
            self.cluster.check()
            self.keep_playing()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(0.05, left))

    def begin(self, text, path, body=None):
        """Begins an operation; `None` if the registry refuses it, which is its right."""
        answer = self.cluster.ask("POST", path, body)
        if answer.status == 202:
            self.tally.count("operations begun")
            self.tally.note(f"{text}: {answer.body['id']}, {answer.body['moves']} moves")
            return answer.body["id"]
        if answer.status != 409:
            raise Failed(f"POST {path} was answered {answer.status} {answer.body}", is_violation=True)
        self.tally.count("operations refused")
        self.tally.note(f"{text}: refused, {answer.body.get('detail')}")
        return None

    def finished(self, operation):
        """The operation when it is over."""
        self.cluster.wait_for_operations(self.wait)
        return self.cluster.read(f"/cluster/operations/{operation}")


def kill(stage, dice):
    """SIGKILL to one node; it is started again."""
    victim = dice.choice(stage.cluster.names)
    stage.tally.note(victim)
    stage.cluster.kill([victim])
    stage.wait(dice.uniform(0.2, 10.0))
    stage.cluster.heal()


def pause(stage, dice):
    """SIGSTOP to one node for 0.1 to 30 s."""
    victim = dice.choice(stage.cluster.names)
    seconds = 0.1 * 300 ** dice.random()
    stage.tally.note(f"{victim} for {seconds:.1f} s")
    stage.cluster.stop_clock(victim)
    stage.wait(seconds)
    stage.cluster.heal()


def isolate(stage, dice):
    """One node hears of no other, and no other of it."""
    victim = dice.choice(stage.cluster.names)
    stage.tally.note(victim)
    stage.net.part([victim])
    stage.wait(dice.uniform(1.0, 20.0))
    stage.cluster.heal()


def one_way(stage, dice):
    """What one node sends to another is lost; the way back works."""
    pair = dice.sample(stage.cluster.names, 2)
    stage.tally.note(" to ".join(pair))
    stage.net.cut([pair])
    stage.wait(dice.uniform(1.0, 20.0))
    stage.cluster.heal()


def halves(stage, dice, small=None):
    """Two nodes here, three there; writes without a majority of copies must be refused, the others taken."""
    names = stage.cluster.names
    small = small or dice.sample(names, 2)
    large = [name for name in names if name not in small]
    stage.tally.note(f"{' '.join(sorted(small))} | {' '.join(large)}")
    stage.net.part(small)
    stage.wait(SETTLED)
    keepers = {item["shard"]: {replica["node"] for replica in item["replicas"]}
               for item in stage.cluster.shards(names=large) if not item.get("movingTo")}
    for side, other in ((small, large), (large, small)):
        lost = sorted(shard for shard, nodes in keepers.items() if len(nodes & set(side)) * 2 < len(nodes))
        node = dice.choice(side)
        broken, refused = stage.registers.refusals(dice.sample(lost, min(PROBED, len(lost))), node)
        stage.tally.add("refused by a side without a majority", refused)
        for text in broken:
            stage.tally.broke(text)
        if side is large:
            held = sorted(shard for shard, nodes in keepers.items() if len(nodes & set(side)) * 2 > len(nodes))
            broken, taken = stage.registers.services(dice.sample(held, min(PROBED, len(held))), node)
            stage.tally.add("taken by a side with a majority", taken)
            for text in broken:
                stage.tally.broke(text)
    stage.wait(dice.uniform(0.5, 5.0))
    stage.cluster.heal()


def minority(stage, dice):
    """As `halves`, with one or two nodes cut off, and with the leader of the registry among them every other time."""
    names = list(stage.cluster.names)
    count = dice.choice((1, 2))
    small = dice.sample(names, count)
    leader = stage.cluster.coordinator() if dice.random() < 0.5 else None
    if leader is not None and leader not in small:
        small[0] = leader
    halves(stage, dice, small)


def ring(stage, dice):
    """Each node hears of its two neighbours only."""
    order = dice.sample(stage.cluster.names, len(stage.cluster.names))
    stage.tally.note(" ".join(order))
    stage.net.ring(order)
    stage.wait(dice.uniform(3.0, 15.0))
    stage.cluster.heal()


def storm(stage, dice):
    """All nodes restarted within a second; soon each must see all alive."""
    order = dice.sample(stage.cluster.names, len(stage.cluster.names))
    began = time.monotonic()
    stage.cluster.kill(order)
    if stage.planted:
        stage.plant()
    stage.cluster.start(order)
    restarted = time.monotonic()
    if restarted - began > STORM_SPAN:
        stage.tally.note(f"this machine took {restarted - began:.1f} s to restart all")
    left = {name: order for name in order}
    while left and time.monotonic() - restarted < ALIVE_PATIENCE:
        stage.wait(0.1)
        left = {name: missing for name in left for missing in [stage.cluster.not_alive(name)] if missing}
    seconds = time.monotonic() - restarted
    if left:
        views = "; ".join(f"{name} lacks {' '.join(missing)}" for name, missing in sorted(left.items()))
        stage.tally.broke(f"{seconds:.0f} s after a restart of all nodes not every view shows all alive: {views}")
    elif seconds > ALIVE_LIMIT:
        stage.tally.broke(f"every view showed all nodes alive only {seconds:.1f} s after a restart of all")
    stage.tally.note(f"all alive in every view after {seconds:.1f} s")
    stage.tally.longest("restart of all to all alive in every view", seconds)


def moves(stage, dice):
    """Begins a rebalance, or moves some shards somewhere."""
    if dice.random() < 0.4:
        stage.begin("rebalance", "/cluster/rebalance", {"maxConcurrentMoves": dice.randint(1, 4)})
        return
    for _ in range(dice.randint(1, 4)):
        move(stage, dice, dice.choice)


def move(stage, dice, choose):
    """A replica of some shard goes to another node, which `choose` takes from those without one."""
    item = dice.choice(stage.cluster.shards())
    kept = sorted(replica["node"] for replica in item["replicas"])
    others = [name for name in stage.cluster.names if name not in kept]
    if others:
        source, target = dice.choice(kept), choose(others)
        stage.begin(f"shard {item['shard']} from {source} to {target}", f"/cluster/shards/{item['shard']}/move",
                    {"from": source, "to": target})


def rebalance(stage, dice):
    """Shards move while another nemesis strikes; what was begun must end."""
    moves(stage, dice)
    stage.wait(dice.uniform(0.0, 2.0))
    dice.choice((kill, pause, isolate, one_way))(stage, dice)
    stage.cluster.wait_for_operations(stage.wait)


def drain(stage, dice):
    """A node is emptied and used again while another nemesis strikes."""
    node = dice.choice(stage.cluster.names)
    operation = stage.begin(f"drain {node}", f"/cluster/nodes/{node}/drain")
    stage.wait(dice.uniform(0.0, 3.0))
    dice.choice((kill, pause, isolate, one_way))(stage, dice)
    if operation is None:
        return
    # Now and then it is wanted back while it is still being emptied.
    if dice.random() < 0.7:
        ended = stage.finished(operation)
        kept = next(item["replicas"] for item in stage.cluster.read("/cluster")["nodes"] if item["id"] == node)
        if ended["done"] == ended["moves"] and kept != 0:
            stage.tally.broke(f"{node} keeps {kept} shards after {operation}, which says that it was emptied")
    answer = stage.cluster.ask("POST", f"/cluster/nodes/{node}/undrain")
    if answer.status != 204:
        raise Failed(f"undrain {node} was answered {answer.status} {answer.body}", is_violation=True)
    stage.cluster.wait_for_operations(stage.wait)
    stage.begin("rebalance", "/cluster/rebalance", {"maxConcurrentMoves": 4})
    stage.cluster.wait_for_operations(stage.wait)


def coordinator(stage, dice):
    """The leader of the registry is killed in the middle of a rebalance, which must go on and end."""
    plan = stage.cluster.ask("POST", "/cluster/rebalance", {"dryRun": True}).body
    for _ in range(5):
        if plan["moves"] >= ENOUGH_MOVES:
            break
        for _ in range(4):
            # All towards the first nodes: a heap that a rebalance has to take down again.
            move(stage, dice, min)
        stage.cluster.wait_for_operations(stage.wait)
        plan = stage.cluster.ask("POST", "/cluster/rebalance", {"dryRun": True}).body
    operation = stage.begin("rebalance", "/cluster/rebalance", {"maxConcurrentMoves": 1})
    if operation is None:
        return
    over, victim = 0, None
    while over == 0 or victim is None:
        stage.wait(0.05)
        victim = stage.cluster.coordinator()
        now = stage.cluster.read(f"/cluster/operations/{operation}")
        over = now["done"] + now["overtaken"] + now["cancelled"]
        if now["state"] != "running":
            stage.tally.count("rebalances over too soon")
            return
    stage.cluster.kill([victim])
    stage.tally.note(f"{victim} killed when {over} of {now['moves']} moves were over")
    is_within = over < now["moves"]
    stage.tally.count("registry leaders killed within a rebalance" if is_within else "rebalances over too soon")
    stage.wait(dice.uniform(0.5, 5.0))
    stage.cluster.heal()
    ended = stage.finished(operation)
    if ended["state"] == "cancelled" or ended["done"] + ended["overtaken"] != ended["moves"]:
        stage.tally.broke(f"{operation} ended as {ended['state']} with {ended['done']} of {ended['moves']} moves done, "
                          f"{ended['overtaken']} overtaken, though nobody cancelled it")
    stage.tally.note(f"{operation} went on: {ended['done']} of {ended['moves']} moves done")


ALL = {
    "kill": kill, "pause": pause, "isolate": isolate, "one-way": one_way, "halves": halves, "minority": minority,
    "ring": ring, "storm": storm, "rebalance": rebalance, "drain": drain, "coordinator": coordinator,
}
