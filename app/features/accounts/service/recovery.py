"""Recovery codes: what opens an account whose second factor is lost, each once.

80 random bits each, so that a plain hash is enough to keep.
"""

import hashlib
import secrets
from typing import Final
from uuid import UUID

from app.engine.identity import compile_factors as sql
from app.engine.identity.realms import Realm
from app.features.accounts.service.accounts import Asking

CODES: Final = 10
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 letters; none is taken for another
_LENGTH: Final = 16


def make_recovery_codes() -> list[str]:
    """New codes as people see them: ``xxxx-xxxx-xxxx-xxxx``."""
    return [_make_code() for _ in range(CODES)]


def recovery_hashes(account_id: UUID, codes: list[str]) -> list[str]:
    return [_hash(account_id, code) for code in codes]


async def use_recovery_code(asking: Asking, realm: Realm, account_id: UUID, code: str) -> bool:
    """Use a code up; False if it is none of the account's, or was used."""
    statement = sql.use_recovery_code(realm.tables)
    return await asking.fetchval(statement, account_id, _hash(account_id, code)) is not None


def _make_code() -> str:
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(code[n : n + 4] for n in range(0, _LENGTH, 4))


def _hash(account_id: UUID, code: str) -> str:
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(f"{account_id}:{plain}".encode()).hexdigest()
