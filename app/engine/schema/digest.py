"""The digest of a schema."""

import hashlib
import json

from app.core.json_text import dump_json
from app.engine.catalog.model import Catalog
from app.engine.catalog.snapshot import catalog_to_snapshot


def catalog_hash(catalog: Catalog) -> str:
    """A digest of the schema itself: equal for equal schemas, whatever their version."""
    snapshot = catalog_to_snapshot(catalog)
    snapshot["collections"] = sorted(snapshot["collections"], key=lambda c: str(c["id"]))
    text = json.dumps(json.loads(dump_json(snapshot)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
