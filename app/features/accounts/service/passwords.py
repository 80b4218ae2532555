"""Which passwords are taken: long enough, not known to everyone, not the address itself.

No rule about kinds of characters: length and rarity are what counts (NIST SP 800-63B).
"""

import asyncio
import mmap
import unicodedata
from hashlib import sha1
from pathlib import Path
from typing import Final
from uuid import UUID

from app.api.services import Services
from app.engine.identity.compile_accounts import set_password
from app.engine.identity.realms import Realm
from app.features.accounts.service.accounts import Asking
from app.features.accounts.service.errors import PasswordRefusedError

_HASH_LENGTH: Final = 40
_WORDS: Final = """
password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword 12345678
123456789 1234567890 12345679 87654321 11111111 22222222 00000000 88888888 99999999 123123123
12341234 11223344 12121212 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 1qaz2wsx 1q2w3e4r
1q2w3e4r5t q1w2e3r4 zaq12wsx asdfghjkl asdfasdf abcd1234 abc12345 abcdefgh aa123456 a1234567
iloveyou iloveyou1 sunshine princess football baseball superman starwars trustno1 whatever
computer michelle jennifer letmein1 welcome1 welcome123 admin123 administrator changeme
changeme123 liverpool internet dragon123 monkey123 jordan23 passwort passwort1 hallo123
"""
_COMMON: Final = frozenset(_WORDS.split())


async def check_new_password(
    services: Services, realm: Realm, password: str, email: str | None, pointer: str = "/password"
) -> None:
    """Raise PasswordRefusedError at ``pointer`` for a password that must not be taken."""
    plain = unicodedata.normalize("NFKC", password)
    least = realm.rules.min_password_length
    if len(plain) < least:
        raise PasswordRefusedError(pointer, f"The password must have at least {least} characters.")
    if _is_obvious(plain.casefold(), email):
        raise PasswordRefusedError(pointer, "The password is one of the first to be tried.")
    breached = services.settings.breached_passwords
    if breached is not None and await asyncio.to_thread(is_breached, breached, plain):
        raise PasswordRefusedError(pointer, "The password is known from a data breach.")


async def store_password(
    asking: Asking, realm: Realm, account_id: UUID, password_hash: str
) -> None:
    await asking.execute(set_password(realm.tables), account_id, password_hash)


def is_breached(listed: Path, password: str) -> bool:
    """Whether the password's SHA-1 stands in a sorted file of them, one a line, as Have I Been
    Pwned gives them out (``<HASH>:<count>``). Found by bisection: the file may have gigabytes."""
    wanted = sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with listed.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
        low, high = 0, len(lines)
        while low < high:
            start = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            found = lines[start : start + _HASH_LENGTH].upper()
            if found == wanted:
                return True
            if found < wanted:
                low = (lines.find(b"\n", start) + 1) or len(lines)
            else:
                high = start
    return False


def _is_obvious(password: str, email: str | None) -> bool:
    address = (email or "").casefold()
    return password in _COMMON or password in (address, address.partition("@")[0])
