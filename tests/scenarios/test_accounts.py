"""Accounts are not told apart by strangers, mails go where they are due, rights are not raised."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.users.app_users import PASSWORD, World, new_email
from tests.people import PASSWORD as ADMIN_PASSWORD
from tests.people import Person, invited
from tests.scenarios.answers import assert_alike

EVIL: Mapping[str, str] = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Server": "evil.example",
    "X-Original-Host": "evil.example",
    "X-Host": "evil.example",
    "Forwarded": "for=1.2.3.4;host=evil.example;proto=https",
    "Origin": "https://evil.example",
    "Referer": "https://evil.example/x",
}


@pytest.fixture
def world(admin: Admin, project: TestProject, client: httpx.AsyncClient) -> World:
    return World(admin, project, client)


async def _addresses(world: World) -> dict[str, str]:
    """An address of every kind that an account may be of."""
    known, proved, closed, gone = [await world.sign_up() for _ in range(4)]
    await world.change(proved.id, email_verified=True)
    await world.change(closed.id, status="suspended")
    await world.admin.client.delete(f"{world.users}/{gone.id}")
    bare = {"email": new_email()}
    invited_one = {"email": new_email(), "invite": True}
    for body in (bare, invited_one):
        made = await world.admin.client.post(world.users, json=body)
        assert made.status_code == 201, made.text
    return {
        "unknown": new_email(),
        "unverified": known.email,
        "verified": proved.email,
        "suspended": closed.email,
        "deleted": gone.email,
        "without a password": bare["email"],
        "invited": str(invited_one["email"]),
        "an admin's": world.admin.email,
    }


ASKING = ("password/forgot", "otp", "magic-link", "verify/send")


@pytest.mark.parametrize("demanding", [False, True])
async def test_no_route_without_credentials_tells_accounts_apart(
    world: World, demanding: bool
) -> None:
    addresses = await _addresses(world)
    await world.settings(require_verified_email=demanding)
    tries: list[tuple[str, dict[str, Any]]] = [(path, {}) for path in ASKING]
    tries += [
        ("login", {"password": "no staple of anybody"}),
        ("otp/verify", {"code": "000000"}),
        ("passkeys/login/options", {}),
    ]
    for path, more in tries:
        answers = [await world.post(path, {"email": each, **more}) for each in addresses.values()]
        if path != "passkeys/login/options":
            assert_alike(answers, *addresses.values())
        assert len({answer.status_code for answer in answers}) == 1, path


async def test_signing_up_tells_no_accounts_apart_where_addresses_are_proved(world: World) -> None:
    addresses = await _addresses(world)
    await world.settings(require_verified_email=True)
    answers = []
    for email in addresses.values():
        answers.append(await world.post("register", {"email": email, "password": PASSWORD}))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.content for answer in answers} == {answers[0].content}


async def test_a_password_that_is_right_opens_nothing_that_is_closed(world: World) -> None:
    """Suspended, deleted, invited: the right password is answered as a wrong one."""
    addresses = await _addresses(world)
    refused = [
        await world.post("login", {"email": addresses[name], "password": PASSWORD})
        for name in ("unknown", "suspended", "deleted", "without a password", "invited")
    ]
    assert_alike(refused, *addresses.values())
    assert refused[0].status_code == 401


async def test_the_console_tells_no_accounts_apart(
    app: Any, admin: Admin, project: TestProject, client: httpx.AsyncClient
) -> None:
    person = await invited(app, admin.client, project.url, "viewer")
    pending, unknown = new_email(), new_email()
    offer = {"email": pending, "role": "viewer"}
    await admin.client.post(f"{project.url}/invitations", json=offer)
    emails = (person.email, pending, unknown)
    for path, more in (("login", {"password": "no staple of anybody"}), ("password/forgot", {})):
        answers = [
            await client.post(f"/api/auth/{path}", json={"email": each, **more}) for each in emails
        ]
        assert_alike(answers, *emails)
    body = {"password": ADMIN_PASSWORD, "invitation": "x" * 43}
    answers = [await client.post("/api/auth/register", json={"email": e, **body}) for e in emails]
    assert_alike(answers, *emails)


async def test_no_header_and_no_url_reaches_a_mail(world: World) -> None:
    """Forgot, verify, magic link, change, invitations: only the configured base leads back."""
    user = await world.sign_up()
    new, guest = new_email(), new_email()
    absolute = f"http://evil.example{world.auth}/magic-link"
    ask, mine = world.anyone.post, {**EVIL, **user.headers}
    change = {"email": new, "current_password": PASSWORD, "redirect_to": "https://evil.example/"}
    target = {"redirect_to": "https://evil.example/"}
    sent = [
        await ask(f"{world.auth}/password/forgot", json={"email": user.email, **target},
                  headers=EVIL),
        await ask(f"{world.auth}/verify/send", json={"email": user.email}, headers=EVIL),
        await ask(absolute, json={"email": user.email}, headers=EVIL),
        await ask(f"{world.auth}/email/change", json=change, headers=mine),
        await world.admin.client.post(
            world.users, json={"email": guest, "invite": True, **target}, headers=EVIL
        ),
        await world.admin.client.post(f"{world.users}/{user.id}/password-reset", headers=EVIL),
        await ask(f"{world.auth}/register", headers=EVIL,
                  json={"email": (fresh := new_email()), "password": PASSWORD, **target}),
    ]  # fmt: skip
    assert all(answer.is_success for answer in sent), [answer.text for answer in sent]
    kinds = ("reset_password", "verify_email", "verify_email", "magic_link", "reset_password")
    mails = [await world.mail(user.email, kind) for kind in kinds]
    mails.append(await world.mail(new, "email_change"))
    mails.append(await world.mail(guest, "invitation"))
    mails.append(await world.mail(fresh, "verify_email"))
    for mail in mails:
        assert "evil" not in str(mail), mail["kind"]
        assert "http://127.0.0.1:8000/" in mail["text"], mail["kind"]
        assert mail["to"].count("@") == 1


ODD_ADDRESSES: tuple[Any, ...] = (
    "a@x.test,b@x.test", "a@x.test;b@x.test", "a@x.test b@x.test", "a@x.test\r\nBcc: b@x.test",
    "a@x.test\nTo: b@x.test", "a@x.test%0aBcc:b@x.test\x00", '"a@x.test"@b.test', "<a@x.test>",
    "Ann <a@x.test>", "a@x.test.", "a@x..test", ".a@x.test", "a@[127.0.0.1]", "a@localhost",
    "stra\u00dfe@x.test", "\u0131@x.test", "a\u200b@x.test", "a@x.test\u202e", ["a@x.test"],
    {"$ne": None}, {"email": "a@x.test"}, 1, True, None, "", "@",
    "a@" + "x" * 300 + ".test",
)  # fmt: skip


async def test_no_odd_address_is_taken_anywhere(world: World) -> None:
    user = await world.sign_up()
    for email in ODD_ADDRESSES:
        body = {"email": email}
        answers = [await world.post(path, body) for path in ASKING]
        answers += [
            await world.post("register", body | {"password": PASSWORD}),
            await world.post("login", body | {"password": PASSWORD}),
            await world.post("otp/verify", body | {"code": "123456"}),
            await user.ask("POST", "email/change", body | {"current_password": PASSWORD}),
            await world.admin.client.post(world.users, json=body),
            await world.admin.client.patch(f"{world.users}/{user.id}", json=body),
            await world.admin.client.post(
                f"{world.project.url}/invitations", json=body | {"role": "viewer"}
            ),
            await world.anyone.post("/api/auth/password/forgot", json=body),
            await world.anyone.post("/api/auth/login", json=body | {"password": PASSWORD}),
        ]
        refused = 400 if "\0" in str(email) else 422
        odd = [a for a in answers if a.status_code != refused and not _is_no_change(a, email)]
        assert odd == [], (email, [(str(a.request.url), a.status_code) for a in odd])


def _is_no_change(answer: httpx.Response, email: Any) -> bool:
    """A member's change to null says that the address stays."""
    return email is None and answer.request.method == "PATCH"


