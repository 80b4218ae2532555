"""The receivers of the guide to webhooks, run as they stand there on what is really sent."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from app.features.webhooks.signatures import make_secret, signed_headers

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "webhooks.md"
BODY = '{"type":"record.created","data":{"record":{"name":"ä€","total":10.50}}}'
CALL = """
const [body, headers] = JSON.parse(process.argv[1]);
console.log(JSON.stringify(receive(body, headers)));
"""


def snippet(language: str, secret: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(found) == 1
    code: str = found[0]
    return code.replace("whsec_…", secret)


def sent(secret: str, *more: str) -> tuple[str, dict[str, str]]:
    headers = signed_headers("evt_1", int(time.time()), BODY, [secret, *more])
    return BODY, headers


def test_the_receiver_in_python_takes_what_is_ours_alone() -> None:
    secret = make_secret()
    known: dict[str, Any] = {}
    exec(snippet("python", secret), known)  # noqa: S102 - our own guide
    receive: Any = known["receive"]
    body, headers = sent(make_secret(), secret)
    assert receive(body.encode(), headers)["type"] == "record.created"
    with pytest.raises(WebhookVerificationError):
        receive(body.replace("10.50", "1.50").encode(), headers)


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_the_receiver_in_node_takes_what_is_ours_alone() -> None:
    secret = make_secret()
    body, headers = sent(make_secret(), secret)
    assert json.loads(_node(secret, body, headers).stdout)["type"] == "record.created"
    for wrong in (
        (body.replace("10.50", "1.50"), headers),
        (body, headers | {"webhook-timestamp": str(int(time.time()) - 600)}),
        sent(make_secret()),
    ):
        assert _node(secret, *wrong).returncode != 0


def _node(secret: str, body: str, headers: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    script = snippet("js", secret) + CALL
    return subprocess.run(
        ["node", "--input-type=module", "-e", script, json.dumps([body, headers])],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
