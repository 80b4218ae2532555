"""Whether an account is its address's owner's: proved by somebody who was signed in, or had the
account to themselves since.

A link alone proves that the mail's reader clicked, not that they made the account. It leaves a
claim: the next time somebody comes by the mailbox, the account becomes theirs alone. So does an
account whose address nobody proved.

What is dropped then is everything, not only what is older than the claim: whoever took the address
in advance knows the password, and could add to the account for as long as its owner has not come.
That is why no second factor is set up before the account is settled: the owner's own would go as
well, and a mailbox alone would get round it.
"""

import hashlib
from typing import Final
from uuid import UUID

from app.core.errors import ForbiddenError
from app.engine.identity import compile_accounts as sql
from app.engine.identity.realms import Realm
from app.features.accounts.service.accounts import Account, Asking, find_account

_CLAIM: Final = "claim"


class EmailUnprovedError(ForbiddenError):
    """Whoever reads the mails to the account's address may still take it over, second factors and
    passkeys with it: show first, while signed in, that you read them."""

    code = "auth_email_unproved"

    def __init__(self) -> None:
        super().__init__(
            "The account's e-mail address is not proved to be yours.",
            hint="Ask for a code at auth/email/prove, and send it to auth/email/prove/confirm.",
        )


async def leave_claim(asking: Asking, realm: Realm, account_id: UUID) -> None:
    """Keep that a link alone proved the account's address."""
    hashed = hashlib.sha256(f"{_CLAIM} {account_id}".encode()).hexdigest()
    await asking.execute(sql.leave_claim(realm.tables), hashed, account_id, _CLAIM)


async def take_claim(asking: Asking, realm: Realm, account_id: UUID) -> bool:
    """Whether there was a claim; it is settled by whatever is done now."""
    taken = await asking.fetchval(sql.take_claim(realm.tables), account_id, _CLAIM)
    return taken is not None


async def is_settled(asking: Asking, realm: Realm, account: Account) -> bool:
    """Whether nobody can take the account over by its address. One without an address is."""
    if account.email is None:
        return True
    claimed = await asking.fetchval(sql.has_claim(realm.tables), account.id, _CLAIM)
    return account.is_verified and not claimed


async def check_settled(asking: Asking, realm: Realm, account_id: UUID) -> None:
    """Raises EmailUnprovedError."""
    account = await find_account(asking, realm, account_id)
    if account is None or not await is_settled(asking, realm, account):
        raise EmailUnprovedError
