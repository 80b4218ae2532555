"""Who runs Postgres: it refuses to run as root, so root hands it to someone else."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from app.core.postgres.errors import PostgresStartError

NOBODY = 65534


def make_cluster_directory(path: Path) -> None:
    """Make ``path`` for a cluster (0700); its owner is the account that will run Postgres."""
    path.mkdir(mode=0o700)
    if os.geteuid() == 0 and not _namespaces_work():
        os.chown(path, NOBODY, NOBODY)


def make_private(path: Path, *, like: Path) -> None:
    """Give ``path`` to the owner of ``like``, closed to everyone else."""
    path.chmod(0o700)
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def command_prefix(cluster: Path) -> tuple[str, ...]:
    """What stands before a Postgres command that works on ``cluster``.

    As root with a cluster of root's, a user namespace: inside it the server is nobody, outside it
    reads what root's directories hold, so that no parent directory must be opened. Otherwise root
    becomes the cluster's owner, keeping the right to pass through closed parent directories.
    """
    if os.geteuid() != 0:
        return ()
    owner = cluster.stat()
    if owner.st_uid == 0:
        return _NAMESPACE
    if shutil.which("setpriv") is None:
        raise PostgresStartError(
            "Postgres does not run as root, and setpriv is not there to become another user.",
            hint="Run as an ordinary user, or set DATABASE_URL.",
        )
    identity = (f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups")
    return ("setpriv", *identity, f"--inh-caps={_KEPT}", f"--ambient-caps={_KEPT}", "--")


_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
_KEPT = "-all,+dac_override"


@cache
def _namespaces_work() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed arguments
