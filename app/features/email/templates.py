"""Which template a mail is written with: a project's own, else the default of its kind."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from app.api.services import Services
from app.core.mail import COMMON_VARIABLES, MailKind, MailTemplate
from app.core.pools import Pool
from app.features.email.errors import InvalidTemplateError, MailTemplateNotFoundError
from app.features.email.locales import FALLBACK, locales_to_try
from app.features.email.rendering import find_faults

_LIST: Final = """
SELECT kind, locale, subject, text, html FROM backendify.mail_templates
WHERE project_id = $1 ORDER BY kind, locale
"""
_FIND: Final = """
SELECT locale, subject, text, html FROM backendify.mail_templates
WHERE project_id = $1 AND kind = $2 AND locale = ANY($3)
"""
_STORE: Final = """
INSERT INTO backendify.mail_templates (project_id, kind, locale, subject, text, html)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (project_id, kind, locale) DO UPDATE
SET subject = excluded.subject, text = excluded.text, html = excluded.html, updated_at = now()
"""
_REMOVE: Final = """
DELETE FROM backendify.mail_templates
WHERE project_id = $1 AND kind = $2 AND locale = $3 RETURNING true
"""


def mail_kinds(services: Services) -> Mapping[str, MailKind]:
    """Every kind that the features of this build declare, by name."""
    return {kind.name: kind for feature in services.features for kind in feature.mail_kinds}


def samples_of(kind: MailKind) -> dict[str, str]:
    """The names a template of this kind may use, each with a sample."""
    return {**COMMON_VARIABLES, **kind.variables}


async def choose_template(
    pool: Pool, kind: MailKind, project_id: UUID | None, locale: str | None
) -> MailTemplate:
    """The nearest locale wins; in one locale the project's own template does."""
    locales = tuple(locales_to_try(locale))
    own = await _find_own(pool, kind, project_id, locales)
    for wanted in locales:
        found = own.get(wanted) or kind.templates.get(wanted)
        if found is not None:
            return found
    return kind.templates[FALLBACK]


async def list_own_templates(pool: Pool, project_id: UUID) -> dict[str, dict[str, MailTemplate]]:
    """A project's own templates, by kind and locale."""
    listed: dict[str, dict[str, MailTemplate]] = {}
    for row in await pool.fetch(_LIST, project_id):
        listed.setdefault(row["kind"], {})[row["locale"]] = _as_template(row)
    return listed


async def store_template(
    pool: Pool, project_id: UUID, kind: MailKind, locale: str, template: MailTemplate
) -> None:
    """Raises InvalidTemplateError."""
    check_template(kind, template)
    values = (template.subject, template.text, template.html)
    await pool.execute(_STORE, project_id, kind.name, locale, *values)


async def remove_template(pool: Pool, project_id: UUID, kind: MailKind, locale: str) -> None:
    """Go back to the default. Raises MailTemplateNotFoundError."""
    if not await pool.fetchval(_REMOVE, project_id, kind.name, locale):
        raise MailTemplateNotFoundError


def check_template(kind: MailKind, template: MailTemplate) -> None:
    """Raises InvalidTemplateError."""
    faults = find_faults(template, samples_of(kind))
    if faults:
        raise InvalidTemplateError(faults)


async def _find_own(
    pool: Pool, kind: MailKind, project_id: UUID | None, locales: Sequence[str]
) -> dict[str, MailTemplate]:
    if project_id is None or kind.audience == "console":
        return {}
    rows = await pool.fetch(_FIND, project_id, kind.name, list(locales))
    return {row["locale"]: _as_template(row) for row in rows}


def _as_template(row: Record) -> MailTemplate:
    return MailTemplate(subject=row["subject"], text=row["text"], html=row["html"])
