"""What schema requests hold. Schema documents themselves are read by the engine, strictly."""

from typing import Annotated, Any

from pydantic import Field

from app.api.schemas import RequestBody

Document = Annotated[dict[str, Any], Field(description="`{collections: […]}`")]
Hash = Annotated[str, Field(max_length=100)]
Fills = Annotated[
    dict[str, Any],
    Field(
        max_length=100,
        description="Values for rows that have none, by `collection.field`; null clears references "
        "that lead to nothing.",
    ),
]


class SchemaPlanRequest(RequestBody):
    """``base`` is the hash of the schema that the document was made from."""

    schema_: Annotated[Document, Field(alias="schema")]
    base: Hash | None = None
    fill: Fills = Field(default_factory=dict)


class SchemaApplyRequest(RequestBody):
    """Either a ``schema``, or the stored draft (``draft: true``)."""

    schema_: Annotated[Document | None, Field(alias="schema")] = None
    base: Hash | None = None
    plan_hash: Hash | None = None
    confirm: Hash | None = None
    draft: bool = False
    fill: Fills = Field(default_factory=dict)


class SchemaDraftRequest(RequestBody):
    schema_: Annotated[Document, Field(alias="schema")]
    base: Hash | None = None


class SchemaRollbackRequest(RequestBody):
    """``version`` is the applied version whose schema becomes the current one again."""

    version: Annotated[int, Field(strict=True, ge=1, le=2**62)]
    confirm: Hash | None = None
    fill: Fills = Field(default_factory=dict)


class SchemaAdoptRequest(RequestBody):
    """``table`` stands in the project's Postgres schema and is not a collection yet."""

    table: Annotated[str, Field(max_length=63)]
    name: Annotated[str | None, Field(max_length=48)] = None
    confirm: Hash | None = None
