"""Schemas as YAML files: portable between installations unless ids are asked for."""

import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typer
import yaml

from app.core.remote import ExitStatus

Json = dict[str, Any]
_LOOK_SECONDS = 0.5
_SYSTEM = "sys_"


def load_schema(file: Path) -> Json:
    """The schema document of a file; ends the program when there is none."""
    try:
        found = yaml.safe_load(file.read_text())
    except OSError as error:
        typer.echo(f"error: {file}: {error.strerror}", err=True)
        raise typer.Exit(ExitStatus.USAGE) from None
    except yaml.YAMLError as error:
        typer.echo(f"error: {file} is no YAML: {error}", err=True)
        raise typer.Exit(ExitStatus.USAGE) from None
    if not isinstance(found, dict) or "collections" not in found:
        typer.echo(f"error: {file} has no 'collections'", err=True)
        raise typer.Exit(ExitStatus.USAGE)
    plain = _plain(found)
    return {"collections": plain["collections"]}


def dump_schema(schema: Json) -> str:
    return yaml.safe_dump(schema, sort_keys=False, allow_unicode=True, width=100)


def portable(schema: Json, *, ids: bool) -> Json:
    """The document without what belongs to the product, and without ids unless asked for."""
    collections = []
    for collection in schema["collections"]:
        own = [f for f in collection["fields"] if not f["id"].startswith(_SYSTEM)]
        if collection.get("system") and not own:
            continue
        shown = {**collection, "fields": own}
        shown.pop("system", None)
        collections.append(shown if ids else _without_ids(shown))
    return {"collections": collections}


def with_others(wanted: Json, stored: Json) -> Json:
    """The wanted document, and the stored collections that it does not mention."""
    named = {each.get("name") for each in wanted["collections"]}
    named |= {each.get("renamed_from") for each in wanted["collections"]}
    ids = {each.get("id") for each in wanted["collections"]}
    others = [c for c in stored["collections"] if c["name"] not in named and c["id"] not in ids]
    return {"collections": [*wanted["collections"], *others]}


def follow_jobs(call: Callable[..., Any], jobs: list[Json], *, quiet: bool) -> list[Json]:
    """Wait until the jobs are over, telling how far they are; the jobs as they ended."""
    ended = []
    for job in jobs:
        while job["status"] in ("pending", "running"):
            if not quiet:
                typer.echo(f"  {job['progress']:>6.1%}  {job['phase']}: {job['summary']}")
            time.sleep(_LOOK_SECONDS)
            job = call("GET", f"/schema/jobs/{job['id']}")
        ended.append(job)
    return ended


def _without_ids(collection: Json) -> Json:
    shown = {key: value for key, value in collection.items() if key != "id"}
    shown["fields"] = [{k: v for k, v in f.items() if k != "id"} for f in collection["fields"]]
    if "indexes" in shown:
        shown["indexes"] = [{"fields": index["fields"]} for index in shown["indexes"]]
    return shown


def _plain(value: Any) -> Any:
    """YAML knows dates; JSON does not."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
