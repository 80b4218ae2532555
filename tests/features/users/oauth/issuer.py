"""An OpenID provider and a GitHub on loopback: they speak the protocols, check what a real one
checks, and lie where a test tells them to.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.running import listening

CLIENT_ID = "the-app"
CLIENT_SECRET = "a secret: of the app/100%"
Key = RSAKey | ECKey | OctKey


@dataclass
class Issuer:
    """``claims`` and ``metadata`` overrule what is said (None: left out); ``key`` signs."""

    url: str = ""
    subject: str = "248289761001"
    email: Any = "ada@example.com"
    email_verified: Any = True
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    user_info: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None
    forge: Callable[[str], str] | None = None
    key: Key = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    shown: list[Key] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    key_fetches: int = 0
    token_requests: list[dict[str, str]] = field(default_factory=list)

    def reset(self) -> None:
        fresh = Issuer(url=self.url, key=self.key, subject=secrets.token_hex(8))
        for name in (
            "subject", "email", "email_verified", "claims", "metadata", "header", "user_info",
            "answer", "forge", "shown", "codes", "asked", "token_requests",
        ):  # fmt: skip
            setattr(self, name, getattr(fresh, name))
        self.email = f"{secrets.token_hex(6)}@example.com"

    def document(self) -> dict[str, Any]:
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "code_challenge_methods_supported": ["S256"],
        }
        return _without_none(document | self.metadata)

    def id_token(self, nonce: str | None) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT_ID, "sub": self.subject, "nonce": nonce,
            "iat": now, "exp": now + 300, "email": self.email,
            "email_verified": self.email_verified, "name": "Ada Lovelace",
        }  # fmt: skip
        alg = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[self.key.key_type]
        header = _without_none({"alg": alg, "kid": self.key.kid} | self.header)
        said = _without_none(claims | self.claims)
        token = jwt.encode(header, said, self.key, algorithms=[str(header["alg"])])
        return self.forge(token) if self.forge else token


@asynccontextmanager
async def serving_issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    async with listening(_application(issuer)) as url:
        issuer.url = url
        yield issuer


def _application(issuer: Issuer) -> Starlette:
    async def metadata(_: Request) -> Response:
        return JSONResponse(issuer.document())

    async def keys(_: Request) -> Response:
        issuer.key_fetches += 1
        shown = [key.as_dict(private=False) for key in issuer.shown or [issuer.key]]
        return JSONResponse({"keys": shown})

    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        issuer.asked.append(asked)
        code = secrets.token_urlsafe(16)
        issuer.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "session_state": "x"})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

    async def token(request: Request) -> Response:
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        issuer.token_requests.append(form)
        asked = issuer.codes.pop(form.get("code", ""), None)
        if not _is_client(request, form) or asked is None or not _proves(asked, form):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if issuer.answer is not None:
            return JSONResponse(issuer.answer)
        id_token = issuer.id_token(asked.get("nonce"))
        return JSONResponse(
            {"access_token": "opaque", "token_type": "Bearer", "id_token": id_token}
        )

    async def user_info(request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer opaque"
        return JSONResponse(issuer.user_info or {})

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", metadata),
            Route("/keys", keys),
            Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]),
            Route("/userinfo", user_info),
        ]
    )


def _is_client(request: Request, form: dict[str, str]) -> bool:
    """RFC 6749 2.3.1: form-encoded, then Basic; or in the body."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
    user, _, secret = base64.b64decode(given).decode().partition(":")
    return (unquote_plus(user), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)


def _proves(asked: dict[str, str], form: dict[str, str]) -> bool:
    """The same redirect_uri, and PKCE with S256."""
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        form.get("redirect_uri") == asked["redirect_uri"]
        and asked.get("code_challenge_method") == "S256"
        and asked.get("code_challenge") == challenge
    )


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@dataclass
class GitHub:
    """GitHub's web and API, of one user."""

    url: str = ""
    user: Any = field(default_factory=lambda: {"id": 583231, "login": "octocat", "name": None})
    emails: Any = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


@asynccontextmanager
async def serving_github() -> AsyncIterator[GitHub]:
    github = GitHub()
    async with listening(_github_application(github)) as url:
        github.url = url
        yield github


def _github_application(github: GitHub) -> Starlette:
    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        github.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

    async def token(request: Request) -> Response:
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        asked = github.codes.pop(form.get("code", ""), None)
        if not _is_client(request, form) or asked is None or not _proves(asked, form):
            return JSONResponse({"error": "bad_verification_code"})  # with 200, as GitHub does
        return JSONResponse({"access_token": "gho_x", "token_type": "bearer", "scope": ""})

    def telling(what: str) -> Callable[[Request], Any]:
        async def tell(request: Request) -> Response:
            assert request.headers["authorization"] == "Bearer gho_x"
            return JSONResponse(getattr(github, what))

        return tell

    return Starlette(
        routes=[
            Route("/login/oauth/authorize", authorize),
            Route("/login/oauth/access_token", token, methods=["POST"]),
            Route("/api/user", telling("user")),
            Route("/api/user/emails", telling("emails")),
        ]
    )
