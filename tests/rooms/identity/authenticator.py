"""A passkey in software, for tests: it makes what a browser would send, and lies where it is told to."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url as text_of

from cliphaven.identity.rules.relying_party import relying_party

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
SITE = "http://localhost:8000"


@dataclass
class Device:
    """One key pair, for one site."""

    origin: str = SITE
    flags: int = PRESENT | VERIFIED
    count: int = 0
    step: int = 1
    handle: str = ""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def register(self, options: dict[str, Any], **lies: Any) -> str:
        """The answer to a challenge that wants a new passkey."""
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        data = self._data(lies.get("rp_id") or options["rp"]["id"], flags=self.flags | ATTESTED) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], lies)
        return self._answer(clientDataJSON=text_of(client), attestationObject=text_of(attestation))

    def sign(self, options: dict[str, Any], **lies: Any) -> str:
        """The answer to a challenge that wants to know who is there."""
        self.count += self.step
        data = self._data(lies.get("rp_id") or options["rpId"], flags=self.flags)
        client = self._client("webauthn.get", options["challenge"], lies)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=text_of(client),
            authenticatorData=text_of(data),
            signature=text_of(lies.get("signature") or signed),
            userHandle=lies.get("handle") or self.handle,
        )

    def _data(self, rp_id: str, *, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _client(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        said = {
            "type": lies.get("kind") or kind,
            "challenge": lies.get("challenge") or challenge,
            "origin": lies.get("origin") or self.origin,
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _answer(self, **response: str) -> str:
        name = text_of(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def at_home(site_url: str) -> Device:
    """A device that comes from where passkeys of this site are asked for."""
    party = relying_party(site_url)
    assert party is not None
    return Device(origin=party.origin)
