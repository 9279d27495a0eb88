"""Other implementations of the two signature suites, one JSON request a line: PyPI `cryptography` for Ed25519, `gmssl` for SM2 with SM3.

make {suite, message} -> {spki, signature} under a new key; verify {suite, spki, message, signature} -> {valid}. All bytes in hex."""
import json, secrets, sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from gmssl.sm2 import CryptSM2, default_ecc_table

SM2_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
ORDER = int(default_ecc_table["n"], 16)


def make(suite, message):
    if suite == 1:
        key = Ed25519PrivateKey.generate()
        return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), key.sign(message)
    private = f"{secrets.randbelow(ORDER - 2) + 1:064x}"
    public = CryptSM2(private, "")._kg(int(private, 16), default_ecc_table["g"])
    # Its user id is the standard's 1234567812345678.
    signature = CryptSM2(private, public).sign_with_sm3(message, f"{secrets.randbelow(ORDER - 2) + 1:064x}")
    return SM2_PREFIX + bytes.fromhex(public), bytes.fromhex(signature)


def verify(suite, spki, message, signature):
    if suite == 2:
        assert spki.startswith(SM2_PREFIX)
        return bool(CryptSM2("", spki[len(SM2_PREFIX):].hex()).verify_with_sm3(signature.hex(), message))
    try:
        load_der_public_key(spki).verify(signature, message)
        return True
    except InvalidSignature:
        return False


for line in sys.stdin:
    request = json.loads(line)
    given = {name: bytes.fromhex(request[name]) for name in ("spki", "message", "signature") if name in request}
    if request["do"] == "make":
        spki, signature = make(request["suite"], given["message"])
        answer = {"spki": spki.hex(), "signature": signature.hex()}
    else:
        answer = {"valid": verify(request["suite"], given["spki"], given["message"], given["signature"])}
    print(json.dumps(answer), flush=True)
