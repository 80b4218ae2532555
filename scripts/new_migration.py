"""Begin a migration of the control schema: ``make new-migration name=gift_cards``.

It gets the next number; ``upgrade`` and ``downgrade`` are yours to write behind what stands there.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

HEADER = '''"""{title}.

Revision ID: {number:04}
Revises: {before:04}
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "{number:04}"
down_revision: str | None = "{before:04}"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"
'''


def main(name: str) -> None:
    if not re.fullmatch(r"[a-z](_?[a-z0-9]){1,40}", name):
        raise SystemExit("Usage: make new-migration name=<lower_case_name>")
    versions = ROOT / "alembic" / "versions"
    before = max(int(each.name[:4]) for each in versions.glob("[0-9]*_*.py"))
    target = versions / f"{before + 1:04}_{name}.py"
    title = name.replace("_", " ").capitalize()
    text = HEADER.format(title=title, number=before + 1, before=before)
    target.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {target.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
