"""Kill everything at random, then look whether anything was lost, doubled or stuck.

    python -m benchmarks.chaos [--seconds 600] [--seed N] [--keep DIRECTORY]

Exit status 1 with a violation. The history and the processes' logs are kept, the
database where something is wrong.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.chaos.run import Plan, run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--pace", type=float, nargs=2, default=(3.0, 15.0), help="between strikes")
    parser.add_argument("--pause", type=float, default=0.4, help="of a client, on average")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=given.keep))
    print(f"seed {given.seed}, in {folder}", flush=True)
    plan = Plan(given.seconds, given.seed, tuple(given.pace), given.pause)
    outcome = asyncio.run(run(folder / "data", plan))
    outcome.history.save(folder / "history.jsonl")
    print(outcome.text())
    print(f"history and logs are in {folder}")
    if outcome.violations:
        sys.exit(1)
    shutil.rmtree(folder / "data")


if __name__ == "__main__":
    main()