async def test_spellings_of_one_mailbox_are_one_account_and_mail_goes_where_it_is_stored(
    world: World,
) -> None:
    local = f"jorg.{uuid4().hex[:8]}"
    stored = (await world.sign_up(f"{local}@ex\u00e4m.test")).email
    twins = [f"{local.upper()}@EX\u00c4M.TEST", f"{local.title()}@exa\u0308m.test",
             f"{local}@xn--exm-rla.test", f" {local}@ex\u00e4m.test"]  # fmt: skip
    for twin in twins:
        again = await world.post("register", {"email": twin, "password": PASSWORD})
        if again.status_code == 422:
            continue
        assert (again.status_code, again.json()["code"]) == (409, "email_taken")
        await world.post("password/forgot", {"email": twin})
        assert (await world.mail(stored, "reset_password"))["to"] == stored
        assert (await world.log_in(twin)).email == stored
    others = [f"{local}@exam.test", f"{local}+tag@ex\u00e4m.test", f"{local}@ex\u00e4m.test.co"]
    for other in others:
        await world.post("password/forgot", {"email": other})
        login = await world.post("login", {"email": other, "password": PASSWORD})
        assert login.status_code == 401, "an accent or a tag makes another address"
        assert await world.mails(other) == []
    await asyncio.sleep(0.3)
    assert {mail["to"] for mail in await world.mails(stored)} == {stored}


PASSWORDS = (
    ("x" * 71 + "a" + "b", "x" * 71 + "a" + "c"),
    ("x" * 72 + "tail one", "x" * 72),
    ("p\u00e4ssw\u00f6rter zwei", "passworter zwei"),
    ("a long one \U0001f600", "a long one \U0001f601"),
    ("Case Matters Here", "case matters here"),
    (" spaces at the ends ", "spaces at the ends"),
)


@pytest.mark.parametrize(("right", "wrong"), PASSWORDS)
async def test_no_other_password_passes_for_the_right_one(
    world: World, right: str, wrong: str
) -> None:
    user = await world.sign_up(password=right)

    assert (await world.post("login", {"email": user.email, "password": wrong})).is_error
    assert await (await world.log_in(user.email, right)).is_in()


