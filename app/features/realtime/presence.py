"""Members of channels as rows: of this process, and of all that are alive.

A process says each few seconds that it is alive; the rows of one that does not are nobody's. The
rows are read, never announced one by one: a notification only says which channel to read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.core.json_text import parse_json
from app.core.pools import Pool

LEASE: Final = timedelta(seconds=10)
Key = tuple[UUID, str]
"""A project and a topic."""

_BEAT = """
INSERT INTO backendify.channel_nodes (node, seen_at) VALUES ($1, now())
ON CONFLICT (node) DO UPDATE SET seen_at = now()
"""
_PUT = """
INSERT INTO backendify.channel_members (ref, project_id, topic, node, shown)
SELECT $1, $2, $3, $4, $5 WHERE $6 > (
  SELECT count(*) FROM backendify.channel_members
  WHERE project_id = $2 AND topic = $3 AND ref <> $1)
ON CONFLICT (ref) DO UPDATE SET shown = excluded.shown
"""
_RESTORE = """
INSERT INTO backendify.channel_members (ref, project_id, topic, node, shown)
SELECT ref, project_id, topic, $1, shown
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS t(ref, project_id, topic, shown)
ON CONFLICT DO NOTHING
"""
_DELETE = "DELETE FROM backendify.channel_members WHERE ref = ANY($1)"
_READ = """
SELECT m.project_id, m.topic, m.ref, m.shown FROM backendify.channel_members m
JOIN backendify.channel_nodes n ON n.node = m.node AND n.seen_at > now() - $3::interval
JOIN unnest($1::uuid[], $2::text[]) AS asked(project_id, topic)
  ON asked.project_id = m.project_id AND asked.topic = m.topic
ORDER BY m.ref
"""
_SWEEP = (
    "DELETE FROM backendify.channel_nodes WHERE seen_at < now() - $1::interval",
    "DELETE FROM backendify.channel_members m WHERE NOT EXISTS "
    "(SELECT FROM backendify.channel_nodes n WHERE n.node = m.node)",
)
_LEAVE = (
    "DELETE FROM backendify.channel_members WHERE node = $1",
    "DELETE FROM backendify.channel_nodes WHERE node = $1",
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody present; ``shown`` is what others are told of them, as JSON text."""

    ref: UUID
    key: Key
    shown: str

    @property
    def told(self) -> dict[str, Any]:
        """As listeners are told."""
        document: dict[str, Any] = parse_json(self.shown)
        return {"ref": str(self.ref)} | document


Present = Mapping[UUID, Member]


async def beat(pool: Pool, node: UUID) -> None:
    """Say that the process is alive."""
    await pool.execute(_BEAT, node)


async def put_member(pool: Pool, node: UUID, member: Member, most: int) -> bool:
    """Let somebody be present, or change what is told of them; False where too many are."""
    project_id, topic = member.key
    done = await pool.execute(_PUT, member.ref, project_id, topic, node, member.shown, most)
    return bool(done != "INSERT 0 0")


async def restore_members(pool: Pool, node: UUID, members: Sequence[Member]) -> None:
    """Write those again that were swept while the process was thought dead."""
    await pool.execute(
        _RESTORE,
        node,
        [each.ref for each in members],
        [each.key[0] for each in members],
        [each.key[1] for each in members],
        [each.shown for each in members],
    )


async def delete_members(pool: Pool, refs: Sequence[UUID]) -> None:
    await pool.execute(_DELETE, list(refs))


async def read_present(pool: Pool, keys: Iterable[Key]) -> dict[Key, dict[UUID, Member]]:
    """Who is present in each of the channels, on any process that is alive."""
    asked = list(keys)
    found: dict[Key, dict[UUID, Member]] = {key: {} for key in asked}
    projects, topics = [key[0] for key in asked], [key[1] for key in asked]
    for row in await pool.fetch(_READ, projects, topics, LEASE):
        key = (row[0], row[1])
        found[key][row[2]] = Member(row[2], key, row[3])
    return found


async def sweep_members(pool: Pool) -> None:
    """Forget processes that died, and their members."""
    await pool.execute(_SWEEP[0], LEASE * 2)
    await pool.execute(_SWEEP[1])


async def leave_node(pool: Pool, node: UUID) -> None:
    """The process ends: so does the presence of all that are on it."""
    for text in _LEAVE:
        await pool.execute(text, node)
