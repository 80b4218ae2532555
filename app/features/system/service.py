"""Is the server well? Asked by load balancers, so quick, and never an exception."""

import asyncio
from collections.abc import Collection
from functools import cache
from typing import Literal

from app.api.services import Services
from app.core.feature import Check
from app.core.migrations import newest_version
from app.features.system.schemas import Health

CHECK_SECONDS = 2.0

_REVISION = "SELECT version_num FROM backendify.alembic_version"


async def check(services: Services) -> Health:
    """Run every check; one that takes too long or fails counts as failed."""
    if not services.started:
        return Health(status="unavailable", checks={"database": "not reached yet"})
    needed = {"database": _check_database} | {
        name: check for feature in services.features for name, check in feature.health.items()
    }
    reports = {
        name: check for feature in services.features for name, check in feature.reports.items()
    }
    checks = needed | reports
    said = await asyncio.gather(*(_said(check, services) for check in checks.values()))
    faults = {name: fault for name, fault in zip(checks, said, strict=True) if fault}
    return Health(
        status=_status(faults, needed),
        checks={name: faults.get(name, "ok") for name in checks},
    )


def _status(
    faults: Collection[str], needed: Collection[str]
) -> Literal["ok", "degraded", "unavailable"]:
    """What is only late takes no process out of service."""
    if any(name in needed for name in faults):
        return "unavailable"
    return "degraded" if faults else "ok"


async def _said(check: Check, services: Services) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check(services)
    except TimeoutError:
        return "no answer in time"
    except Exception:  # noqa: BLE001 - a probe reports, and tells nobody how it failed
        return "failed"


async def _check_database(services: Services) -> str | None:
    """Reachable, and migrated to exactly what this release needs."""
    revision = await services.database.owner.fetchval(_REVISION)
    newest = await asyncio.to_thread(_newest_version)
    return None if revision == newest else "the control schema is of another release"


@cache
def _newest_version() -> str | None:
    return newest_version()
