"""Secrets of this installation: made once, kept in files only the owner can read."""

import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

_WELL_KNOWN = ("secret", "changeme", "change-me", "change_me", "password", "your-", "example")


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
