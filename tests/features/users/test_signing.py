"""Signing up and in: what is answered, what is kept, and what must not be told apart."""

import asyncio
from typing import Any

import pytest

from app.core.db import Database
from app.core.ids import project_schema
from tests.conftest import Admin, TestProject
from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, World, new_email
from tests.schemas import apply_schema, field

SHOWN = {
    *("id", "email", "email_verified", "name", "roles", "status"),
    *("created_at", "updated_at", "last_login_at"),
}


async def test_a_user_signs_up_and_in(world: World) -> None:
    user = await world.sign_up(name="Ada")

    assert user.tokens.keys() == {
        *("access_token", "refresh_token", "token_type", "expires_in", "user"),
    }
    assert user.tokens["user"].keys() == SHOWN
    me = (await user.ask("GET", "me")).json()
    assert (me["name"], me["roles"], me["status"], me["email_verified"]) == (
        *("Ada", [], "active", False),
    )
    again = await world.log_in(user.email.upper())
    assert again.id == user.id
    assert again.tokens["user"]["last_login_at"].endswith("+00:00")


async def test_a_sign_up_is_a_record_and_a_change_without_secrets(
    world: World, database: Database
) -> None:
    user = await world.sign_up()

    schema = project_schema(world.project.id)
    row = await database.owner.fetchrow(
        f"SELECT collection, action, actor, before, after::text, schema_version, request_id"
        f" FROM {schema}._changes WHERE record_id = $1",
        user.id,
    )
    assert row is not None
    assert (row["collection"], row["action"], row["actor"], row["before"]) == (
        *("sys_users", "created", f"app_user:{user.id}", None),
    )
    assert (row["schema_version"], bool(row["request_id"])) == (1, True)
    assert user.email in row["after"]
    assert "argon2" not in row["after"]
    kept = await world.admin.client.get(f"{world.project.url}/data/users/{user.id}")
    assert kept.json().keys() >= {"email", "roles"}
    assert "argon2" not in kept.text


async def test_login_changes_no_record_that_anyone_hears_of(
    world: World, database: Database
) -> None:
    user = await world.sign_up()
    await world.log_in(user.email)

    count = f"SELECT count(*) FROM {project_schema(world.project.id)}._changes"
    assert await database.owner.fetchval(f"{count} WHERE record_id = $1", user.id) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"roles": ["admin"]},
        {"role": "admin"},
        {"email_verified": True},
        {"status": "active"},
        {"id": "0192f3a4-0000-7000-8000-000000000000"},
        {"created_at": "2020-01-01T00:00:00Z"},
        {"last_login_at": "2020-01-01T00:00:00Z"},
        {"password_hash": "x"},
        {"_version": 7},
        {"is_owner": True},
    ],
)
async def test_nobody_gives_themselves_what_is_not_theirs_to_give(
    still_world: World, more: dict[str, Any]
) -> None:
    name = next(iter(more))
    body = {"email": new_email(), "password": PASSWORD} | more
    signing_up = await still_world.post("register", body)
    user = await still_world.sign_up()
    changing = await user.ask("PATCH", "me", more)

    for answer in (signing_up, changing):
        assert answer.status_code == 422, answer.text
        assert [e["pointer"] for e in answer.json()["errors"]] == [f"/{name}"]


async def test_profile_fields_are_what_the_setting_says(
    world: World, admin: Admin, project: TestProject
) -> None:
    held = (await admin.client.get(f"{project.url}/collections/users")).json()
    fields = [field("phone", "string", max_length=9), field("notes", "text"), field("n", "int")]
    own = {"name": "users", "fields": [*held["fields"], *fields]}
    await apply_schema(admin, project, own)
    await world.settings(profile_fields=["phone", "roles", "gone"])

    user = await world.sign_up(phone="123")
    assert (await user.ask("GET", "me")).json()["phone"] == "123"
    changed = await user.ask("PATCH", "me", {"phone": "456", "name": "Bob"})
    assert (changed.json()["phone"], changed.json()["name"]) == ("456", "Bob")
    for refused in ({"notes": "x"}, {"roles": ["a"]}, {"phone": "1" * 10}, {"phone": 7}):
        assert (await user.ask("PATCH", "me", refused)).status_code == 422, refused
    assert "notes" not in (await user.ask("GET", "me")).json()