async def test_passwords_that_cannot_be_are_refused_alike_everywhere(world: World) -> None:
    user = await world.sign_up()
    for password in ("x" * 1_000_000, "a\x00 long enough one", ["x" * 12], {"x": 1}, 12345678901):
        body = {"email": new_email(), "password": password}
        answers = [
            await world.post("register", body),
            await world.post("password/reset", {"token": "t", "password": password}),
            await world.post("invitations/accept", {"token": "t", "password": password}),
            await user.ask("POST", "password/change",
                           {"current_password": PASSWORD, "new_password": password}),
            await world.admin.client.post(world.users, json=body),
            await world.anyone.post("/api/auth/register", json=body),
        ]  # fmt: skip
        refused = {400 if "\0" in str(password) else 422}
        assert {answer.status_code for answer in answers} == refused, str(password)[:20]
    assert await user.is_in()


@pytest.fixture
async def manager(app: Any, world: World) -> Person:
    """A member with the role admin: who manages everybody but owners."""
    return await invited(app, world.admin.client, world.project.url, "admin")


async def test_nobody_gives_more_than_they_hold(
    app: Any, world: World, manager: Person, admin: Admin
) -> None:
    """By invitation, membership, role, key, another project, or a word in the body."""
    url, client = world.project.url, manager.client
    editor = await invited(app, world.admin.client, url, "editor")
    offer = {"email": new_email(), "role": "owner"}
    elsewhere = await admin.client.post("/api/projects", json={"name": "elsewhere"})
    there = f"/api/projects/{elsewhere.json()['slug']}"
    beyond = [
        await client.post(f"{url}/members", json=offer),
        await client.post(f"{url}/invitations", json=offer),
        await client.patch(f"{url}/members/{manager.id}", json={"role": "owner"}),
        await client.patch(f"{url}/members/{editor.id}", json={"role": "owner"}),
        await client.patch(f"{url}/members/{admin.user['id']}", json={"role": "viewer"}),
        await client.delete(f"{url}/members/{admin.user['id']}"),
        await client.delete(f"{url}?confirm={world.project.slug}"),
        *[
            await editor.client.request(method, f"{url}/{path}", json=body)
            for method, path, body in (
                ("POST", "members", {"email": new_email(), "role": "viewer"}),
                ("POST", "invitations", {"email": new_email(), "role": "viewer"}),
                ("PATCH", f"members/{editor.id}", {"role": "admin"}),
                ("POST", "api-keys", {"name": "k", "scopes": ["*:*"]}),
                ("POST", "roles", {"name": "boss"}),
                ("PATCH", "settings", {"auth": {"allow_signup": False}}),
                ("POST", "users", {"email": new_email(), "roles": []}),
            )
        ],
    ]
    assert {answer.status_code for answer in beyond} == {403}, [a.text for a in beyond]
    absent = [
        await client.post(f"{there}/members", json={"email": manager.email, "role": "viewer"}),
        await client.post(f"{there}/api-keys", json={"name": "k", "scopes": ["*:*"]}),
        await client.get("/api/mailbox"),
    ]
    assert [answer.status_code for answer in absent] == [404, 404, 403]
    spread = [
        await client.post(f"{url}/invitations", json=offer | {"role": "viewer", **extra})
        for extra in ({"project_id": elsewhere.json()["id"]}, {"is_owner": True}, {"roles": ["x"]})
    ]
    spread.append(await client.patch("/api/auth/me", json={"name": "x", "is_owner": True}))
    spread.append(await client.post(f"{url}/api-keys", json={
        "name": "k", "scopes": ["*:*"], "project_id": elsewhere.json()["id"]}))  # fmt: skip
    assert {answer.status_code for answer in spread} == {422}, [a.text for a in spread]


async def test_users_raise_nothing_by_what_they_send(world: World) -> None:
    """Signing up, their profile, an upgrade: no role, no proof, no status, no other's id."""
    await world.role("boss")
    other = await world.sign_up()
    await world.settings(allow_anonymous=True)
    for name, value in (
        ("roles", ["boss"]), ("email_verified", True), ("status", "active"), ("id", other.id),
        ("created_at", "2020-01-01T00:00:00Z"), ("last_login_at", "2020-01-01T00:00:00Z"),
        ("project_id", str(uuid4())), ("verified", True), ("_version", 9), ("role", "boss"),
        ("provider", "google"), ("created_by", other.id), ("password_hash", "x"),
    ):  # fmt: skip
        guest = world.user(await world.post("anonymous"))
        user = await world.sign_up()
        account = {"email": new_email(), "password": PASSWORD, name: value}
        answers = [
            await world.post("register", account),
            await user.ask("PATCH", "me", {name: value}),
            await guest.ask("POST", "upgrade", account),
            await world.post("login", {"email": user.email, "password": PASSWORD, name: value}),
        ]
        assert {answer.status_code for answer in answers} == {422}, (name, answers)
        assert (await user.ask("GET", "me")).json()["roles"] == []
