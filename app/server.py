"""``backendify serve``: one port, one or more processes, an orderly start and end."""

import errno
import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Thread
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import ChangeReload, Multiprocess

from app.core.config import ConfigurationError, Settings, load_settings
from app.core.logging import configure_logging
from app.core.postgres.server import running_server

_KEEP_ALIVE_SECONDS = 75  # longer than load balancers', so that it is they who close idle ones
_BACKLOG = 2048


class PortBusyError(ConfigurationError):
    """Another program listens there."""

    code, title = "port_busy", "Port busy"


def serve(settings: Settings, *, workers: int = 1, reload: bool = False) -> int:
    """Serve until told to stop; the exit status.

    The socket is bound first, so that a busy port is told before anything is started. The
    embedded Postgres is held here, above the workers, so that it outlives each of them.
    """
    with _bound(settings.host, settings.port) as listening:
        configure_logging(settings)
        signal.signal(signal.SIGTERM, _leave)
        if workers == 1:
            # Half of a start is importing: let it go on while Postgres starts.
            Thread(target=import_module, args=("app.main",), daemon=True).start()
        with _embedded_postgres(settings):
            return _run(_uvicorn_config(settings, workers=workers, reload=reload), listening)


def create_served_app() -> ASGIApp:
    """The application in a serving process: with the environment's settings and our logs."""
    gc.disable()  # what an import makes stays: looking through it again and again is lost time
    from app.main import create_app

    settings = load_settings()
    configure_logging(settings)
    application = create_app(settings)
    gc.freeze()
    gc.enable()
    return application


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.set_inheritable(True)
        try:
            listening.bind((host, port))
            listening.listen(_BACKLOG)
        except OSError as error:
            raise _cannot_listen(host, port, error) from None
        yield listening


def _cannot_listen(host: str, port: int, error: OSError) -> ConfigurationError:
    hint = "Choose another: BACKENDIFY_PORT=8001, or --port 8001."
    if error.errno == errno.EADDRINUSE:
        return PortBusyError(f"Port {port} on {host} is in use by another program.", hint=hint)
    return ConfigurationError(f"Cannot listen on {host}:{port}: {error.strerror}.", hint=hint)


@contextmanager
def _embedded_postgres(settings: Settings) -> Iterator[None]:
    if settings.database_url is not None:
        yield
        return
    with running_server(settings.data_dir, chosen=settings.postgres_bin, watched=True):
        yield


def _uvicorn_config(settings: Settings, *, workers: int, reload: bool) -> uvicorn.Config:
    return uvicorn.Config(
        "app.server:create_served_app",
        factory=True,
        workers=workers,
        reload=reload,
        reload_dirs=["app"] if reload else None,
        loop="uvloop",
        http="app.api.http_protocol:JoiningHttp",
        ws="app.api.sockets:BatchingSockets",
        ws_max_size=settings.realtime_message_bytes,
        ws_per_message_deflate=False,  # its contexts would cost each socket more than all else
        log_config=None,
        access_log=False,
        server_header=False,
        **proxy_options(settings),
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        timeout_worker_healthcheck=30,
    )


def proxy_options(settings: Settings) -> dict[str, Any]:
    """Whose X-Forwarded-For and X-Forwarded-Proto are believed: nobody's, unless settings say so.

    Of several addresses the last counts that is not a trusted proxy's: what stands before it is
    hearsay of the client.
    """
    return {
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
    }


def _run(config: uvicorn.Config, listening: socket.socket) -> int:
    if config.should_reload:
        server = uvicorn.Server(config)
        ChangeReload(config, target=server.run, sockets=[listening]).run()
        return 0
    if config.workers > 1:
        supervisor = Multiprocess(config, sockets=[listening])
        supervisor.run()
        failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
        return STARTUP_FAILURE if failed else 0
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    return 0 if server.started else STARTUP_FAILURE


def _leave(_signal: int, _frame: Any) -> None:
    # uvicorn, once it has ended in order, sends itself the signal again: by then we only leave.
    raise SystemExit(0)
