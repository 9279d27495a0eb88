"""A bad network between the nodes: proxy.py SEED STATISTICS MARKET=FRONT:BACK …

Every market publishes its FRONT port; what arrives there goes on to its BACK port, where its daemon listens. Orders come
on standard input: `storm`, `calm`, `part A B SECONDS` (the two cannot reach each other). Each connection draws one fate.
How they are dealt out depends on the order in which connections arrive, so a seed repeats the mixture, not the run.
"""

import asyncio
import collections
import glob
import json
import os
import random
import socket
import struct
import sys
import time

FATES = {"clean": 50, "cut": 14, "cut_hard": 10, "truncated": 8, "delayed": 8, "throttled": 5, "refused": 5}
CHUNK = 16 << 10


class Connection:
    """What happens to one connection. Byte counts are log-uniform: some end in the handshake, some late in a batch."""

    def __init__(self, fate, chance):
        self.fate = fate
        self.bytes_left = int(10 ** (chance.random() * 5)) if fate in ("cut", "cut_hard", "truncated") else None
        self.cut_direction = chance.choice(["there", "back"])
        self.delay = chance.random() * 0.4 if fate == "delayed" else 0
        self.bytes_per_second = 10 ** (3 + chance.random() * 1.5) if fate == "throttled" else None
        self.silent_seconds = chance.random() * 4


class Cut(Exception):
    pass


class Proxy:
    def __init__(self, seed, routes):
        self.chance = random.Random(seed)
        self.routes = routes
        self.is_storm = False
        self.parted = {}
        self.open = {}
        self.counts = collections.Counter()

    async def accept(self, market, reader, writer):
        caller = dialler(writer.get_extra_info("peername")[1], self.routes)
        fate = self.chance.choices(list(FATES), FATES.values())[0] if self.is_storm else "clean"
        if self.is_parted(caller, market):
            fate = "parted"
        self.counts[fate] += 1
        if fate in ("refused", "parted"):
            return abort(writer)
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.routes[market])
        except OSError:
            self.counts["nobody_home"] += 1
            return abort(writer)
        connection = Connection(fate, self.chance)
        self.open[connection] = (caller, market, writer, to_writer)
        there = asyncio.create_task(self.carry(reader, to_writer, "there", connection))
        back = asyncio.create_task(self.carry(to_reader, writer, "back", connection))
        try:
            await asyncio.gather(there, back)
        except Cut:
            pass
        except OSError:
            pass
        finally:
            for task in (there, back):
                task.cancel()
            for end in (writer, to_writer):
                abort(end) if fate == "cut_hard" else end.close()
            del self.open[connection]

    async def carry(self, reader, writer, direction, connection):
        is_hit = connection.bytes_left is not None and direction == connection.cut_direction
        left = connection.bytes_left
        while data := await reader.read(CHUNK):
            if connection.delay:
                await asyncio.sleep(connection.delay)
            if connection.bytes_per_second:
                await asyncio.sleep(len(data) / connection.bytes_per_second)
            if is_hit and len(data) >= left:
                writer.write(data[:left])
                await writer.drain()
                if connection.fate == "truncated":
                    # One direction falls silent, the other goes on; then both end.
                    await asyncio.sleep(connection.silent_seconds)
                raise Cut
            if is_hit:
                left -= len(data)
            writer.write(data)
            await writer.drain()
        writer.write_eof() if writer.can_write_eof() else None

    # Partitions

    def is_parted(self, caller, market):
        return self.parted.get(frozenset([caller, market]), 0) > time.monotonic()

    def part(self, one, other, seconds):
        pair = frozenset([one, other])
        self.parted[pair] = time.monotonic() + seconds
        self.counts["partitions"] += 1
        for caller, market, *ends in list(self.open.values()):
            if frozenset([caller, market]) == pair:
                for end in ends:
                    abort(end)

    def obey(self, order):
        words = order.split()
        if words[0] == "part":
            self.part(words[1], words[2], float(words[3]))
        else:
            self.is_storm = words[0] == "storm"
            self.parted = {}


def abort(writer):
    """A reset, as a machine that falls over sends it, instead of an orderly end."""
    try:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    writer.close()


def dialler(port, routes):
    """Whose process holds the other end of a loopback connection: the last folder in its command line that is a market's."""
    inode = None
    with open("/proc/net/tcp") as table:
        for line in table:
            fields = line.split()
            if fields[1] == f"0100007F:{port:04X}":
                inode = fields[9]
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path) as file:
                words = file.read().split("\0")
            if not words[0].endswith("yrdsync"):
                continue
            folder = os.path.dirname(path) + "/fd/"
            if any(os.readlink(folder + name) == f"socket:[{inode}]" for name in os.listdir(folder)):
                return next((name for word in words if (name := os.path.basename(word)) in routes), None)
        except OSError:
            continue
    return None


async def main():
    seed, statistics, *routes = sys.argv[1:]
    fronts = {}
    backs = {}
    for route in routes:
        market, ports = route.split("=")
        fronts[market], backs[market] = map(int, ports.split(":"))
    proxy = Proxy(seed, backs)
    servers = [
        await asyncio.start_server(
            lambda reader, writer, market=market: proxy.accept(market, reader, writer), "127.0.0.1", port)
        for market, port in fronts.items()]
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while order := await orders.readline():
        proxy.obey(order.decode())
    for server in servers:
        server.close()
    with open(statistics, "w") as file:
        json.dump(proxy.counts, file)


asyncio.run(main())
