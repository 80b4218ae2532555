"""A session of the console in a browser: its refresh token in a cookie that no script can read.

Only who asks for it by the header ``X-Session: cookie`` gets one: a page of another site cannot
send that header unasked, and is refused by its origin where CORS would let it.
"""

from typing import Annotated, Final, Literal, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request, Response

from app.api.deps import AppServices
from app.core.errors import ForbiddenError
from app.engine.identity.tokens import InvalidTokenError
from app.features.auth.schemas import SignedIn

COOKIE: Final = "backendify_session"
PATH: Final = "/api/auth"

_DAY: Final = 24 * 60 * 60

Answer = TypeVar("Answer")


class CrossSiteError(ForbiddenError):
    """A page of another site asked for something that only the console's own pages may."""

    code = "auth_cross_site"

    def __init__(self) -> None:
        super().__init__(
            "Sessions in cookies are for the console's own pages.",
            hint="Other clients leave X-Session out, and keep the refresh token themselves.",
        )


class BrowserSession:
    """Whether the client keeps its session in the cookie, and the cookie itself."""

    def __init__(
        self, request: Request, response: Response, *, asked: bool, is_secure: bool, days: int
    ) -> None:
        self.asked = asked
        self._held = request.cookies.get(COOKIE, "")
        self._response = response
        self._is_secure = is_secure
        self._seconds = days * _DAY

    def token(self, given: str | None) -> str:
        """The refresh token of the cookie, or else of the body. Raises InvalidTokenError."""
        token = self._held if self.asked else given
        if not token:
            raise InvalidTokenError
        return token

    def keep(self, answer: Answer) -> Answer:
        """The answer, its refresh token put into the cookie where that was asked for."""
        if not self.asked or not isinstance(answer, SignedIn):
            return answer
        self._set(self._response, answer.refresh_token, self._seconds)
        return answer.model_copy(update={"refresh_token": ""})

    def forget(self) -> None:
        if self.asked:
            self._set(self._response, "", 0)

    def forgetting(self, error: InvalidTokenError) -> InvalidTokenError:
        """The refusal, taking back a cookie that is no good."""
        if self.asked:
            refusal = Response()
            self._set(refusal, "", 0)
            error.headers["Set-Cookie"] = refusal.headers["set-cookie"]
        return error

    def _set(self, response: Response, value: str, seconds: int) -> None:
        response.set_cookie(
            COOKIE,
            value,
            max_age=seconds,
            path=PATH,
            secure=self._is_secure,
            httponly=True,
            samesite="strict",
        )


async def browser_session(
    request: Request,
    response: Response,
    services: AppServices,
    kind: Annotated[
        Literal["cookie"] | None,
        Header(alias="X-Session", description="`cookie`: the browser keeps the refresh token."),
    ] = None,
) -> BrowserSession:
    """Raises CrossSiteError."""
    origin = request.headers.get("origin", "")
    if kind is not None:
        _check_site(request, origin, services.settings.public_url)
    return BrowserSession(
        request,
        response,
        asked=kind is not None,
        # The browser's own word: a proxy may have taken the encryption off.
        is_secure=origin.startswith("https://"),
        days=services.settings.refresh_token_expire_days,
    )


def _check_site(request: Request, origin: str, public_url: str | None) -> None:
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise CrossSiteError
    host = urlsplit(origin).netloc
    known = {request.headers.get("host"), urlsplit(public_url or "").netloc} - {"", None}
    if host not in known:
        raise CrossSiteError


Browser = Annotated[BrowserSession, Depends(browser_session)]
