"""A relay between two nodes that counts what passes: bytes on the wire, and what TLS 1.3 carries in them."""
import socket, threading, time

RECORD_HEAD, HANDSHAKE, APPLICATION = 5, 22, 23
# A record's content type and authentication tag: TLS 1.3 adds these to what it carries, and pads nothing here.
RECORD_REST = 17


class Meter:
    """Listens on `port`, relays to `target`. It sees ciphertext only: what a record carries is its length less 17."""

    def __init__(self, port, target):
        self.target, self.lock, self.open = target, threading.Lock(), []
        self.reset()
        self.server = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def reset(self):
        self.wire, self.carried, self.connections, self.records = 0, 0, 0, [0, 0]
        # Of each connection since then: when it was made, and when the last byte passed.
        self.times = []

    def accept(self):
        while True:
            try:
                caller, _ = self.server.accept()
            except OSError:
                return
            try:
                callee = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                # Nobody serves: the caller is told as if it had dialled itself.
                caller.close()
                continue
            for end in (caller, callee):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            times = [time.monotonic(), 0]
            with self.lock:
                self.connections += 1
                self.open += [caller, callee]
                self.times.append(times)
            for direction, (source, sink) in enumerate(((caller, callee), (callee, caller))):
                threading.Thread(target=self.relay, args=(source, sink, direction, times), daemon=True).start()

    def relay(self, source, sink, direction, times):
        held = b""
        while True:
            try:
                piece = source.recv(65_536)
                if piece:
                    sink.sendall(piece)
            except OSError:
                piece = b""
            if not piece:
                for end in (source, sink):
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
                return
            held += piece
            times[1] = time.monotonic()
            with self.lock:
                self.wire += len(piece)
                while len(held) >= RECORD_HEAD and len(held) >= RECORD_HEAD + int.from_bytes(held[3:5], "big"):
                    length = int.from_bytes(held[3:5], "big")
                    if held[0] == APPLICATION:
                        self.carried += length - RECORD_REST
                        self.records[direction] += 1
                    held = held[RECORD_HEAD + length:]

    def drop(self):
        """Ends every connection; the next request makes a new one."""
        with self.lock:
            ends, self.open = self.open, []
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def close(self):
        # Ends the wait in `accept` too, which would keep the port otherwise.
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.drop()
