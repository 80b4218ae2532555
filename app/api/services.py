"""What requests are served with: opened once per process, found at ``app.state.services``."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from app.api.metrics import Metrics
from app.api.rate_limits import RateLimits
from app.core.config import Settings
from app.core.counters.counters import Counters
from app.core.counters.memory import MemoryCounters
from app.core.counters.shared import open_counters
from app.core.crypto import Sealer, stored_encryption_key
from app.core.db import Database
from app.core.documents import Documents
from app.core.feature import Feature
from app.core.http_client import HttpClient
from app.engine.catalog.cache import Catalogs
from app.engine.catalog.former_names import FormerNames
from app.engine.changes.wakeups import Wakeups
from app.engine.identity.attempts import Attempts
from app.engine.identity.callers import Callers
from app.engine.identity.origins import ProjectOrigins
from app.engine.identity.passwords import Passwords
from app.engine.identity.tokens import Tokens
from app.engine.policy.cache import Policies
from app.engine.query.pipeline import Pipeline


@dataclass(slots=True)
class Services:
    """Made with the application; the database and what stands on it come when it is reached.

    Until ``started`` no request gets past the edge but the probes, so that routes may rely on all
    of it.
    """

    settings: Settings
    tokens: Tokens
    passwords: Passwords
    metrics: Metrics
    features: tuple[Feature, ...]
    sealer: Sealer
    http: HttpClient
    documents: Documents
    started: bool = False
    held: dict[str, Any] = field(default_factory=dict)
    database: Database = field(init=False)
    counters: Counters = field(init=False)
    attempts: Attempts = field(init=False)
    limits: RateLimits = field(init=False)
    catalogs: Catalogs = field(init=False)
    callers: Callers = field(init=False)
    origins: ProjectOrigins = field(init=False)
    wakeups: Wakeups = field(init=False)
    former_names: FormerNames = field(init=False)
    policies: Policies = field(init=False)
    pipeline: Pipeline = field(init=False)
    _stack: AsyncExitStack = field(init=False)

    async def start(self) -> None:
        """Open what needs the database. Raises whatever connecting raises."""
        self.database = await Database.open(self.settings)
        self._open_limits()
        self.catalogs = Catalogs(self.database)
        self.callers = Callers(self.database, self.tokens)
        self.origins = ProjectOrigins(self.database)
        self.wakeups = Wakeups(self.database)
        self.former_names = FormerNames(self.database)
        self.policies = Policies(self.database, self.catalogs)
        self.pipeline = Pipeline(
            self.database,
            self.catalogs,
            self.policies,
            self.wakeups,
            batch_gets=self.settings.batch_gets,
            join_writes=self.settings.join_writes,
        )
        self.policies.start()
        self.catalogs.start()
        self.callers.start()
        self.limits.start()
        self._stack = AsyncExitStack()
        for feature in self.features:
            if feature.holds is not None:
                self.held[feature.name] = await self._stack.enter_async_context(feature.holds(self))
        self.started = True

    async def stop(self) -> None:
        if not self.started:
            return
        self.started = False
        await self._stack.aclose()
        self.held.clear()
        await self.http.close()
        await self.limits.stop()
        await self.counters.close()
        await self.wakeups.stop()
        await self.former_names.stop()
        await self.callers.stop()
        await self.policies.stop()
        await self.catalogs.stop()
        await self.database.close()

    def _open_limits(self) -> None:
        enabled, storage = self.settings.rate_limits, self.settings.rate_limit_storage
        self.counters = open_counters(storage, self.database.owner)
        shared = None if isinstance(self.counters, MemoryCounters) else self.counters
        self.attempts = Attempts(self.counters, enabled=enabled)
        self.limits = RateLimits(self.database, shared, enabled=enabled)


def make_services(settings: Settings, features: tuple[Feature, ...]) -> Services:
    http = HttpClient(settings.egress_allow)
    return Services(
        settings=settings,
        tokens=Tokens(settings.jwt_secret, settings.jwt_algorithm),
        passwords=Passwords(),
        metrics=Metrics(),
        features=features,
        sealer=Sealer(
            lambda: settings.encryption_key or stored_encryption_key(settings.data_dir / "secrets")
        ),
        http=http,
        documents=Documents(http),
    )
