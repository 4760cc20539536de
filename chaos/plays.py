"""Scenarios with a course of their own, each a promise of docs/operations.md under load: what is done, what must hold."""
from calls import Calls, UNREACHABLE, kinds
from cluster import say

SHOWN = 3
# Less than this share of the load that was asked for shows too little.
LOAD_SHARE = 0.9


class Play:
    """The first line of a subclass' text is what `--list` says of it."""

    # Customers a second, and for how many minutes they come at least.
    rate = 10.0
    minutes = 5.0

    def __init__(self, chosen):
        self.chosen = chosen
        self.planted = chosen.planted

    def cluster(self, programs, work, net):
        """The nodes that it needs."""
        raise NotImplementedError

    def act(self, stage):
        """Amid the load."""
        raise NotImplementedError

    def judge(self, tally, calls):
        """When everything has ended."""
        raise NotImplementedError

    def histories(self, writers, demo):
        """What clients saw, in the time of this program's clock."""
        calls = Calls()
        calls.read(writers.history.path, writers.history.origin, holds_customers=False)
        for path, origin in zip(demo.histories, demo.origins):
            calls.read(path, origin, holds_customers=True)
        return calls

    def measure(self, tally, calls, name, span, rate=None):
        """The time from a customer's first try to the first ring, and the load that there was."""
        found = calls.matching(span)
        tally.measured[f"creation to offer, {name}"] = found
        if rate is not None and found["a second"] < rate * LOAD_SHARE:
            tally.broke(f"{name}: {found['a second']} customers a second came instead of {rate:.0f}, so that it shows too "
                        "little: choose --rate for this machine, or more --minutes")
        return found

    def no_failed_try(self, tally, calls, name, span, may_be_unreachable=False):
        failures = calls.failed(span)
        tally.measured[f"failed tries, {name}"] = kinds(failures)
        bad = [failure for failure in failures if not (may_be_unreachable and failure.kind == UNREACHABLE)]
        if bad:
            tally.broke(f"{name}: {len(bad)} tries of calls failed: " + "; ".join(one.text for one in bad[:SHOWN]))

    def no_lost_call(self, tally, calls, name, span):
        tally.measured.setdefault(f"failed tries, {name}", kinds(calls.failed(span)))
        lost = calls.lost(span)
        tally.measured[f"lost calls, {name}"] = len(lost)
        if lost:
            tally.broke(f"{name}: {len(lost)} calls were lost, with all their tries: " + "; ".join(lost[:SHOWN]))


def pass_time(stage, name, seconds):
    say(f"{name}: {seconds:.0f} s")
    stage.wait(seconds)
