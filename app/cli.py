"""The ``backendify`` command: the server's own commands, and those of the features.

Nothing slow is imported before a command needs it, so that ``--help`` answers at once.
"""

import gc
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from app.core.errors import BackendifyError
from app.registry import FEATURES

app = typer.Typer(
    name="backendify",
    help="A backend of real Postgres tables, made from a schema.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default=False)]
DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.", show_default=False)]


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    workers: Annotated[int, typer.Option(min=1, help="How many serving processes.")] = 1,
    reload: Annotated[bool, typer.Option(help="Start again when the code changes.")] = False,
) -> None:
    """Serve the API, its documentation and the console on one port."""
    _set_environment(HOST=host, PORT=port, DATA_DIR=data_dir)
    gc.disable()  # until the application is imported, see app.server
    from app.core.config import load_settings
    from app.server import serve as run

    settings = load_settings()
    typer.echo(f"Backendify: {settings.base_url}  (API documentation: {settings.base_url}/docs)")
    raise typer.Exit(run(settings, workers=workers, reload=reload))


@app.command()
def worker(data_dir: DataDir = None) -> None:
    """Do the background work alone; let the server leave it with BACKENDIFY_BACKGROUND=off."""
    _set_environment(DATA_DIR=data_dir)
    import asyncio

    from app.core.config import load_settings
    from app.core.logging import configure_logging
    from app.worker import work

    settings = load_settings()
    configure_logging(settings)
    asyncio.run(work(settings))


@app.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring roles and the control schema up to date, as every start does."""
    _set_environment(DATA_DIR=data_dir)
    import asyncio

    from app.core.config import load_settings
    from app.core.installation import running_installation
    from app.core.migrations import newest_version

    async def run() -> None:
        async with running_installation(load_settings()) as installation:
            for finding in installation.findings:
                typer.echo(f"warning: {finding}", err=True)
            typer.echo(f"The control schema is at revision {newest_version()}.")

    asyncio.run(run())


@app.command()
def doctor(
    data_dir: DataDir = None,
    json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Tell what is found, missing or weak. Exit status 1 when something is missing."""
    _set_environment(DATA_DIR=data_dir)
    import asyncio

    from app.doctor import as_json, as_text, examine, is_well

    findings = asyncio.run(examine())
    typer.echo(as_json(findings) if json else as_text(findings))
    raise typer.Exit(0 if is_well(findings) else 1)


def main() -> None:
    """Run the command line; an error of ours is a sentence and exit status 1, not a traceback."""
    _mount_features()
    try:
        app(prog_name="backendify")
    except BackendifyError as error:
        typer.echo(f"error: {error.detail}", err=True)
        if error.hint:
            typer.echo(f"hint: {error.hint}", err=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _mount_features() -> None:
    """Add each feature's ``commands.py``, without importing the rest of the feature."""
    for feature in FEATURES:
        if find_spec(f"app.features.{feature}.commands"):
            app.add_typer(import_module(f"app.features.{feature}.commands").commands)


def _set_environment(**given: object) -> None:
    """Hand options over as settings, so that every process that is started reads the same."""
    for name, value in given.items():
        if value is not None:
            os.environ[f"BACKENDIFY_{name}"] = str(value)


if __name__ == "__main__":
    main()
