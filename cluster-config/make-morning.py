#!/usr/bin/env python3
"""Writes morning.csv: the 2,000 interactions of a four-hour morning at the sample centre.

Usage: make-morning.py [SEED]        (default 7; the checked-in file is seed 7)

Reads sample-centre.yaml beside it (agents one a line, members as lists in brackets) and writes morning.csv beside it.
The same seed writes the same bytes: only `random.random` is drawn, whose sequence Python keeps between versions.

Columns
  arrivalSeconds   from the start of the morning, three decimals, ascending
  queue, mediaType
  skills           `skill` or `skill:minimumProficiency`, separated by `;`
  priority         whole number, 0 for most
  patienceSeconds  how long the customer waits before giving up
  handleSeconds    how long the agent works, without after-contact work

Arrivals: a non-homogeneous Poisson process conditioned on its number: each arrival is drawn by rejection from a rate
that climbs from opening, peaks after two hours and falls towards noon. Every interaction can be taken by at least
MINIMUM_CANDIDATES agents: members of the queue that hold every skill asked at the level asked.
"""

import math
import pathlib
import random
import re
import sys

COUNT = 2_000
MORNING_SECONDS = 4 * 3_600
MINIMUM_CANDIDATES = 3
FOLDER = pathlib.Path(__file__).resolve().parent

# queue: share of all arrivals, {medium: share within the queue}, skills that its customers ask for
QUEUES = {
    "north-sales": (0.150, {"voice": 0.65, "chat": 0.35}, ["sales", "orders", "retention"]),
    "north-service": (0.170, {"voice": 0.50, "chat": 0.30, "message": 0.20}, ["billing", "orders", "returns"]),
    "north-technical": (0.130, {"voice": 0.50, "chat": 0.30, "email": 0.20}, ["technical", "devices"]),
    "north-post": (0.120, {"email": 0.40, "social": 0.25, "message": 0.35}, ["billing", "returns", "claims"]),
    "south-sales": (0.125, {"voice": 0.55, "chat": 0.30, "social": 0.15}, ["sales", "orders", "retention"]),
    "south-service": (0.120, {"voice": 0.65, "message": 0.35}, ["billing", "orders", "returns"]),
    "south-claims": (0.075, {"voice": 0.65, "email": 0.35}, ["claims", "billing"]),
    "south-digital": (0.110, {"chat": 0.45, "message": 0.35, "social": 0.20}, ["technical", "devices", "orders"]),
}
LANGUAGES = {"english": 0.62, "german": 0.16, "french": 0.12, "spanish": 0.10}
# medium: mean handle seconds, mean patience seconds, shortest patience seconds
MEDIA = {
    "voice": (270, 210, 20),
    "chat": (380, 260, 30),
    "message": (330, 900, 120),
    "email": (360, 7_200, 3_600),
    "social": (260, 1_200, 240),
}


def read_centre(text):
    """The agents' skills and the queues' members, from the two layouts that the sample keeps."""
    agents, members = {}, {}
    for line in text.splitlines():
        found = re.match(r"  - \{id: ([\w-]+), name: [^,]+, division: ", line)
        if found:
            pairs = re.findall(r"\{skill: ([\w-]+), proficiency: ([\d.]+)\}", line)
            agents[found.group(1)] = {skill: float(level) for skill, level in pairs}
    for queue, names in re.findall(r"  - queue: ([\w-]+)\n    agents:\s*\[([^\]]*)\]", text):
        members[queue] = [name.strip() for name in names.split(",")]
    missing = [queue for queue in QUEUES if not members.get(queue)]
    if not agents or missing:
        sys.exit(f"sample-centre.yaml: {len(agents)} agents, no members for {missing}: has its layout changed?")
    return agents, members


def choose(weights, draw):
    """The key of `weights` on whose share the draw (0 to 1) falls."""
    draw *= sum(weights.values())
    for key, weight in weights.items():
        if draw < weight:
            return key
        draw -= weight
    return next(reversed(weights))


def rate(second):
    """Arrival rate relative to the busiest moment."""
    hour = second / 3_600
    return 0.55 + 0.45 * math.exp(-((hour - 2.0) ** 2) / 1.1)


def arrivals(rng):
    """Arrival times in order: uniform draws, kept with the probability of the rate there."""
    times = []
    while len(times) < COUNT:
        second, keep = rng.random() * MORNING_SECONDS, rng.random()
        if keep < rate(second):
            times.append(second)
    return sorted(times)


def gamma_two(rng, mean):
    """A skewed duration: the sum of two exponentials, cut at four times the mean."""
    return min(4 * mean, -(mean / 2) * (math.log(1 - rng.random()) + math.log(1 - rng.random())))


def candidates(agents, names, asked):
    """Members that hold every skill asked at the level asked."""
    return [name for name in names if all(agents[name].get(skill, -1) >= level for skill, level in asked.items())]


def skills_asked(rng, agents, members, queue, wanted):
    """A language, most often a skill, sometimes a level; lowered until enough members can take it."""
    asked = {choose(LANGUAGES, rng.random()): 0.0}
    if rng.random() < 0.75:
        skill = wanted[int(rng.random() * len(wanted))]
        asked[skill] = [0.0, 2.0, 2.5, 3.0][int(rng.random() * 4)] if rng.random() < 0.5 else 0.0
    while len(candidates(agents, members[queue], asked)) < MINIMUM_CANDIDATES:
        last = next(reversed(asked))
        if asked[last] > 0:
            asked[last] = 0.0
        elif len(asked) > 1:
            del asked[last]
        else:
            asked = {"english": 0.0}
    return ";".join(f"{skill}:{level:.1f}" if level > 0 else skill for skill, level in asked.items())


def main():
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
    agents, members = read_centre((FOLDER / "sample-centre.yaml").read_text(encoding="utf-8"))
    rows = ["arrivalSeconds,queue,mediaType,skills,priority,patienceSeconds,handleSeconds"]
    for second in arrivals(rng):
        queue = choose({name: share for name, (share, _, _) in QUEUES.items()}, rng.random())
        _, media, wanted = QUEUES[queue]
        medium = choose(media, rng.random())
        handle_mean, patience_mean, patience_least = MEDIA[medium]
        skills = skills_asked(rng, agents, members, queue, wanted)
        priority = 5 if rng.random() < 0.05 else 0
        patience = patience_least + gamma_two(rng, patience_mean - patience_least)
        handle = 30 + gamma_two(rng, handle_mean - 30)
        rows.append(f"{second:.3f},{queue},{medium},{skills},{priority},{patience:.1f},{handle:.1f}")
    (FOLDER / "morning.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"morning.csv: {COUNT} interactions, {len(agents)} agents, {len(QUEUES)} queues")


if __name__ == "__main__":
    main()
