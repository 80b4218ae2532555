"""What was done, and what clients were told of it.

``ok``: acknowledged, so it must be there for ever. ``fail``: refused, so it must never be there.
``unknown``: no answer, a timeout or a 5xx, so it is there once or not at all, but whole.
"""

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Result = Literal["ok", "fail", "unknown"]


@dataclass(slots=True)
class Op:
    """One operation of a client. ``id`` is also in what it wrote; times are monotonic."""

    kind: str
    id: str
    client: int
    began: float
    ended: float = 0.0
    result: Result = "unknown"
    status: int = 0
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass
class History:
    """All operations, and at once whatever no answer may ever say."""

    ops: list[Op] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def save(self, path: Path) -> None:
        began = self.ops[0].began if self.ops else time.monotonic()
        with path.open("w") as file:
            for op in self.ops:
                moved = {"began": op.began - began, "ended": op.ended - began}
                file.write(json.dumps(asdict(op) | moved) + "\n")

    def of(self, *kinds: str) -> list[Op]:
        return [op for op in self.ops if op.kind in kinds]
