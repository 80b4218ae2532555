"""OpenID Connect: the authorization code flow with PKCE, and an ID token that is believed only
when its issuer, audience, algorithm, signature, nonce and times are what they must be.
"""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from app.api.services import Services
from app.core.errors import BackendifyError
from app.core.http_client import EgressFailedError
from app.core.json_text import JsonSyntaxError, parse_json
from app.features.users.oauth.claims import (
    challenge_of,
    name_of,
    seconds_of,
    subject_of,
    verified_email,
)
from app.features.users.oauth.errors import ProviderFailedError
from app.features.users.oauth.providers import Asked, ExternalIdentity, Provider

LEEWAY_SECONDS: Final = 60
LONGEST_TOKEN: Final = 16_384
_OLDEST_SECONDS: Final = 600
_OK: Final = 200
_SMALLEST_RSA: Final = 2048
_KINDS: Final = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA",
    "PS512": "RSA", "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP",
}  # fmt: skip
"""The algorithms that are believed, and the kind of key each needs: none of them is symmetric."""

_KEYS: Final[dict[str, type[RSAKey | ECKey | OKPKey]]] = {
    "RSA": RSAKey,
    "EC": ECKey,
    "OKP": OKPKey,
}
_HEADER: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})


async def authorization_url(services: Services, provider: Provider, asked: Asked) -> str:
    """Where the browser goes to sign in. Raises ProviderFailedError."""
    metadata = await _metadata(services, provider)
    endpoint = _endpoint(metadata, "authorization_endpoint")
    parameters = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": asked.redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": challenge_of(asked.verifier),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"


async def fetch_identity(
    services: Services, provider: Provider, asked: Asked, code: str, told_issuer: str | None
) -> ExternalIdentity:
    """Who the code stands for. ``told_issuer`` is the ``iss`` of the callback (RFC 9207).

    Raises ProviderFailedError.
    """
    metadata = await _metadata(services, provider)
    must_tell = metadata.get("authorization_response_iss_parameter_supported") is True
    if told_issuer != provider.issuer and (told_issuer is not None or must_tell):
        raise ProviderFailedError("The answer came from another issuer.")
    answer = await _exchange_code(services, provider, metadata, asked, code)
    claims = await read_id_token(services, provider, metadata, answer.get("id_token"), asked.nonce)
    if "email" not in claims:
        claims = {**await _user_info(services, metadata, answer, claims), **claims}
    return ExternalIdentity(
        provider=provider.name,
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        email=verified_email(claims),
        name=name_of(claims),
    )


async def read_id_token(
    services: Services, provider: Provider, metadata: Mapping[str, Any], token: Any, nonce: str
) -> dict[str, Any]:
    """The claims of an ID token that was made for us, here and now. Raises ProviderFailedError."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise ProviderFailedError("The provider gave no ID token.")
    header = _header(token)
    key = await _find_key(services, metadata, header)
    try:
        payload = jws.deserialize_compact(token, key, algorithms=[str(header["alg"])]).payload
        claims = parse_json(payload)
    except (JoseError, JsonSyntaxError, ValueError, TypeError):
        raise ProviderFailedError("The provider's ID token is not signed by its key.") from None
    if not isinstance(claims, dict) or not _is_for_us(claims, provider, nonce):
        raise ProviderFailedError("The provider's ID token was not made for this sign-in.")
    return claims


def _header(token: str) -> dict[str, Any]:
    """The header, if it holds nothing that would have to be understood."""
    try:
        part = token.split(".")[0]
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, UnicodeDecodeError):
        header = None
    if not isinstance(header, dict) or not header.keys() <= _HEADER:
        raise ProviderFailedError("The provider's ID token cannot be read.")
    if header.get("alg") not in _KINDS:
        raise ProviderFailedError("The provider's ID token has an algorithm that is not believed.")
    return header


async def _find_key(
    services: Services, metadata: Mapping[str, Any], header: Mapping[str, Any]
) -> RSAKey | ECKey | OKPKey:
    """The issuer's key for this header; its keys are fetched anew for one that is not known."""
    url = _endpoint(metadata, "jwks_uri")
    for fetch in (services.documents.get, services.documents.refetch):
        try:
            fitting = [key for key in _keys(await fetch(url)) if _fits(key, header)]
        except BackendifyError as error:
            raise ProviderFailedError("The provider's keys cannot be read.") from error
        if len(fitting) == 1:
            return _import_key(fitting[0])
    raise ProviderFailedError("The provider's ID token is signed by a key it does not show.")


