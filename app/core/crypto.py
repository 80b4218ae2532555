"""Secrets of this installation: made once, kept in files only the owner can read; and what is
encrypted with them.
"""

import os
import secrets
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import BackendifyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_WELL_KNOWN = ("secret", "changeme", "change-me", "change_me", "password", "your-", "example")

_SEALED_PREFIX = "v1."
_NONCE_BYTES = 12


class UnreadableSecretError(BackendifyError):
    """A stored secret was encrypted with another key than this installation's."""

    code, status, title = "secret_unreadable", 500, "Unreadable secret"

    def __init__(self) -> None:
        super().__init__(
            "A stored secret cannot be decrypted with this installation's key.",
            hint="Set ENCRYPTION_KEY to the key it was stored with, or store the secret again.",
        )


class Sealer:
    """Encrypts what must be read again, such as client secrets (AES-256-GCM).

    ``purpose`` says what a secret is and whose: one sealed for another purpose does not open, so
    that a stored value cannot be moved to another place. ``key`` is asked for at the first use.
    """

    def __init__(self, key: Callable[[], str]) -> None:
        self._key = key

    def seal(self, secret: bytes, purpose: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret, purpose.encode())
        return _SEALED_PREFIX + urlsafe_b64encode(sealed).decode("ascii")

    def open(self, sealed: str, purpose: str) -> bytes:
        """Raises UnreadableSecretError."""
        from cryptography.exceptions import InvalidTag

        try:
            raw = urlsafe_b64decode(sealed.removeprefix(_SEALED_PREFIX))
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError):
            raise UnreadableSecretError from None

    @cached_property
    def _cipher(self) -> "AESGCM":
        # Imported here: it takes 0.1 s that every command line would pay.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"backendify secrets")
        return AESGCM(derivation.derive(self._key().encode()))


def is_weak_secret(secret: str) -> bool:
    """Whether a signing secret could be guessed: short, repetitive, or a placeholder."""
    if "PRIVATE KEY" in secret:
        return False
    lowered = secret.lower()
    placeholder = any(word in lowered for word in _WELL_KNOWN)
    return len(secret) < 32 or len(set(secret)) < 10 or placeholder


def stored_secret(directory: Path, algorithm: str) -> str:
    """The signing secret of ``algorithm``, made on first use: a word, or a PEM private key.

    Safe to call from several processes at once: all get the one that was stored first.
    """
    path = directory / f"jwt_{algorithm.lower()}"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _store_once(path, _make_secret(algorithm))
    return path.read_text("utf-8")


def stored_encryption_key(directory: Path) -> str:
    """The key that stored secrets are encrypted with, made on first use like ``stored_secret``."""
    path = directory / "encryption_key"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _store_once(path, secrets.token_urlsafe(48))
    return path.read_text("utf-8")


def _make_secret(algorithm: str) -> str:
    if algorithm.startswith("HS"):
        return secrets.token_urlsafe(48)
    # Imported here: it takes 0.1 s that every command line would pay.
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if algorithm == "ES256":
        return _pem(ec.generate_private_key(ec.SECP256R1()))
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _pem(key: "ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey") -> str:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")


def _store_once(path: Path, secret: str) -> None:
    # A finished file is linked into place: no reader sees half of it, and no second writer wins.
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        os.fchmod(handle, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
