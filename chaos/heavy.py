"""A centre that takes hundreds of customers a second, and nodes that play it.

The sample centre takes some twenty: its sixty agents need four seconds for a call at the demo's pace, and after-contact work.
Here everybody chats, four conversations at once, none longer than half a second, and there is no after-contact work.
Patience is long, so that nobody leaves while a shard has no leader.
"""
import json
import os
import random

from five import FiveNodes

QUEUES = 24
AGENTS = 120
# Queues that an agent serves: each queue has twenty agents.
DESKS = 4
CHATS = 4
HANDLE_SECONDS = (0.1, 0.4)
PATIENCE_SECONDS = 60.0
ALERT_SECONDS = 6
# Lines of the arrival file, which the demo repeats.
ARRIVALS = 4_000
HEADING = "arrivalSeconds,queue,mediaType,skills,priority,patienceSeconds,handleSeconds"
LANGUAGES = ("english", "german", "french", "spanish")


def centre():
    """In the form that `tandemctl apply` reads; JSON is YAML. The writers' queue has no agents."""
    desks = [f"desk-{number}" for number in range(1, QUEUES + 1)]
    served = {desk: [] for desk in desks}
    for agent in range(AGENTS):
        for turn in range(DESKS):
            served[desks[(agent + turn * QUEUES // DESKS) % QUEUES]].append(f"agent-{agent + 1}")
    queues = [{"id": desk, "name": f"Desk {number}", "division": "north", "mediaTypes": ["chat"],
               "alertSeconds": {"chat": ALERT_SECONDS}, "afterContactWork": {"kind": "none"}}
              for number, desk in enumerate(desks, 1)]
    return {
        "skills": [{"id": language, "name": language.capitalize(), "kind": "language"} for language in LANGUAGES],
        "queues": [{"id": "north-sales", "name": "North sales", "division": "north", "mediaTypes": ["voice"]}] + queues,
        "agents": [{"id": f"agent-{number}", "name": f"Agent {number}", "division": "north",
                    "skills": [{"skill": "english", "proficiency": 3.0}],
                    "utilization": {"media": {"chat": {"maximum": CHATS}}}} for number in range(1, AGENTS + 1)],
        "members": [{"queue": desk, "agents": agents} for desk, agents in served.items()],
    }


def arrivals():
    """Customers who come independently of each other, at the same rate all the time."""
    dice = random.Random(7)
    lines, moment = [HEADING], 0.0
    for _ in range(ARRIVALS):
        moment += dice.expovariate(1.0)
        lines.append(f"{moment:.3f},desk-{dice.randint(1, QUEUES)},chat,english,0,{PATIENCE_SECONDS},"
                     f"{dice.uniform(*HANDLE_SECONDS):.2f}")
    return "\n".join(lines) + "\n"


class HeavyNodes(FiveNodes):
    """Five nodes that play this centre."""

    def __init__(self, programs, work, net):
        super().__init__(programs, work, net)
        self.centre = self.path("centre.yaml")

    def prepare(self):
        os.makedirs(self.work, exist_ok=True)
        with open(self.centre, "w", encoding="utf-8") as file:
            json.dump(centre(), file, indent=1)
        with open(self.path("arrivals.csv"), "w", encoding="utf-8") as file:
            file.write(arrivals())
        super().prepare()

    def adapt(self, text, name):
        # A line for each request would be a load of its own.
        return super().adapt(text, name).replace("level: debug", "level: info")

    def demo_words(self):
        return ["--factor", "1", "--arrivals", self.path("arrivals.csv")]
