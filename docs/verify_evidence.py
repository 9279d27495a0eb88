#!/usr/bin/env python3
"""Verifies an evidence file with nothing of yrdsync: Python 3.9 and the openssl tool (3.x). docs/evidence.md explains it.

Ends with an error at the first false claim. Whose a key is, you judge: compare the fingerprints with what the markets publish.
A trust root of the federation as second argument: what it closes does not count.
"""
import base64, datetime, hashlib, json, re, subprocess, sys, tempfile

KIND, VERBS = b"application/vnd.yrd-techmarket.", {1: "created", 2: "changed", 3: "deleted", 4: "kept"}

def check(holds, complaint):
    if not holds:
        sys.exit("FALSE: " + complaint)

def h(suite, data):  # 1: Ed25519 with SHA-256, 2: SM2 with SM3
    return hashlib.new({1: "sha256", 2: "sm3"}[suite], data).digest()

def pae(kind, body):
    return b"DSSEv1 %d %s %d " % (len(KIND + kind), KIND + kind, len(body)) + body

def number(data):
    return int.from_bytes(data, "big")

def text(data):  # records' types and keys are shorter than 128 bytes
    return bytes([len(data.encode())]) + data.encode()

def when(milliseconds):
    return datetime.datetime.fromtimestamp(milliseconds / 1000).isoformat(" ", "seconds")

def der(signature):
    halves = [number(half).to_bytes(33, "big").lstrip(b"\0") for half in (signature[:32], signature[32:])]
    halves = [b"\0" * (half[0] >> 7) + half for half in halves]
    return bytes([0x30, sum(2 + len(half) for half in halves)]) + b"".join(bytes([2, len(half)]) + half for half in halves)

def verifies(suite, spki, message, signature):
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(spki) + b"-----END PUBLIC KEY-----\n"
    with tempfile.TemporaryDirectory() as folder:
        for name, data in ("key", pem), ("in", message), ("sigfile", signature if suite == 1 else der(signature)):
            open(f"{folder}/{name}", "wb").write(data)
        files = ["-inkey", f"{folder}/key", "-in", f"{folder}/in", "-sigfile", f"{folder}/sigfile"]
        sm2 = ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"] if suite == 2 else []
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", *files, *sm2], capture_output=True).returncode == 0

class Market:
    def __init__(self, document):  # a descriptor: which keys the market has, and for which of its change sets
        signed = document[:document.index("\nsignatures:") + 1]
        self.name = re.search(r"^market: (\S+)$", signed, re.M)[1]
        self.fingerprint = " ".join(re.findall("....", hashlib.sha256(signed.encode()).hexdigest()))
        self.require = {int(suite) for suite in re.findall(r"\d", re.search(r"^require: (.*)$", signed, re.M)[1])}
        keys = re.findall(r"^  - suite: (\d)\n    spki: (\S+)\n    spans:\n((?:      .*\n)+)", signed, re.M)
        self.keys = [(int(suite), base64.b64decode(spki), re.split(r"^      - ", spans, flags=re.M)[1:]) for suite, spki, spans in keys]

    def keys_at(self, incarnation, sequence, name=None):
        for suite, spki, spans in self.keys:
            for span in (dict(re.findall(r'(\w+): "?(\w+)"?', span)) for span in spans):
                last = int(span.get("to_seq", 2**53))
                if span["incarnation"] == incarnation.hex() and int(span["from_seq"]) <= sequence <= last:
                    check(name is None or sequence < last or name.hex() == span.get("to_id"), f"{self.name}'s key ended elsewhere")
                    yield suite, spki, h(suite, spki)

    def check_signed(self, kind, body, signatures, keys, needed, what):
        good = {key[0] for one in signatures for key in keys if (key[0], key[2].hex()) == (one["suite"], one["key_id"])
                and verifies(key[0], key[1], pae(kind, body), bytes.fromhex(one["signature"]))}
        check(good and good >= needed | self.require & {key[0] for key in keys}, f"{what} is not signed by {self.name}")

def root(suite, op, index, count, path):  # RFC 9162, section 2.1.3.2
    node, last = h(suite, b"\0" + op), count - 1
    for sibling in map(bytes.fromhex, path):
        is_right = index % 2 or index == last
        node = h(suite, b"\1" + (sibling + node if is_right else node + sibling))
        while is_right and index and not index % 2:
            index, last = index // 2, last // 2
        index, last = index // 2, last // 2
    return node if last == 0 and index == 0 else None

