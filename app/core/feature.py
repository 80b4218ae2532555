"""The manifest of a platform service: all that the rest of the product knows about it."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.types import ASGIApp

from app.core.action import Action
from app.core.event import LogReader
from app.core.mail import MailKind

if TYPE_CHECKING:
    import typer

Check = Callable[[Any], Awaitable[str | None]]
RoleUse = Callable[[Any, UUID, str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Feature:
    """One folder under ``app/features``.

    ``router`` is mounted under ``/api``; ``models`` names the modules that hold control tables;
    ``health`` maps a name to a check that returns None or what is wrong with serving requests,
    ``reports`` to one of the work behind them, which keeps no request away; ``log_readers`` follow
    the change logs of projects; ``background`` are coroutines that run in the worker until
    cancelled, each given the application's ``Services``; ``commands`` are what it adds to the
    command line: the ``commands`` of its ``commands.py``, a module that the command line imports
    alone, so it imports nothing slow at its top; ``mail_kinds`` are the mails it queues;
    ``role_uses`` say what in a project is built on a role of its users: each is given the
    ``Services``, the project's id and the role's name, and answers a sentence, or None.
    ``actions`` are the steps it offers to workflows.
    ``holds`` opens what the feature keeps in every process while the ``Services`` run: it is found
    at ``services.held[name]``, and closed before them.
    ``lost_page`` is given the application that answers what no route takes, and gives back one.
    """

    name: str
    router: APIRouter | None = None
    models: tuple[str, ...] = ()
    log_readers: tuple[LogReader, ...] = ()
    background: tuple[Callable[..., Awaitable[None]], ...] = ()
    health: Mapping[str, Check] = field(default_factory=dict)
    reports: Mapping[str, Check] = field(default_factory=dict)
    tags: tuple[Mapping[str, str], ...] = ()
    commands: "typer.Typer | None" = None
    mail_kinds: tuple[MailKind, ...] = ()
    role_uses: tuple[RoleUse, ...] = ()
    actions: tuple[Action, ...] = ()
    holds: Callable[[Any], AbstractAsyncContextManager[Any]] | None = None
    lost_page: Callable[[ASGIApp], ASGIApp] | None = None
