"""Locking the records that a transaction is going to write, in the one order everybody locks in."""

from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.args import Args
from app.engine.conditions.bind import Bound
from app.engine.conditions.compile import Scope, compile_condition
from app.engine.query.write_input import CompiledWrite


def compile_locks(collection: Collection, catalog: Catalog, rows: Bound | None) -> CompiledWrite:
    """Lock the records whose ids are the first of the values, of those that meet ``rows``."""
    args = Args()
    key = collection.fields["id"]
    ids = args.add(lambda values, _context: values[0], f"{field_type(key).bind_type(key)}[]")
    allowed = ""
    if rows is not None:
        allowed = f" AND {compile_condition(rows, 't', Scope(catalog, args))}"
    text = (
        f'SELECT 1 FROM {catalog.table(collection)} t WHERE t."id" = ANY({ids}){allowed} '
        'ORDER BY t."id" FOR NO KEY UPDATE OF t'
    )
    return CompiledWrite(text, tuple(args.sources))