async def test_a_required_field_without_a_default_is_asked_for(
    world: World, admin: Admin, project: TestProject
) -> None:
    held = (await admin.client.get(f"{project.url}/collections/users")).json()
    own = [*held["fields"], field("team", "string", required=True)]
    await apply_schema(admin, project, {"name": "users", "fields": own})
    await world.settings(profile_fields=["team"])

    body = {"email": new_email(), "password": PASSWORD}
    refused = await world.post("register", body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/team")
    assert (await world.sign_up(team="a")).tokens["user"]["team"] == "a"


async def test_a_taken_address_is_told_where_nothing_is_to_be_proved(world: World) -> None:
    user = await world.sign_up()

    answer = await world.post("register", {"email": user.email, "password": OTHER_PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


async def test_of_many_who_take_one_address_at_once_one_gets_it(world: World) -> None:
    body = {"email": new_email(), "password": PASSWORD}

    answers = await asyncio.gather(*(world.post("register", body) for _ in range(6)))

    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409, 409]


async def test_where_addresses_are_proved_first_a_taken_one_looks_like_a_new_one(
    world: World,
) -> None:
    await world.settings(require_verified_email=True)
    email = new_email()
    body = {"email": email, "password": PASSWORD, "name": "Ada"}

    first = await world.post("register", body)
    token = await world.token(email, "verify_email")
    second = await world.post("register", body | {"password": OTHER_PASSWORD})
    await world.mail(email, "email_taken")

    assert first.status_code == second.status_code == 201
    assert first.headers.keys() == second.headers.keys()
    assert first.content == second.content
    assert first.json() == {"verification_required": True}
    early = await world.post("login", {"email": email, "password": PASSWORD})
    assert (early.status_code, early.json()["code"]) == (403, "verification_required")
    assert (await world.post("verify", {"token": token})).json()["email_verified"] is True
    assert await (await world.log_in(email)).is_in()


async def test_unknown_wrong_and_suspended_answer_alike(world: World) -> None:
    known, closed = await world.sign_up(), await world.sign_up()
    assert (await world.change(closed.id, status="suspended")).status_code == 200

    answers = [
        await world.post("login", {"email": email, "password": password})
        for email, password in (
            (known.email, "wrong"),
            (new_email(), "wrong"),
            (closed.email, "wrong"),
            (closed.email, PASSWORD),
        )
    ]

    shown = [{k: v for k, v in a.json().items() if k != "request_id"} for a in answers]
    assert all(each == shown[0] for each in shown)
    assert {a.status_code for a in answers} == {401}


@pytest.mark.parametrize("path", ["password/forgot", "otp", "magic-link", "verify/send"])
async def test_asking_for_a_mail_answers_alike_for_any_address(world: World, path: str) -> None:
    known, closed = await world.sign_up(), await world.sign_up()
    await world.change(closed.id, status="suspended")

    answers = [
        await world.post(path, {"email": email})
        for email in (known.email, closed.email, new_email())
    ]

    assert {a.status_code for a in answers} == {202}
    assert len({a.text for a in answers}) == 1


async def test_signing_up_can_be_closed(world: World) -> None:
    await world.settings(allow_signup=False)

    answer = await world.post("register", {"email": new_email(), "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (403, "auth_registration_closed")


@pytest.mark.parametrize(
    "password", ["password1", "PASSWORD123", "qwertyuiop", "short", "x" * 1025]
)
async def test_a_password_that_everyone_tries_is_refused(world: World, password: str) -> None:
    answer = await world.post("register", {"email": new_email(), "password": password})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/password")


async def test_the_address_itself_is_no_password(world: World) -> None:
    email = f"a{new_email()}"

    for password in (email, email.upper(), email.partition("@")[0]):
        answer = await world.post("register", {"email": email, "password": password})
        assert answer.json()["code"] == "auth_password_refused"


async def test_the_projects_own_length_of_passwords_holds(world: World) -> None:
    await world.settings(password={"min_length": 14})

    short = await world.post("register", {"email": new_email(), "password": "only 13 chars"})

    assert short.json()["code"] == "auth_password_refused"
    assert await (await world.sign_up()).is_in()


async def test_one_password_in_two_normal_forms_is_one(world: World) -> None:
    user = await world.sign_up(password="cafe\u0301 au lait, twice")

    assert (await world.log_in(user.email, "caf\u00e9 au lait, twice")).id == user.id


async def test_long_passwords_are_not_cut(world: World) -> None:
    user = await world.sign_up(password="x" * 72 + "a")

    wrong = await world.post("login", {"email": user.email, "password": "x" * 72 + "b"})
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    "email",
    [
        "a@x.test,b@x.test",
        "a@x.test\r\nBcc: b@x.test",
        ["a@x.test"],
        {"$ne": ""},
        "\u0131@x.test",
        "Stra\u00dfe@x.test",
        "a@x.test.",
        None,
    ],
)
async def test_what_is_no_single_plain_address_is_refused(still_world: World, email: Any) -> None:
    for path in ("register", "password/forgot", "otp"):
        body = {"email": email} | ({"password": PASSWORD} if path == "register" else {})
        assert (await still_world.post(path, body)).status_code == 422, path


async def test_look_alike_domains_are_other_addresses(world: World) -> None:
    plain = await world.sign_up("a@exam.test")

    other = await world.sign_up("a@ex\u00e4m.test")

    assert other.id != plain.id
    assert other.email == "a@xn--exm-rla.test"


async def test_an_anonymous_user_becomes_a_full_one_and_keeps_their_id(world: World) -> None:
    refused = await world.post("anonymous")
    assert (refused.status_code, refused.json()["code"]) == (403, "auth_method_disabled")
    await world.settings(allow_anonymous=True)
    guest = world.user(await world.post("anonymous"))
    assert guest.tokens["user"]["email"] is None
    email = new_email()

    upgraded = world.user(
        await guest.ask("POST", "upgrade", {"email": email, "password": PASSWORD})
    )

    assert (upgraded.id, upgraded.email) == (guest.id, email)
    assert await guest.is_out()
    again = await upgraded.ask("POST", "upgrade", {"email": new_email(), "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, "auth_not_anonymous")
    assert (await world.log_in(email)).id == guest.id


async def test_an_upgrade_to_a_taken_address_does_not_show_where_addresses_are_proved(
    world: World,
) -> None:
    await world.settings(allow_anonymous=True)
    known = await world.sign_up()
    await world.settings(require_verified_email=True)
    free, seen = new_email(), []

    for email in (known.email, free):
        guest = world.user(await world.post("anonymous"))
        answer = await guest.ask("POST", "upgrade", {"email": email, "password": PASSWORD})
        seen.append((answer.status_code, answer.json()["user"]["email"]))

    assert seen == [(200, None), (200, None)]
    token = await world.token(free, "email_change")
    done = await world.post("email/change/confirm", {"token": token})
    assert (done.json()["email"], done.json()["email_verified"]) == (free, True)
    assert (await world.log_in(free)).id == done.json()["id"]
