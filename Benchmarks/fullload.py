"""Full load on a cluster from clients in a closed loop, and the elections that its nodes tell of meanwhile.

The clients of each node share a process. Each has a connection and an agent of its own, and sets that agent's presence to the
other of two values as soon as the last command was answered: every command is logged.
"""
import asyncio, collections, functools, multiprocessing, os, re, select, sys, time

ACKNOWLEDGED, FAILED, OVER = range(3)
DIAL_AGAIN, TELL_EVERY = 0.2, 10.0
GROUP = re.compile(r'^tandem_group_(term|leader_changes_total)\{group="(\d+)"(?:,reason="(\w+)")?\} (\d+)$', re.M)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)
FORK = multiprocessing.get_context("fork")


class Client:
    def __init__(self, agent, token):
        self.commands, self.turn, self.socket, self.data = [], 0, None, b""
        for on_queue in ("true", "false"):
            body = f'{{"presence": "available", "onQueue": {on_queue}}}'
            self.commands.append((f"PUT /api/v1/agents/{agent}/presence HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {token}\r\n"
                                  f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())

    def begin(self, connect):
        """False when there is no connection to be had."""
        self.data = b""
        try:
            self.socket = connect()
            self.socket.sendall(self.commands[self.turn])
            return True
        except OSError:
            return False

    def go_on(self, counts):
        """Takes what has come, and sends the next command behind a whole answer. False when the connection is of no more use."""
        try:
            more = self.socket.recv(1 << 16)
            self.data += more
            head = self.data.find(b"\r\n\r\n")
            if head < 0:
                return bool(more)
            length = LENGTH.search(self.data, 0, head + 2)
            if not more or length is None:
                return False
            if len(self.data) < head + 4 + int(length.group(1)):
                return True
            if self.data.startswith(b"HTTP/1.1 200 "):
                counts[ACKNOWLEDGED] += 1
                self.turn ^= 1
            else:
                counts[FAILED] += 1
            self.data = b""
            self.socket.sendall(self.commands[self.turn])
            return True
        except OSError:
            return False


def drive(connect, agents, token, counts):
    poll, linked, unlinked, dial_at = select.epoll(), {}, [Client(agent, token) for agent in agents], 0.0
    while not counts[OVER]:
        if unlinked and time.monotonic() >= dial_at:
            failed = []
            for client in unlinked:
                if client.begin(connect):
                    linked[client.socket.fileno()] = client
                    poll.register(client.socket.fileno(), select.EPOLLIN)
                else:
                    failed.append(client)
            unlinked, dial_at = failed, time.monotonic() + DIAL_AGAIN
        for place, _ in poll.poll(0.1):
            client = linked[place]
            if not client.go_on(counts):
                counts[FAILED] += 1
                poll.unregister(place)
                del linked[place]
                client.socket.close()
                unlinked.append(client)


class FullLoad:
    """A process for the clients of each node, from `with` to its end."""

    def __init__(self, connect, token, agents):
        """`connect(node)` makes a connected socket; `agents` has those of each node."""
        self.counts = {node: FORK.Array("Q", 3, lock=False) for node in agents}
        self.processes = [FORK.Process(target=drive, args=(functools.partial(connect, node), agents[node], token, self.counts[node]), daemon=True)
                          for node in agents]

    def __enter__(self):
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *_):
        for counts in self.counts.values():
            counts[OVER] = 1
        for process in self.processes:
            process.join(10)
            process.kill()

    def sum(self, which):
        return sum(counts[which] for counts in self.counts.values())

    async def measure(self, seconds, processors, say):
        """Commands acknowledged a second and commands failed, and the idle share of the processors."""
        begin, times, acknowledged, failed = time.monotonic(), processors.times(), self.sum(ACKNOWLEDGED), self.sum(FAILED)
        while (left := begin + seconds - time.monotonic()) > 0:
            count, moment = self.sum(ACKNOWLEDGED), time.monotonic()
            await asyncio.sleep(min(TELL_EVERY, left))
            now = time.monotonic()
            say(f"   {now - begin:.0f} of {seconds:.0f} s: {(self.sum(ACKNOWLEDGED) - count) / (now - moment):.0f} commands a second")
        if not all(process.is_alive() for process in self.processes):
            sys.exit("a process of clients ended by itself; no figure of this run counts")
        return {"per_second": (self.sum(ACKNOWLEDGED) - acknowledged) / (time.monotonic() - begin),
                "failed": self.sum(FAILED) - failed, "idle": processors.idle(since=times)}


class Processors:
    """Two of the processors that this process may use, for it and all that it starts, until the end of `with`."""

    def __enter__(self):
        self.all = os.sched_getaffinity(0)
        self.used = set(sorted(self.all)[:2])
        os.sched_setaffinity(0, self.used)
        return self

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.all)

    def times(self):
        """Ticks of both since the machine started: idle or waiting for the disk, and all."""
        idle, total = 0, 0
        with open("/proc/stat", encoding="ascii") as file:
            for name, *ticks in map(str.split, file):
                if name in {f"cpu{number}" for number in self.used}:
                    ticks = [int(text) for text in ticks[:8]]
                    idle, total = idle + ticks[3] + ticks[4], total + sum(ticks)
        return idle, total

    def idle(self, since):
        """The idle share since these times."""
        (idle, total), (idle_before, total_before) = self.times(), since
        return (idle - idle_before) / max(1, total - total_before)


async def configure(client, agents):
    """Agents that are members of no queue: nobody else hears of what they do."""
    for agent in agents:
        for _ in range(50):
            answer = await client.send("PUT", f"/api/v1/agents/{agent}", {"name": agent})
            if answer is not None and answer[0] in (200, 201):
                break
            await asyncio.sleep(0.1)
        else:
            sys.exit(f"the agent {agent} could not be configured: {answer}")


def groups(texts):
    """From the metrics of all nodes: the term of each group, and how often it was handed over."""
    terms, transfers = collections.Counter(), collections.Counter()
    for text in texts:
        for name, group, reason, value in GROUP.findall(text):
            if name == "term":
                terms[group] = max(terms[group], int(value))
            elif reason == "transfer":
                transfers[group] += int(value)
    return terms, transfers


def elections(before, after):
    """Elections begun in each group, won or not: each makes a new term, and so does a transfer, which is none."""
    (terms, transfers), (terms_after, transfers_after) = before, after
    begun = {group: terms_after[group] - terms[group] - (transfers_after[group] - transfers[group]) for group in terms_after}
    return {group: count for group, count in begun.items() if count > 0}
