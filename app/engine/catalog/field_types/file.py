"""``file``: the id of a stored file."""

from app.engine.catalog.field_types.uuid import UuidType


class FileType(UuidType):
    name = "file"


TYPE = FileType()
