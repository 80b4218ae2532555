"""What every change is."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from app.engine.catalog.model import Catalog

Risk = Literal["safe", "locking", "lossy", "destructive"]
RISKS: tuple[Risk, ...] = ("safe", "locking", "lossy", "destructive")

ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
SHARE = "SHARE"
SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
NO_LOCK = "none"


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, the lock it takes on ``table`` (and on ``target``), and whether it reads or
    writes every row.
    """

    sql: str
    table: str
    lock: str = ACCESS_EXCLUSIVE
    rewrites: bool = False
    scans: bool = False
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change. Everything it is asked is answered from the catalog as it stands before it."""

    kind: ClassVar[str]
    collection_id: str

    def subject(self) -> str | None:
        """The id of the field it is about."""
        return None

    def risk(self) -> Risk:
        """What it may cost where the table has rows."""
        return "safe"

    def runs_online(self) -> bool:
        """Whether, on a large table, it is a job rather than a part of one transaction."""
        return False

    def applied(self, catalog: Catalog) -> Catalog:
        """The catalog after the change."""
        raise NotImplementedError

    def reversed(self) -> "Change":
        raise NotImplementedError

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:
        """The statements; on a ``large`` table, the ones that never hold a long lock."""
        raise NotImplementedError

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        """The existing tables whose meaning changes: locked before anything is done."""
        raise NotImplementedError

    def describe(self, catalog: Catalog) -> str:
        """One sentence for people."""
        raise NotImplementedError
