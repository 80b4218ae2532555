"""A software authenticator: what a phone or a security key does in WebAuthn, and its misdeeds."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass(slots=True)
class Key:
    """A passkey as the authenticator keeps it."""

    id: bytes
    private: ec.EllipticCurvePrivateKey
    rp_id: str
    user_handle: bytes
    count: int = 0


class Authenticator:
    """Makes ES256 passkeys and answers with the newest; it verifies its user unless told not to."""

    def __init__(self, origin: str, *, verifies: bool = True, counts: bool = True) -> None:
        self.origin = origin
        self.keys: list[Key] = []
        self._flags = PRESENT | (VERIFIED if verifies else 0)
        self._counts = counts

    def create(
        self, options: dict[str, Any], *, rp_id: str | None = None, key_id: bytes | None = None
    ) -> dict[str, Any]:
        """``navigator.credentials.create({publicKey: options})``, as JSON."""
        key = Key(
            id=key_id or os.urandom(16),
            private=ec.generate_private_key(ec.SECP256R1()),
            rp_id=rp_id or options["rp"]["id"],
            user_handle=_decode(options["user"]["id"]),
        )
        self.keys.append(key)
        attested = bytes(16) + len(key.id).to_bytes(2, "big") + key.id + _cose(key.private)
        data = self._data(key, self._flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options["challenge"])
        return _credential(
            key.id, clientDataJSON=client, attestationObject=attestation, transports=["internal"]
        )

    def get(
        self, options: dict[str, Any], *, user_handle: bytes | None = None, count: int | None = None
    ) -> dict[str, Any]:
        """``navigator.credentials.get({publicKey: options})``, as JSON."""
        allowed = [_decode(each["id"]) for each in options.get("allowCredentials", [])]
        key = next(key for key in reversed(self.keys) if not allowed or key.id in allowed)
        if self._counts:
            key.count = key.count + 1 if count is None else count
        data = self._data(key, self._flags)
        client = self._client_data("webauthn.get", options["challenge"])
        signature = key.private.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return _credential(
            key.id,
            clientDataJSON=client,
            authenticatorData=data,
            signature=signature,
            userHandle=key.user_handle if user_handle is None else user_handle,
        )

    def _data(self, key: Key, flags: int) -> bytes:
        return sha256(key.rp_id.encode()).digest() + bytes([flags]) + key.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        stated = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(stated | {"crossOrigin": False}).encode()


def _credential(key_id: bytes, **response: Any) -> dict[str, Any]:
    shown = {n: _encode(v) if isinstance(v, bytes) else v for n, v in response.items()}
    encoded = _encode(key_id)
    return {"id": encoded, "rawId": encoded, "type": "public-key", "response": shown}


def _cose(private: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = private.public_key().public_numbers()
    x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
