"""Sealed secrets open with the installation's key and for their own purpose alone."""

from pathlib import Path

import pytest

from app.core.crypto import Sealer, UnreadableSecretError, stored_encryption_key


def test_a_sealed_secret_opens_for_its_purpose_alone() -> None:
    sealer = Sealer(lambda: "key one")
    sealed = sealer.seal(b"hunter2", "oauth:a:google")

    assert sealer.open(sealed, "oauth:a:google") == b"hunter2"
    with pytest.raises(UnreadableSecretError):
        sealer.open(sealed, "oauth:b:google")
    with pytest.raises(UnreadableSecretError):
        Sealer(lambda: "key two").open(sealed, "oauth:a:google")


@pytest.mark.parametrize("sealed", ["", "v1.", "hunter2", "v1.!!!!", "v1.AAAA"])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(UnreadableSecretError):
        Sealer(lambda: "key").open(sealed, "x")


def test_the_text_tells_nothing_and_is_never_the_same_twice() -> None:
    sealer = Sealer(lambda: "key")

    assert sealer.seal(b"hunter2", "x") != sealer.seal(b"hunter2", "x")
    assert "hunter2" not in sealer.seal(b"hunter2", "x")


def test_the_key_is_made_once_for_all_processes(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    key = stored_encryption_key(directory)

    assert stored_encryption_key(directory) == key
    assert (directory / "encryption_key").stat().st_mode & 0o777 == 0o600