def _keys(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    keys = document.get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def _fits(key: Mapping[str, Any], header: Mapping[str, Any]) -> bool:
    alg = header["alg"]
    return (
        key.get("kty") == _KINDS[alg]
        and key.get("use", "sig") == "sig"
        and key.get("alg", alg) == alg
        and (header.get("kid") is None or key.get("kid") == header["kid"])
    )


def _import_key(key: dict[str, Any]) -> RSAKey | ECKey | OKPKey:
    try:
        imported = _KEYS[key["kty"]].import_key(key)
    except (JoseError, ValueError, TypeError, KeyError):
        raise ProviderFailedError("The provider's key cannot be read.") from None
    if isinstance(imported, RSAKey) and imported.raw_value.key_size < _SMALLEST_RSA:
        raise ProviderFailedError("The provider's key is too short.")
    return imported


def _is_for_us(claims: Mapping[str, Any], provider: Provider, nonce: str) -> bool:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", provider.client_id if len(audiences) == 1 else None)
    return (
        claims.get("iss") == provider.issuer
        and provider.client_id in audiences
        and party == provider.client_id
        and subject_of(claims) is not None
        and hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode())
        and _is_now(claims)
    )


def _is_now(claims: Mapping[str, Any]) -> bool:
    expires, issued = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    starts = seconds_of(claims, "nbf", 0)
    if expires is None or issued is None or starts is None:
        return False
    now = time.time()
    latest = now + LEEWAY_SECONDS
    return (
        expires > now - LEEWAY_SECONDS
        and now - _OLDEST_SECONDS - LEEWAY_SECONDS < issued < latest
        and starts < latest
    )


async def _metadata(services: Services, provider: Provider) -> Mapping[str, Any]:
    """What the issuer says of itself, which has to be the issuer that was asked."""
    url = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        metadata: Mapping[str, Any] = await services.documents.get(url)
    except BackendifyError as error:
        raise ProviderFailedError("The provider cannot be reached.") from error
    if metadata.get("issuer") != provider.issuer:
        raise ProviderFailedError("The provider's issuer is not the one in the settings.")
    return metadata


def _endpoint(metadata: Mapping[str, Any], name: str) -> str:
    url = metadata.get(name)
    if not isinstance(url, str) or not url.startswith(("https://", "http://")) or "#" in url:
        raise ProviderFailedError(f"The provider tells no {name}.")
    # Whoever is asked over https is never followed to where everyone listens.
    if str(metadata["issuer"]).startswith("https://") and not url.startswith("https://"):
        raise ProviderFailedError(f"The provider's {name} is not encrypted.")
    return url


async def _exchange_code(
    services: Services, provider: Provider, metadata: Mapping[str, Any], asked: Asked, code: str
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
    }
    headers = {}
    methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if provider.client_secret is None or "client_secret_basic" not in methods:
        form["client_id"] = provider.client_id
        if provider.client_secret is not None:
            form["client_secret"] = provider.client_secret
    else:
        headers["Authorization"] = _basic(provider.client_id, provider.client_secret)
    return await post_form(services, _endpoint(metadata, "token_endpoint"), form, headers)


def _basic(client_id: str, secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


async def post_form(
    services: Services, url: str, form: Mapping[str, str], headers: Mapping[str, str]
) -> dict[str, Any]:
    """Post a form to a token endpoint; its answer. Raises ProviderFailedError."""
    kinds = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    try:
        reply = await services.http.request(
            "POST", url, headers={**kinds, **headers}, content=urlencode(form).encode()
        )
        answer = reply.json() if reply.status == _OK else None
    except BackendifyError as error:
        raise ProviderFailedError("The provider cannot be reached.") from error
    if not isinstance(answer, dict) or "error" in answer:
        raise ProviderFailedError("The provider does not accept the code.")
    return answer


async def get_json(services: Services, url: str, access_token: Any) -> Any:
    """Ask with an access token. Raises ProviderFailedError."""
    if not isinstance(access_token, str) or not access_token.isascii():
        raise ProviderFailedError("The provider gave no access token.")
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    try:
        reply = await services.http.request("GET", url, headers=headers)
        if reply.status != _OK:
            raise EgressFailedError("The other server refuses.")
        return reply.json()
    except BackendifyError as error:
        raise ProviderFailedError("The provider does not tell who the user is.") from error


async def _user_info(
    services: Services,
    metadata: Mapping[str, Any],
    answer: Mapping[str, Any],
    claims: Mapping[str, Any],
) -> dict[str, Any]:
    """The address may stand in the user info alone, which has to be of the same subject."""
    if "userinfo_endpoint" not in metadata or "access_token" not in answer:
        return {}
    url = _endpoint(metadata, "userinfo_endpoint")
    told = await get_json(services, url, answer["access_token"])
    if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
        raise ProviderFailedError("The provider speaks of somebody else.")
    return {name: told[name] for name in ("email", "email_verified", "name") if name in told}
