"""The flights: loaded by one command on a new server, and every documented query answers so."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import ROOT, Served, serving, told

RECORDS = {
    "airlines": 16, "airports": 1_462, "planes": 4_043, "weather": 26_115, "flights": 336_776,
}  # fmt: skip
README = ROOT / "examples" / "flights" / "README.md"
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """A documented query: what is asked, in order, and the answers."""

    title: str
    asked: list[list[str]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Demo:
    """What ``backendify demo`` made of a new server, and how long that took."""

    served: Served
    made: dict[str, Any]
    client: httpx.Client


def questions() -> list[Question]:
    """The numbered questions of the README."""
    found = []
    for part in re.split(r"^\*\*(?=\d+\. )", README.read_text(), flags=re.MULTILINE)[1:]:
        question = Question(part.partition("**")[0])
        for kind, text in BLOCK.findall(part):
            if kind == "json":
                question.answers.append(json.loads(text))
            else:
                words = re.split(r"^(?=get |post )", text, flags=re.MULTILINE)
                question.asked.extend(shlex.split(each) for each in words if each)
        found.append(question)
    return found


QUESTIONS = questions()
pytestmark = pytest.mark.xdist_group("flights")  # loaded once


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, postgres_bin: Path | None) -> Iterator[Demo]:
    with serving(tmp_path_factory.mktemp("flights"), postgres_bin) as served:
        made = told(served.run("demo", "--json"))
        headers = {"Authorization": f"Bearer {made['account']['token']}"}
        base = f"{served.url}/api/projects/flights/data/"
        with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
            yield Demo(served, made, client)


def test_one_command_loads_every_record(demo: Demo) -> None:
    assert demo.made["records"] == RECORDS


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10
    assert all(len(each.asked) == len(each.answers) > 0 for each in QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title.split()[0])
def test_a_documented_query_has_the_documented_answer(demo: Demo, question: Question) -> None:
    cursor = ""
    for words, expected in zip(question.asked, question.answers, strict=True):
        answer = _ask(demo.client, [word.replace("$NEXT_CURSOR", cursor) for word in words])
        assert {key: answer[key] for key in expected} == expected
        assert set(answer) - set(expected) <= {"page"}
        cursor = answer.get("page", {}).get("next_cursor") or ""


def test_the_urls_it_prints_answer(demo: Demo) -> None:
    for url in (*demo.made["try"], *demo.made["documentation"]):
        answer = demo.client.get(url)
        assert answer.status_code == 200, url


def test_a_second_time_it_changes_nothing(demo: Demo) -> None:
    account = demo.made["account"]
    before = _newest(demo)

    again = demo.served.run("demo", "--email", account["email"], "--password", account["password"])

    assert again.returncode == 0, again.stderr
    assert "336,776 flights" in again.stdout
    assert _newest(demo) == before


def test_on_a_server_with_an_owner_it_asks_for_credentials(demo: Demo) -> None:
    refused = demo.served.run("demo")

    assert refused.returncode == 1
    assert "error: This server has an owner." in refused.stderr
    assert "hint: Give --email and --password" in refused.stderr


def test_without_a_server_it_says_how_to_start_one(demo: Demo) -> None:
    refused = demo.served.run("demo", "--url", "http://127.0.0.1:9")

    assert refused.returncode == 6
    assert "hint: start a server with: backendify serve" in refused.stderr


def _ask(client: httpx.Client, words: list[str]) -> Any:
    method, path, *body = words
    if method == "get":
        answer = client.get(path)
    else:
        headers = {"content-type": "application/json"}
        answer = client.post(path, content=body[0], headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _newest(demo: Demo) -> list[Any]:
    """The record of each collection that was written last."""
    query = "?sort=-updated_at,-id&limit=1"
    return [demo.client.get(collection + query).json()["data"] for collection in RECORDS]
