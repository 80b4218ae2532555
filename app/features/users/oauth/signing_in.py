"""The three steps of signing in through a provider: out, back, and the code for tokens.

The app never sees a token in a URL: it gets a code that is good once, for a minute.
"""

import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.core.errors import BackendifyError
from app.engine.identity import compile_identities as sql
from app.engine.identity.principal import Project
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.accounts import hold_account
from app.features.accounts.service.one_time import Purpose, take_token
from app.features.accounts.service.realms import pool_of, realm_transaction
from app.features.accounts.service.signing import MfaRequired
from app.features.accounts.service.throttle import begin_attempt
from app.features.users.oauth import github, oidc
from app.features.users.oauth.claims import challenge_of
from app.features.users.oauth.errors import (
    FlowInvalidError,
    ProviderDeniedError,
    RedirectRefusedError,
)
from app.features.users.oauth.flows import FLOW_SECONDS, Flow, open_flow, seal_flow
from app.features.users.oauth.identities import LINK_TICKET, issue_link_code
from app.features.users.oauth.linking import account_of, holder_of
from app.features.users.oauth.proofs import hash_of, issue_proof
from app.features.users.oauth.providers import Asked, ExternalIdentity, Provider
from app.features.users.oauth.world import OAuthWorld, get_provider, load_world
from app.features.users.schemas import UserSignedIn
from app.features.users.service.signing import sign_in

SIGN_IN_CODE: Final = Purpose("oauth_code", 60)
_USED_STATE: Final = "oauth_state"
_LONGEST_CODE: Final = 4_096


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and the cookie it brings back to ``cookie_path``."""

    url: str
    state: str
    cookie: str
    cookie_path: str


@dataclass(frozen=True, slots=True)
class Callback:
    """What a browser brings back: the provider's answer, and the cookie of its ``state``."""

    state: str
    cookie: str | None
    code: str | None
    error: str | None
    issuer: str | None


async def depart(
    services: Services,
    project: Project,
    name: str,
    redirect_to: str,
    *,
    challenge: str | None,
    ticket: str | None,
) -> Departure:
    """Begin a sign-in; with a ``ticket``, the linking of an identity to its user.

    Raises ProviderNotFoundError, RedirectRefusedError, ProviderFailedError, InvalidTokenError.
    """
    world = await load_world(services, project)
    provider = get_provider(services, world, name)
    if not world.may_redirect_to(redirect_to):
        raise RedirectRefusedError
    linking = await _user_of_ticket(services, world, ticket)
    flow = Flow.begin(
        project.id,
        name,
        provider.issuer,
        redirect_to,
        challenge=challenge,
        linking=str(linking) if linking else None,
    )
    return Departure(
        url=await _authorization_url(services, provider, _asked(services, flow)),
        state=flow.state,
        cookie=seal_flow(services.sealer, flow),
        cookie_path=urlsplit(_callback_url(services, flow)).path,
    )


async def come_back(
    services: Services, project: Project, name: str, callback: Callback, origin: Origin
) -> str:
    """Where the browser goes in the end, with a code or an error.

    Raises FlowInvalidError, RedirectRefusedError, ProviderNotFoundError: then there is nowhere
    that it could be sent to.
    """
    flow = open_flow(services.sealer, project.id, name, callback.cookie)
    if not hmac.compare_digest(flow.state.encode(), callback.state.encode()):
        raise FlowInvalidError
    world = await load_world(services, project)
    await _use_up_state(services, world, flow)
    if not world.may_redirect_to(flow.redirect_to):
        raise RedirectRefusedError
    provider = get_provider(services, world, name)
    if provider.issuer != flow.issuer:
        raise FlowInvalidError
    try:
        code = await _code_for_app(services, world, provider, flow, callback, origin)
    except BackendifyError as error:
        return _with_query(flow.redirect_to, error=error.code)
    return _with_query(flow.redirect_to, code=code)


async def exchange(
    services: Services, realm: Realm, code: str, verifier: str | None, origin: Origin
) -> UserSignedIn | MfaRequired:
    """Sign in whom a code stands for; the code is used up, also where it is refused.

    Raises InvalidTokenError, WrongCredentialsError.
    """
    await begin_attempt(services, realm, "oauth_exchange", "", origin)
    pool = await pool_of(services, realm)
    taken = await take_token(pool, realm, SIGN_IN_CODE, code)
    challenge = taken.data.get("challenge")
    if challenge is not None and challenge_of(verifier or "") != challenge:
        raise InvalidTokenError
    async with realm_transaction(services, realm) as connection:
        if taken.account_id is not None:
            await hold_account(connection, realm, taken.account_id)
        # Whoever took the account over meanwhile has unlinked what was linked before.
        holder = await holder_of(connection, realm, taken.data["issuer"], taken.data["subject"])
        if holder is None or holder != taken.account_id:
            raise InvalidTokenError
        return await sign_in(services, connection, realm, holder, origin)


async def _code_for_app(
    services: Services,
    world: OAuthWorld,
    provider: Provider,
    flow: Flow,
    callback: Callback,
    origin: Origin,
) -> str:
    if callback.error is not None or not callback.code or len(callback.code) > _LONGEST_CODE:
        raise ProviderDeniedError
    identity = await _identity(services, provider, _asked(services, flow), callback)
    if flow.user_to_link is not None:
        return await issue_link_code(services, world.realm, flow.user_to_link, identity)
    account_id = await account_of(services, world.realm, identity, origin)
    kept = {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "challenge": flow.challenge,
    }
    return await issue_proof(services, world.realm, SIGN_IN_CODE, account_id, kept)


async def _identity(
    services: Services, provider: Provider, asked: Asked, callback: Callback
) -> ExternalIdentity:
    code = callback.code or ""
    if provider.type == "github":
        return await github.fetch_identity(services, provider, asked, code)
    return await oidc.fetch_identity(services, provider, asked, code, callback.issuer)


async def _authorization_url(services: Services, provider: Provider, asked: Asked) -> str:
    if provider.type == "github":
        return github.authorization_url(provider, asked)
    return await oidc.authorization_url(services, provider, asked)


async def _user_of_ticket(services: Services, world: OAuthWorld, ticket: str | None) -> UUID | None:
    if ticket is None:
        return None
    pool = await pool_of(services, world.realm)
    return (await take_token(pool, world.realm, LINK_TICKET, ticket)).account_id


async def _use_up_state(services: Services, world: OAuthWorld, flow: Flow) -> None:
    pool = await pool_of(services, world.realm)
    statement = sql.use_up(world.realm.tables)
    if await pool.fetchval(statement, hash_of(flow.state), _USED_STATE, FLOW_SECONDS) is None:
        raise FlowInvalidError


def _asked(services: Services, flow: Flow) -> Asked:
    return Asked(_callback_url(services, flow), flow.state, flow.nonce, flow.verifier)


def _callback_url(services: Services, flow: Flow) -> str:
    # By the project's id: the slug may change, and with it what is registered at the provider.
    base = services.settings.base_url
    return f"{base}/api/projects/{flow.project}/auth/oauth/{flow.provider}/callback"


def _with_query(url: str, **parameters: str) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query))
