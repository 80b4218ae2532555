"""``python -m tests.sdk.issuer``: an OpenID provider on loopback, for tests that are processes.

It says its address on a line, and ends when its input does.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.features.users.oauth.issuer import serving_issuer
from tests.serving import ROOT


@contextmanager
def issuing() -> Iterator[str]:
    """The address of a provider that agrees to everything."""
    command = [sys.executable, "-m", __name__]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


async def _serve() -> None:
    async with serving_issuer() as issuer:
        print(issuer.url, flush=True)  # noqa: T201 - what whoever started it reads
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
