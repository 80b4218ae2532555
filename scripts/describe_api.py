"""Print the API's OpenAPI document with its digest, for the console's generated client."""

import hashlib
import json
import sys
from typing import Any

from app.api.services import make_services
from app.core.config import Settings
from app.main import create_fastapi
from app.registry import load_features

_UNUSED_SECRET = "a secret that signs nothing: no request is served"  # noqa: S105


def describe_api() -> dict[str, Any]:
    """The document, whatever the environment says."""
    settings = Settings(env="development", jwt_secret=_UNUSED_SECRET, encryption_key=_UNUSED_SECRET)
    return create_fastapi(make_services(settings, load_features())).openapi()


def digest_of(document: dict[str, Any]) -> str:
    """Changes with anything that a client could see."""
    text = json.dumps(document, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def main() -> None:
    document = describe_api()
    json.dump({"digest": digest_of(document), "document": document}, sys.stdout)


if __name__ == "__main__":
    main()