bundle = json.load(open(sys.argv[1], encoding="utf-8"))
check(bundle["yrd_evidence"] == 1 and bundle["change_sets"], "this is no evidence file of version 1")
markets = {market.name: market for market in map(Market, bundle["descriptors"])}
once = len({part["header"] for part in bundle["change_sets"]}) == len(bundle["change_sets"])
check(once and len(markets) == len(bundle["descriptors"]), "a change set or a market's descriptor stands twice")
record, federation = text(bundle["type"]) + text(bundle["key"]), hashlib.sha256(b"yrd.federation.v1\0" + bundle["federation"].encode()).digest()[:16]
chains = [[bytes.fromhex(header) for header in chain] for chain in bundle["chains"]]
ids = [[h(header[8], pae(b"changeset.v1+bin", header)) for header in chain] for chain in chains]
check(all(later[104:136] == name for chain, names in zip(chains, ids) for later, name in zip(chain[1:], names)), "a chain is broken")
closed, trusted = {}, open(sys.argv[2], encoding="utf-8").read() if len(sys.argv) > 2 else ""
for block in re.findall(r"^    closures:\n((?:      .*\n)+)", trusted, re.M):
    for incarnation, ends in re.findall(r'- incarnation: "(\w+)"\n        ends:(.*\n(?:          .*\n)*)', block):
        closed[incarnation] = {bytes.fromhex(end) for end in re.findall(r'id: "(\w+)"', ends)}
receipts = []
for receipt in bundle["receipts"]:
    body, market = bytes.fromhex(receipt["body"]), markets[receipt["market"]]
    check(body[1:33] == federation + market.name.encode().ljust(16, b"\0"), "a receipt is another's")
    rows = [body[start:start + 56] for start in range(107, len(body), 56)]
    own = max([number(row[32:40]) for row in rows if row[:32] == body[17:49]], default=0)
    keys = [key for place in {max(own, 1), own + 1} for key in market.keys_at(body[33:49], place)]
    market.check_signed(b"receipt.v1+bin", body, receipt["signatures"], keys, set(), "a receipt")
    receipts.append((market.name, number(body[65:73]), rows))
for place, part in enumerate(bundle["change_sets"]):
    header, context, what = bytes.fromhex(part["header"]), bytes.fromhex(part["context"]), f"change set {place}"
    suite, origin, sequence, name = header[8], header[32:64], number(header[64:72]), h(header[8], pae(b"changeset.v1+bin", header))
    check(header[:8] == b"YRDCS\0\0\1" and header[16:32] == federation, f"{what} is another federation's")
    market = markets[origin[:16].rstrip(b"\0").decode()]
    keys = list(market.keys_at(origin[16:], sequence, name))
    check((suite, header[200:232]) in {(key[0], key[2]) for key in keys}, f"{what}: its key is not valid there")
    market.check_signed(b"changeset.v1+bin", header, part["signatures"], keys, {suite}, what)
    check(h(suite, context) == header[168:200], f"{what}: another context was signed")
    for op in part["ops"]:
        proven = root(suite, bytes.fromhex(op["op"]), op["index"], number(header[88:92]), op["path"])
        check(proven == header[136:168], f"{what}: op {op['index']} was not signed")
    changes = [op for op in (bytes.fromhex(op["op"]) for op in part["ops"]) if op[0] != 16]  # 16: a note
    check(len(changes) == 1 and changes[0][1:].startswith(record), f"{what}: another record")
    note = changes[0][1 + len(record)]  # its number among the notes, which stand first; 0: none
    check(len(part["ops"]) == (2 if note else 1) and part["ops"][0]["op"].startswith("10") == bool(note), f"{what}: the note is missing")
    later = {(number(chain[names.index(name) + ahead][64:72]), names[names.index(name) + ahead][:16])
             for chain, names in zip(chains, ids) if name in names for ahead in range(len(names) - names.index(name))}
    after = {name}.union(*(names[names.index(name):] for names in ids if name in names))
    check(after & closed.get(origin[16:].hex(), after), f"{what}: the trust root has closed its origin, and it does not count")
    heard = {f"{who} ({when(time)})" for who, time, rows in receipts for row in rows if who != market.name
             and row[:32] == origin and (number(row[32:40]), row[40:]) in later | {(sequence, name[:16])}}
    print(f"{when(number(header[80:88]))}  {market.name} {VERBS[changes[0][0]]} {bundle['type']} {bundle['key']}: {sequence}, {name.hex()}")
    print("    received by", ", ".join(sorted(heard)) or "nobody, as far as receipts prove")
print("true, if the markets publish these fingerprints:", *(f"{m.name} {m.fingerprint}" for m in markets.values()), sep="\n  ")
if trusted:
    print("under the trust root", " ".join(re.findall("....", hashlib.sha256(trusted[:trusted.index("\nsignatures:") + 1].encode()).hexdigest())))
