"""Which of some rows' images a caller may see: the images of the change log, under a grant.

Images come as one JSON document of objects by today's columns; the statement answers, for each,
whether it is shown and which of its fields are not.
"""

from dataclasses import dataclass

from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.args import Args, Source
from app.engine.conditions.bind import Bound
from app.engine.conditions.compile import Scope, compile_condition
from app.engine.policy.model import Grant


@dataclass(frozen=True, slots=True)
class CompiledImages:
    """A text that answers ``(position, shown, hidden field ids)`` rows, the first position 1."""

    text: str
    sources: tuple[Source, ...]


def compile_seen(collection: Collection, catalog: Catalog, rows: Bound) -> CompiledImages:
    """Which of some records meet ``rows``: of the ids in the request's first value, those ids."""
    args = Args()
    key = collection.fields["id"]
    cast = f"{field_type(key).bind_type(key)}[]"
    ids = args.add(lambda values, _context: values[0], cast)
    shown = compile_condition(rows, "i", Scope(catalog, args))
    text = (
        f'SELECT i."id" FROM {catalog.table(collection)} i WHERE i."id" = ANY({ids}) AND ({shown})'
    )
    return CompiledImages(text, tuple(args.sources))


def compile_images(collection: Collection, catalog: Catalog, grant: Grant) -> CompiledImages:
    """The document is the first of the request's values."""
    args = Args()
    scope = Scope(catalog, args)
    document = args.add(lambda values, _context: values[0], "json")
    fields = collection.stored_fields
    shape = ", ".join(f"{quote_ident(f.column)} {field_type(f).bind_type(f)}" for f in fields)
    names = ", ".join(quote_ident(field.column) for field in fields)
    shown = "true"
    if grant.rows is not None:
        shown = f"({compile_condition(grant.rows, 'i', scope)}) IS TRUE"
    hidden = [
        f"CASE WHEN {compile_condition(mask, 'i', scope)} THEN NULL "
        f"ELSE {args.const(field_id, 'text')} END"
        for field_id, mask in grant.masks.items()
    ]
    text = (
        f'SELECT i."_ord", {shown} AS shown, ARRAY[{", ".join(hidden)}]::text[] AS hidden '
        f"FROM ROWS FROM (json_to_recordset({document}) AS ({shape})) "
        f'WITH ORDINALITY AS i({names}, "_ord") ORDER BY i."_ord"'
    )
    return CompiledImages(text, tuple(args.sources))
