"""Carries TCP connections: cutting_proxy.py FRONT BACK. A line on standard input cuts all that stand, with a reset; new ones are carried again."""

import asyncio
import socket
import struct
import sys

standing = set()


async def carry(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, OSError):
        pass
    writer.close()


def abort(writer):
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def accept(reader, writer):
    try:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    except OSError:
        return abort(writer)
    pair = (writer, to_writer)
    standing.add(pair)
    await asyncio.gather(carry(reader, to_writer), carry(to_reader, writer))
    standing.discard(pair)


def cut():
    if not sys.stdin.readline():
        sys.exit()
    for pair in list(standing):
        for writer in pair:
            abort(writer)


async def main():
    asyncio.get_running_loop().add_reader(sys.stdin, cut)
    server = await asyncio.start_server(accept, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
