"""What a run of nemeses comes to: counts while it runs, the judgement of its histories, a table, one line of JSON."""
import collections
import json
import time

from cluster import say
from history import judge, records

KINDS = ("commands", "conversations", "lost", "doubled", "other")


class Tally:
    """What was done, what was seen, and which promises were broken."""

    def __init__(self):
        self.strikes = collections.Counter()
        self.seconds = collections.Counter()
        self.counts = collections.Counter()
        self.spans = {}
        # Figures of the scenario, by name: texts, or figures by name.
        self.measured = {}
        self.broken = []
        self.notes = []

    def note(self, text):
        self.notes.append(text)

    def count(self, name):
        self.counts[name] += 1

    def add(self, name, number):
        self.counts[name] += number

    def longest(self, name, seconds):
        self.spans[name] = max(self.spans.get(name, 0.0), seconds)

    def broke(self, text):
        say(f"BROKEN: {text}")
        self.broken.append(text)

    def strike(self, name, nemesis, stage, dice):
        self.notes = []
        self.strikes[name] += 1
        began = time.monotonic()
        try:
            nemesis(stage, dice)
        finally:
            seconds = time.monotonic() - began
            self.seconds[name] += seconds
            say(f"{name}: {'; '.join(self.notes)} ({seconds:.1f} s)")


def calls(paths):
    """Tries, tries after the first, and failed tries by kind, of all histories; event streams are left out."""
    total, retries, failures = 0, 0, collections.Counter()
    for path in paths:
        for record in records(path):
            if record["operation"] in ("stream", "finished", "offerAlerting", "offerEnded"):
                continue
            total += 1
            retries += record.get("attempt", 1) > 1
            status = record.get("status")
            if status is None:
                failures["not reachable" if record["outcome"] == "refused" else "no answer"] += 1
            elif status >= 500 or status == 429:
                failures[str(status)] += 1
    return total, retries, dict(sorted(failures.items()))


def verdict(cluster, tally, paths, strangers, placement):
    """Judges histories and logs, the nodes having stopped. Returns the figures; what is broken goes to the tally."""
    verdicts = [judge(cluster, path) for path in paths]
    figures = {name: sum(one[name] for one in verdicts) for name in KINDS}
    for one in verdicts:
        if not one["holds"]:
            tally.broke(f"tandem-lab verify {one['path']}: see {one['path']}.txt")
    if strangers:
        tally.broke(f"{len(strangers)} conversations that nobody asked for: {' '.join(strangers[:5])}")
    damaged, _ = cluster.verify_logs()
    for text in damaged:
        tally.broke(f"the log of a node is damaged: {text}")
    for text in placement:
        tally.broke(text)
    total, retries, failures = calls(paths)
    return figures | {"calls": total, "retries": retries, "failures": failures, "strangers": len(strangers),
                      "damagedLogs": len(damaged)}


def show(scenario, seed, span, tally, figures, writers):
    """The verdict first."""
    print()
    print(f"BROKEN: {len(tally.broken)} promises" if tally.broken else
          "All promises held: nothing lost, nothing doubled, everything where it belongs")
    for text in tally.broken:
        print(f"  - {text}")
    print()
    print(f"  {'nemesis':<16}{'times':>6}{'seconds':>9}")
    for name in sorted(tally.strikes):
        print(f"  {name:<16}{tally.strikes[name]:>6}{tally.seconds[name]:>9.0f}")
    lines = [("scenario", f"{scenario}, seed {seed}, {span[1] - span[0]:.0f} s")]
    if figures is not None:
        lines += seen(figures, span, writers)
    lines += sorted((name, f"{count}") for name, count in tally.counts.items())
    lines += sorted((f"longest: {name}", f"{seconds:.1f} s") for name, seconds in tally.spans.items())
    lines += ((name, in_words(value)) for name, value in tally.measured.items())
    print()
    for name, value in lines:
        print(f"  {name:<52}{value}")


def in_words(value):
    return ", ".join(f"{name} {part}" for name, part in value.items()) if isinstance(value, dict) else value


def seen(figures, span, writers):
    """What the clients saw, in lines."""
    gap, gap_at = writers.longest_gap(*span)
    return [
        ("acknowledged", f"{figures['commands']} commands of {figures['conversations']} conversations"),
        ("calls", f"{figures['calls']}, of which {figures['retries']} were tries after the first"),
        ("failed tries", ", ".join(f"{name}: {count}" for name, count in figures["failures"].items()) or "none"),
        ("lost, doubled, other violations", f"{figures['lost']}, {figures['doubled']}, {figures['other']}"),
        ("conversations that nobody asked for", f"{figures['strangers']}"),
        ("longest gap of writes", f"{gap:.2f} s, {gap_at - span[0]:.0f} s after the beginning"),
        ("slowest write", f"{writers.slowest:.2f} s from its first try to its acknowledgement"),
    ]


def line(scenario, seed, span, tally, figures, kept):
    """One line for programs."""
    return json.dumps({
        "scenario": scenario, "seed": seed, "seconds": round(span[1] - span[0]), "holds": not tally.broken,
        "broken": tally.broken, "nemeses": dict(sorted(tally.strikes.items())), **(figures or {}),
        "counts": dict(sorted(tally.counts.items())),
        "longestSeconds": {name: round(seconds, 1) for name, seconds in sorted(tally.spans.items())},
        "measured": tally.measured, "data": kept,
    }, sort_keys=True)
