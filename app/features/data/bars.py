"""Progress bars of the commands: on standard error, and only where somebody looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

Told = Callable[[str, int, int | None], None]
"""Hears what is being moved, the bytes moved, the bytes to move (None: unknown)."""


@contextmanager
def bars(*, shown: bool) -> Iterator[Told]:
    """One bar for each thing that is told of. One that is sent whole pulses until the next is
    told of: the server is working on it."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as drawn:
        yield _Bars(drawn).tell


class _Bars:
    """The tasks of a progress display by name; the one before is over when the next begins."""

    def __init__(self, drawn: Progress) -> None:
        self._drawn = drawn
        self._name: str | None = None
        self._total = 0

    def tell(self, name: str, done: int, total: int | None) -> None:
        if name != self._name:
            self._end()
            self._name = name
            self._task = self._drawn.add_task(name, total=total)
        self._total = done
        is_whole = total is not None and done >= total
        self._drawn.update(self._task, completed=done, total=None if is_whole else total)

    def _end(self) -> None:
        if self._name is not None:
            self._drawn.update(self._task, total=self._total, completed=self._total)
