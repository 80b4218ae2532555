"""The statements by which the log forgets: old changes, and the images of changes.

Positions are forgotten from the first on. The last of them stays as a **milestone**, a row that
tells only its place and time: a read of a past time behind it stands on it.
"""

from app.core.sql import qualified

MILESTONE = ""
"""Stands where the collection does: no collection has such an id."""


def forget_changes(schema: str) -> str:
    """Delete the first changes as far as one of them was written up to ``$1``, and none behind
    ``$2``; looks at ``$3`` of them, answers how many are gone."""
    changes = qualified(schema, "_changes")
    return (
        f"WITH low AS MATERIALIZED (SELECT n, seq, at FROM {changes} WHERE seq IS NOT NULL "
        "ORDER BY seq LIMIT $3), "
        "edge AS (SELECT max(seq) AS seq FROM low WHERE at <= $1::timestamptz AND seq <= $2), "
        f"gone AS (DELETE FROM {changes} c USING low, edge "
        "WHERE c.n = low.n AND low.seq < edge.seq RETURNING c.n) SELECT count(*) FROM gone"
    )


def leave_milestone(schema: str) -> str:
    """Let the first change tell nothing but its place, where it was written up to ``$1`` and
    stands no further than ``$2``."""
    changes = qualified(schema, "_changes")
    return (
        f"UPDATE {changes} SET collection = '{MILESTONE}', record_id = '', action = 'forgotten', "
        "request_id = NULL, actor = NULL, before = NULL, after = NULL "
        f"WHERE n = (SELECT n FROM {changes} WHERE seq IS NOT NULL ORDER BY seq LIMIT 1) "
        f"AND at <= $1::timestamptz AND seq <= $2 AND collection <> '{MILESTONE}'"
    )


def strip_images(schema: str) -> str:
    """Remove the images of changes of collections ``$1`` that were written up to ``$2``, behind
    position ``$3`` and up to ``$4``; looks at ``$5`` changes.

    Answers how many it looked at, and how far it came (null: nowhere).
    """
    changes = qualified(schema, "_changes")
    return (
        f"WITH low AS MATERIALIZED (SELECT n, seq, at FROM {changes} "
        "WHERE seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5), "
        "edge AS (SELECT max(seq) AS seq FROM low WHERE at <= $2::timestamptz), "
        f"bare AS (UPDATE {changes} c SET before = NULL, after = NULL FROM low, edge "
        "WHERE c.n = low.n AND low.seq <= edge.seq AND c.collection = ANY($1::text[]) "
        "AND (c.before IS NOT NULL OR c.after IS NOT NULL)) "
        "SELECT (SELECT count(*) FROM low), (SELECT seq FROM edge)"
    )


def read_reach(schema: str) -> str:
    """The first position behind ``$1`` that the log still has, and its last one."""
    first = f"({_behind(schema, 'seq')} ORDER BY seq LIMIT 1)"
    return f"SELECT {first} AS first, last FROM {qualified(schema, '_relay')}"


def is_bare_behind(schema: str) -> str:
    """Whether a change behind ``$1`` has lost its images."""
    return f"SELECT EXISTS ({_behind(schema, '')} AND before IS NULL AND after IS NULL)"


def _behind(schema: str, columns: str) -> str:
    changes = qualified(schema, "_changes")
    return f"SELECT {columns} FROM {changes} WHERE seq > $1 AND collection <> '{MILESTONE}'"
