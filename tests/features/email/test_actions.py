"""``email.send``: queued with the step's outcome, to real addresses, with values that are data."""

from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from app.api.services import Services
from app.core.action import ActionFailedError
from app.features.email import actions
from app.features.email.jobs import send_due
from app.features.workflows.templates import render
from tests.conftest import Admin, TestProject
from tests.features.workflows.running import context_for, joining, run_action
from tests.waiting import until

[SEND] = actions.ACTIONS


@pytest.fixture
def services(app: Any) -> Services:
    services: Services = app.services
    return services


WAITING = "SELECT count(*) FROM backendify.mails WHERE project_id = $1 AND state = 'queued'"


async def send(services: Services, project: TestProject, **given: Any) -> Any:
    async with joining(await context_for(services, project.id)) as context:
        return await run_action(SEND, context, **given)


async def mailbox(services: Services, admin: Admin, project: TestProject) -> list[dict[str, Any]]:
    while await send_due(services):
        pass

    async def is_sent() -> bool:  # the application sends, too
        return not await services.database.owner.fetchval(WAITING, project.id)

    await until(is_sent)
    answer = await admin.client.get(f"{project.url}/mailbox")
    assert answer.status_code == 200, answer.text
    mails: list[dict[str, Any]] = answer.json()["data"]
    return mails


async def test_each_recipient_gets_a_mail_of_their_own(
    services: Services, admin: Admin, project: TestProject
) -> None:
    output = await send(
        services, project,
        to=["Ada@Example.com", "bob@example.com", "ada@example.com"],
        subject="Thank you", text="Two\nlines",
    )  # fmt: skip

    assert output == {"to": ["ada@example.com", "bob@example.com"]}
    mails = await mailbox(services, admin, project)
    assert {mail["to"] for mail in mails} == {"ada@example.com", "bob@example.com"}
    assert {(mail["subject"], mail["text"]) for mail in mails} == {("Thank you", "Two\nlines")}
    assert 'pre-line">Two\nlines</div>' in mails[0]["html"]


async def test_a_step_that_fails_after_all_queues_nothing(
    services: Services, admin: Admin, project: TestProject
) -> None:
    with suppress(RuntimeError):
        async with joining(await context_for(services, project.id)) as context:
            await run_action(SEND, context, to="ada@example.com", subject="a", text="b")
            raise RuntimeError

    assert await mailbox(services, admin, project) == []


async def test_the_workflows_html_is_html_and_what_is_filled_in_is_text(
    services: Services, admin: Admin, project: TestProject
) -> None:
    name = '<script>alert("1")</script>{{ email }}{% raw %}'
    written = {
        "to": "ada@example.com",
        "subject": "Hello {{record.name}}",
        "text": "Hello {{record.name}}",
        "html": "<p>Hello <b>{{record.name}}</b> {{record.tags}}</p>",
    }
    filled = render(written, {"record": {"name": name, "tags": ["<i>"]}}, html=SEND.html)

    await send(services, project, **filled)

    [mail] = await mailbox(services, admin, project)
    assert mail["subject"] == f"Hello {name}"
    assert mail["text"] == f"Hello {name}"
    escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;{{ email }}{% raw %}"
    assert mail["html"] == f"<p>Hello <b>{escaped}</b> [&quot;&lt;i&gt;&quot;]</p>"


async def test_a_text_alone_is_shown_as_text_in_html(
    services: Services, admin: Admin, project: TestProject
) -> None:
    await send(services, project, to="ada@example.com", subject="a", text="<b>{{ email }}</b>")

    [mail] = await mailbox(services, admin, project)
    assert "&lt;b&gt;{{ email }}&lt;/b&gt;" in mail["html"]


async def test_headers_cannot_be_smuggled_in(
    services: Services, admin: Admin, project: TestProject
) -> None:
    await send(
        services, project, to="ada@example.com", text="a\x00b",
        subject="Hi\r\nBcc: eve@example.com\r\n\r\nmore\x00\u2028",
    )  # fmt: skip

    [mail] = await mailbox(services, admin, project)
    assert mail["subject"] == "Hi Bcc: eve@example.com more"
    assert mail["text"].strip() == "ab"


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@example.com, eve@example.com", "ada@example.com\r\nBcc: eve@example.com",
     "Ada <ada@example.com>", "ada@example.com\x00", "a@b@c.com", "null"],
)  # fmt: skip
async def test_what_is_no_address_fails_the_step(
    services: Services, admin: Admin, project: TestProject, address: str
) -> None:
    with pytest.raises(ActionFailedError) as caught:
        await send(services, project, to=["ada@example.com", address], subject="a", text="b")

    assert (caught.value.code, caught.value.retryable) == ("email_address_invalid", False)
    assert await mailbox(services, admin, project) == []


async def test_long_texts_arrive_whole(
    services: Services, admin: Admin, project: TestProject
) -> None:
    report = "a line of the report\n" * 4_000

    await send(services, project, to="ada@example.com", subject="Report", text=report)

    [mail] = await mailbox(services, admin, project)
    assert mail["text"].strip() == report.strip()


async def test_a_project_sends_so_many_an_hour(
    services: Services, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_AN_HOUR", 3)
    await send(services, project, to=["a@example.com", "b@example.com"], subject="a", text="b")
    given = {"subject": "a", "text": "b"}
    with pytest.raises(ActionFailedError) as caught:
        await send(services, project, to=["c@example.com", "d@example.com"], **given)
    assert (caught.value.code, caught.value.retryable) == ("email_limit_reached", True)

    await send(services, project, to="c@example.com", **given)
    with pytest.raises(ActionFailedError):
        await send(services, project, to="d@example.com", **given)
    await services.database.owner.execute(
        "UPDATE backendify.mails SET created_at = now() - interval '2 hours' WHERE project_id = $1",
        project.id,
    )
    await send(services, project, to="d@example.com", **given)


@pytest.mark.parametrize(
    "given",
    [
        {"to": []},
        {"to": [f"{n}@example.com" for n in range(21)]},
        {"to": None},
        {"subject": ""},
        {"text": "x" * 100_001},
        {"bcc": "eve@example.com"},
        {"headers": {}},
    ],
)
def test_parameters_have_a_shape(given: dict[str, Any]) -> None:
    whole = {"to": f"{uuid4().hex}@example.com", "subject": "a", "text": "b"}
    SEND.params.model_validate(whole)

    with pytest.raises(ValidationError):
        SEND.params.model_validate(whole | given)
