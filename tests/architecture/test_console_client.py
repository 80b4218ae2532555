"""The console's generated client is that of this API."""

import re
from pathlib import Path

from scripts.describe_api import describe_api, digest_of

SCHEMA = Path(__file__).parents[2] / "frontend" / "src" / "client" / "schema.d.ts"


def test_the_generated_client_is_not_stale() -> None:
    with SCHEMA.open() as file:
        head = file.read(500)
    found = re.search(r"sha256:[0-9a-f]{64}", head)

    assert found
    assert found[0] == digest_of(describe_api()), "Run `make client`."
