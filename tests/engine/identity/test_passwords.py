"""Passwords: whole, normalised, and no faster for accounts that do not exist."""

from app.engine.identity.passwords import Passwords, needs_rehash


async def test_the_right_password_fits_and_no_other() -> None:
    passwords = Passwords()
    stored = await passwords.hash("correct horse")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify("correct horse", stored)
    assert not await passwords.verify("correct horsf", stored)
    assert not needs_rehash(stored)


async def test_nothing_is_cut_off_a_long_password() -> None:
    passwords = Passwords()
    stored = await passwords.hash("x" * 72 + "a")

    assert not await passwords.verify("x" * 72 + "b", stored)


async def test_two_unicode_spellings_are_one_password() -> None:
    passwords = Passwords()
    stored = await passwords.hash("cafe\u0301 noir")

    assert await passwords.verify("caf\u00e9 noir", stored)


async def test_an_unknown_account_never_fits() -> None:
    assert not await Passwords().verify("no account has this password", None)
