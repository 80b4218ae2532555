"""A running server as the command line speaks to it: one address, one signed-in caller.

Exit statuses are part of the interface and documented in docs/concepts/schema-evolution.md.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn

import httpx
import typer

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_SECONDS = 60.0


class ExitStatus(IntEnum):
    """What a command ends with."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    DIFFERENT = 3
    UNCONFIRMED = 4
    CONFLICT = 5
    UNREACHABLE = 6


class RemoteProblemError(Exception):
    """A problem document that the server answered."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail"))
        self.problem = problem

    @property
    def code(self) -> str:
        return str(self.problem.get("code"))

    @property
    def exit_status(self) -> ExitStatus:
        if self.code == "schema_unsafe_change":
            return ExitStatus.UNCONFIRMED
        if self.problem.get("status") in (409, 503):
            return ExitStatus.CONFLICT
        if self.problem.get("status") == 401:
            return ExitStatus.UNREACHABLE
        return ExitStatus.REFUSED


@dataclass(frozen=True, slots=True)
class Remote:
    """An open connection. ``call`` answers JSON, or raises what the server refused with."""

    client: httpx.Client

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        answer = self.client.request(method, path, json=body, params=params)
        return answered(answer)

    def use_token(self, token: str) -> None:
        """Send an access token from now on."""
        self.client.headers["Authorization"] = f"Bearer {token}"


def answered(answer: httpx.Response) -> Any:
    """The JSON of an answer. Raises RemoteProblemError."""
    if answer.is_success:
        return answer.json() if answer.content else None
    raise RemoteProblemError(_problem(answer))


def answered_text(answer: httpx.Response) -> str:
    """The text of an answer. Raises RemoteProblemError."""
    if answer.is_success:
        return answer.text
    raise RemoteProblemError(_problem(answer))


@contextmanager
def reached_server(url: str | None) -> Iterator[Remote]:
    """Connect without credentials, to what is given, else to BACKENDIFY_URL.

    Ends the program with a sentence when the server cannot be reached or refuses.
    """
    base = url or os.environ.get("BACKENDIFY_URL") or DEFAULT_URL
    with httpx.Client(base_url=base, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        try:
            yield Remote(client)
        except RemoteProblemError as refused:
            _explain(refused)
        except httpx.HTTPStatusError as refused:
            _explain(RemoteProblemError(_problem(refused.response)))
        except httpx.HTTPError as error:
            typer.echo(f"error: {base} cannot be reached: {error}", err=True)
            typer.echo("hint: start a server with: backendify serve", err=True)
            raise typer.Exit(ExitStatus.UNREACHABLE) from None


@contextmanager
def remote_server(
    url: str | None, token: str | None, email: str | None, password: str | None
) -> Iterator[Remote]:
    """Connect with what is given, else with BACKENDIFY_URL, _TOKEN, _EMAIL, _PASSWORD.

    Ends the program as ``reached_server`` does, also where there are no credentials.
    """
    with reached_server(url) as remote:
        found = find_token(remote, token, email, password)
        if found is None:
            typer.echo("error: give --token, or --email and --password (or BACKENDIFY_…)", err=True)
            raise typer.Exit(ExitStatus.USAGE)
        remote.use_token(found)
        yield remote


def find_token(
    remote: Remote, token: str | None, email: str | None, password: str | None
) -> str | None:
    """An access token: the one that is given, or by signing in; None without credentials."""
    given = token or os.environ.get("BACKENDIFY_TOKEN")
    if given:
        return given
    email = email or os.environ.get("BACKENDIFY_EMAIL")
    password = password or os.environ.get("BACKENDIFY_PASSWORD")
    if not email or not password:
        return None
    signed_in = remote.call("POST", "/api/auth/login", {"email": email, "password": password})
    return str(signed_in["access_token"])


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    return {"status": answer.status_code, "code": "unknown", "detail": answer.reason_phrase}


def _explain(refused: RemoteProblemError) -> NoReturn:
    problem = refused.problem
    typer.echo(f"error: {problem.get('detail')} [{refused.code}]", err=True)
    for fault in problem.get("errors", ()):
        row = f"row {fault['row']} " if "row" in fault else ""
        typer.echo(f"  {row}{fault['pointer']}: {fault['message']}", err=True)
        if fault.get("hint"):
            typer.echo(f"    {fault['hint']}", err=True)
    for offender in problem.get("offenders", ()):
        where = f"{offender.get('place', '')}: {offender.get('reason')}"
        typer.echo(f"  {where} ({offender.get('count')} records)", err=True)
    if problem.get("hint"):
        typer.echo(f"hint: {problem['hint']}", err=True)
    raise typer.Exit(refused.exit_status) from None
