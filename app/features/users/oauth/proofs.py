"""One-time codes for what was proved without a mail: kept as hashes, in the realm's tokens."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.api.services import Services
from app.engine.identity import compile_identities as sql
from app.engine.identity.realms import Realm
from app.features.accounts.service.one_time import Purpose
from app.features.accounts.service.realms import pool_of
from app.features.users.oauth.claims import random_word


async def issue_proof(
    services: Services, realm: Realm, purpose: Purpose, account_id: UUID, kept: Mapping[str, Any]
) -> str:
    """A code for an account, to be taken with ``one_time.take_token``."""
    code = random_word()
    pool = await pool_of(services, realm)
    await pool.execute(
        sql.insert_proof(realm.tables),
        hash_of(code),
        purpose.kind,
        account_id,
        json.dumps(dict(kept)),
        purpose.seconds,
    )
    return code


def hash_of(word: str) -> str:
    """As one-time tokens are kept."""
    return hashlib.sha256(word.encode()).hexdigest()
