"""One sign-in on its way through the browser: an encrypted cookie that nobody else can make.

The cookie binds the provider's answer to the browser that asked, and holds what the answer is
checked against: state, nonce, PKCE's verifier, and where the user goes in the end.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self
from uuid import UUID

from app.core.crypto import Sealer, UnreadableSecretError
from app.features.users.oauth.claims import random_word
from app.features.users.oauth.errors import FlowInvalidError

FLOW_SECONDS: Final = 600
LONGEST_COOKIE: Final = 8_192


@dataclass(frozen=True, slots=True)
class Flow:
    """``challenge`` is PKCE between the app and us; ``linking`` the user who links an identity."""

    project: str
    provider: str
    issuer: str
    redirect_to: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    expires_at: float
    challenge: str | None = None
    linking: str | None = None

    @property
    def user_to_link(self) -> UUID | None:
        return UUID(self.linking) if self.linking else None

    @classmethod
    def begin(
        cls, project_id: UUID, provider: str, issuer: str, redirect_to: str, **more: Any
    ) -> Self:
        return cls(
            project=str(project_id),
            provider=provider,
            issuer=issuer,
            redirect_to=redirect_to,
            state=random_word(),
            nonce=random_word(),
            verifier=random_word(),
            expires_at=time.time() + FLOW_SECONDS,
            **more,
        )


def cookie_name(state: str) -> str:
    """Each sign-in has a cookie of its own, so that two tabs do not get in each other's way."""
    return "backendify_oauth_" + hashlib.sha256(state.encode()).hexdigest()[:16]


def seal_flow(sealer: Sealer, flow: Flow) -> str:
    """The cookie's value."""
    return sealer.seal(json.dumps(asdict(flow)).encode(), _purpose(flow.project, flow.provider))


def open_flow(sealer: Sealer, project_id: UUID, provider: str, cookie: str | None) -> Flow:
    """Raises FlowInvalidError for a cookie that is missing, made by others, for another provider
    or project, or too old."""
    if cookie is None or len(cookie) > LONGEST_COOKIE:
        raise FlowInvalidError
    try:
        opened = sealer.open(cookie, _purpose(str(project_id), provider))
    except UnreadableSecretError:
        raise FlowInvalidError from None
    flow = Flow(**json.loads(opened))
    if flow.expires_at < time.time():
        raise FlowInvalidError
    return flow


def _purpose(project_id: str, provider: str) -> str:
    return f"oauth-flow|{project_id}|{provider}"
