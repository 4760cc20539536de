"""A network for nodes on one machine: a namespace and a cable to one bridge each, and packets that are lost on purpose.

Root and its clients stand at the bridge itself: they reach every node, whatever is cut between the nodes.
"""
import os
import shutil
import subprocess

from cluster import Failed

BRIDGE = "tch0"
NET = "10.77.32"
ROOT_ADDRESS = f"{NET}.254"
TABLE = "tandem_chaos"
# What a node sends is lost on the bridge, in silence, when (from, to) stands in this set.
RULES = f"""table bridge {TABLE} {{
  set cut {{ type ipv4_addr . ipv4_addr; }}
  chain forward {{ type filter hook forward priority 0; policy accept; ip saddr . ip daddr @cut drop; }}
}}
"""


def run(*words, text=None):
    """Standard output; raises `Failed` with what the program said."""
    done = subprocess.run(words, capture_output=True, text=True, input=text)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)} ended with {done.returncode}: {(done.stdout + done.stderr).strip()}")
    return done.stdout


def missing():
    """What this machine lacks, a sentence each: every part is tried, under names of its own, and removed."""
    if os.geteuid() != 0:
        return ["root: network namespaces need it"]
    found = [f"the program {program} (Debian package {package})"
             for program, package in (("ip", "iproute2"), ("nft", "nftables")) if shutil.which(program) is None]
    if found:
        return found
    trials = [
        ("network namespaces (CONFIG_NET_NS)", ["ip", "netns", "add", "tch-probe"],
         ["ip", "netns", "del", "tch-probe"]),
        ("bridges (CONFIG_BRIDGE)", ["ip", "link", "add", "tch-probe", "type", "bridge"],
         ["ip", "link", "del", "tch-probe"]),
        ("veth cables (CONFIG_VETH)", ["ip", "link", "add", "tch-probe", "type", "veth", "peer", "name", "tch-probe2"],
         ["ip", "link", "del", "tch-probe"]),
        ("nftables on bridges (CONFIG_NF_TABLES, CONFIG_NF_TABLES_BRIDGE)",
         ["nft", RULES.replace(TABLE, "tandem_probe")], ["nft", "delete", "table", "bridge", "tandem_probe"]),
    ]
    for name, attempt, undo in trials:
        subprocess.run(undo, capture_output=True)
        done = subprocess.run(attempt, capture_output=True, text=True)
        if done.returncode != 0:
            found.append(f"{name}: {' '.join(done.stderr.split())}")
        subprocess.run(undo, capture_output=True)
    return found


class Net:
    """The bridge and the namespaces, from `with` to its end."""

    def __init__(self, names):
        self.names = names
        self.is_ours = False

    def __enter__(self):
        lacks = missing()
        if lacks:
            raise Failed("This machine lacks what the nemeses need; nothing was started:\n  " + "\n  ".join(lacks))
        for name in self.names:
            space = self.space(name)
            pids = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True).stdout.split()
            if pids:
                raise Failed(f"processes {' '.join(pids)} run in namespace {space}: another run is under way, or was "
                             "killed; end them, then try again. Nothing was started.")
        self.remove()
        self.is_ours = True
        try:
            self.build()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    def build(self):
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", f"{ROOT_ADDRESS}/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        for name in self.names:
            space = self.space(name)
            run("ip", "netns", "add", space)
            run("ip", "link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space)
            run("ip", "link", "set", space, "master", BRIDGE, "up")
            run("ip", "-n", space, "address", "add", f"{self.address(name)}/24", "dev", "eth0")
            run("ip", "-n", space, "link", "set", "eth0", "up")
            run("ip", "-n", space, "link", "set", "lo", "up")
        run("nft", "-f", "-", text=RULES)

    def remove(self):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", self.space(name)], capture_output=True)
            subprocess.run(["ip", "link", "del", self.space(name)], capture_output=True)
        subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True)
        subprocess.run(["nft", "delete", "table", "bridge", TABLE], capture_output=True)

    def space(self, name):
        return f"tch-{name}"

    def address(self, name):
        return f"{NET}.{self.names.index(name) + 1}"

    def cut(self, pairs):
        """From now on exactly these (from, to) lose what is sent; all at the same moment."""
        lines = [f"flush set bridge {TABLE} cut"]
        if pairs:
            elements = ", ".join(sorted(f"{self.address(one)} . {self.address(other)}" for one, other in pairs))
            lines.append(f"add element bridge {TABLE} cut {{ {elements} }}")
        run("nft", "-f", "-", text="\n".join(lines) + "\n")

    def heal(self):
        self.cut([])

    def part(self, side):
        """Nobody of `side` and nobody else hear of each other."""
        others = [name for name in self.names if name not in side]
        self.cut([pair for one in side for other in others for pair in ((one, other), (other, one))])

    def ring(self, order):
        """Each hears of its two neighbours in `order` only."""
        count = len(order)
        place = {name: number for number, name in enumerate(order)}
        self.cut([(one, other) for one in order for other in order
                  if one != other and (place[one] - place[other]) % count not in (1, count - 1)])
