"""What is mailed: links and codes that are good once, for one thing, for a while."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from app.core.db import Database
from app.core.ids import project_schema
from app.features.email.jobs import AT_ONCE
from app.features.users.mail_kinds import MAIL_KINDS
from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, World, new_email


async def test_a_verified_address_says_so(world: World) -> None:
    user = await world.sign_up()

    token = await world.token(user.email, "verify_email")
    answer = await world.post("verify", {"token": token})

    assert (answer.status_code, answer.json()["email_verified"]) == (200, True)
    again = await world.post("verify", {"token": token})
    assert (again.status_code, again.json()["code"]) == (401, "auth_token_invalid")
    assert await user.is_in()


async def test_a_forgotten_password_is_set_anew_and_every_session_ends(world: World) -> None:
    user = await world.sign_up()
    await world.post("password/forgot", {"email": user.email.upper()})

    token = await world.token(user.email, "reset_password")
    answer = await world.post("password/reset", {"token": token, "password": OTHER_PASSWORD})

    assert answer.status_code == 204
    assert await user.is_out()
    fresh = await world.log_in(user.email, OTHER_PASSWORD)
    assert (await fresh.ask("GET", "me")).json()["email_verified"] is True
    await world.mail(user.email, "password_changed")


async def test_a_refused_password_leaves_the_token_good(world: World) -> None:
    user = await world.sign_up()
    await world.post("password/forgot", {"email": user.email})
    token = await world.token(user.email, "reset_password")

    refused = await world.post("password/reset", {"token": token, "password": "password1"})
    assert refused.json()["code"] == "auth_password_refused"

    body = {"token": token, "password": OTHER_PASSWORD}
    assert (await world.post("password/reset", body)).status_code == 204


async def test_of_fifty_uses_of_one_reset_token_one_wins(world: World) -> None:
    user = await world.sign_up()
    await world.post("password/forgot", {"email": user.email})
    token = await world.token(user.email, "reset_password")

    async def use(number: int) -> httpx.Response:
        body = {"token": token, "password": f"the {number}th battery staple"}
        return await world.post("password/reset", body)

    answers = await asyncio.gather(*(use(n) for n in range(50)))

    won = [number for number, answer in enumerate(answers) if answer.status_code == 204]
    assert len(won) == 1
    assert {a.status_code for a in answers} == {204, 401}
    assert await (await world.log_in(user.email, f"the {won[0]}th battery staple")).is_in()


async def test_a_code_signs_in_once(world: World) -> None:
    user = await world.sign_up()
    await world.post("otp", {"email": user.email})
    code = await world.code(user.email)
    body = {"email": user.email, "code": code}

    answers = await asyncio.gather(*(world.post("otp/verify", body) for _ in range(50)))

    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {a.status_code for a in answers} == {200, 401}
    assert world.user(won[0]).id == user.id


async def test_a_code_dies_with_its_third_wrong_guess(world: World) -> None:
    user = await world.sign_up()
    await world.post("otp", {"email": user.email})
    code = await world.code(user.email)
    wrong = {"email": user.email, "code": f"{(int(code) + 1) % 1_000_000:06}"}

    guesses = await asyncio.gather(*(world.post("otp/verify", wrong) for _ in range(3)))
    assert {(a.status_code, a.json()["code"]) for a in guesses} == {(401, "auth_token_invalid")}

    late = await world.post("otp/verify", {"email": user.email, "code": code})
    assert late.status_code == 401


async def test_a_new_code_voids_the_one_before(world: World) -> None:
    user = await world.sign_up()
    await world.post("otp", {"email": user.email})
    first = await world.code(user.email)
    await world.post("otp", {"email": user.email})
    second = await world.code(user.email)

    old = await world.post("otp/verify", {"email": user.email, "code": first})
    new = await world.post("otp/verify", {"email": user.email, "code": second})

    assert new.status_code == 200
    assert old.status_code == 401 or first == second


async def test_a_code_is_its_addresss_alone(world: World) -> None:
    user, other = await world.sign_up(), await world.sign_up()
    await world.post("otp", {"email": user.email})
    code = await world.code(user.email)

    answer = await world.post("otp/verify", {"email": other.email, "code": code})

    assert answer.status_code == 401


async def test_a_magic_link_signs_in_once(world: World) -> None:
    user = await world.sign_up()
    await world.post("magic-link", {"email": user.email})
    token = await world.token(user.email, "magic_link")

    answers = await asyncio.gather(
        *(world.post("magic-link/verify", {"token": token}) for _ in range(20))
    )

    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert world.user(won[0]).id == user.id


async def test_who_proves_an_address_first_voids_what_others_made_with_it(world: World) -> None:
    """Somebody signs up with another's address, whose owner later comes by their mailbox."""
    thief = await world.sign_up()
    await world.post("magic-link", {"email": thief.email})

    token = await world.token(thief.email, "magic_link")
    owner = world.user(await world.post("magic-link/verify", {"token": token}))

    assert owner.tokens["user"]["email_verified"] is True
    assert await thief.is_out()
    assert await owner.is_in()
    login = {"email": thief.email, "password": PASSWORD}
    assert (await world.post("login", login)).status_code == 401


async def test_ways_without_a_password_can_be_closed(world: World) -> None:
    await world.settings(passwordless=False)

    for path, body in (
        ("otp", {"email": new_email()}),
        ("magic-link", {"email": new_email()}),
        ("otp/verify", {"email": new_email(), "code": "123456"}),
        ("magic-link/verify", {"token": "x"}),
    ):
        answer = await world.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "auth_method_disabled")


async def test_a_changed_address_is_proved_and_the_former_one_told(world: World) -> None:
    user, new = await world.sign_up(), new_email()
    wrong = await user.ask("POST", "email/change", {"email": new, "current_password": "wrong"})
    assert wrong.json()["code"] == "auth_password_wrong"
    assert (await user.ask("POST", "email/change", {"email": new})).status_code == 422
    body = {"email": new, "current_password": PASSWORD}
    assert (await user.ask("POST", "email/change", body)).status_code == 202
    assert (await user.ask("GET", "me")).json()["email"] == user.email

    token = await world.token(new, "email_change")
    answer = await world.post("email/change/confirm", {"token": token})

    assert (answer.json()["email"], answer.json()["email_verified"]) == (new, True)
    await world.mail(user.email, "email_changed")
    assert await user.is_out()
    assert (await world.post("login", {"email": user.email, "password": PASSWORD})).is_error
    assert (await world.log_in(new)).id == user.id


async def test_an_address_taken_meanwhile_is_not_taken_again(world: World) -> None:
    user, new = await world.sign_up(), new_email()
    await user.ask("POST", "email/change", {"email": new, "current_password": PASSWORD})
    token = await world.token(new, "email_change")
    other = await world.sign_up(new)

    answer = await world.post("email/change/confirm", {"token": token})

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")
    assert (await other.ask("GET", "me")).json()["email"] == new
    assert await user.is_in()


async def test_links_mailed_before_a_change_are_void(world: World) -> None:
    user = await world.sign_up()
    await world.post("password/forgot", {"email": user.email})
    await world.post("magic-link", {"email": user.email})
    reset = await world.token(user.email, "reset_password")
    link = await world.token(user.email, "magic_link")
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    await user.ask("POST", "password/change", change)

    for answer in (
        await world.post("password/reset", {"token": reset, "password": PASSWORD}),
        await world.post("magic-link/verify", {"token": link}),
    ):
        assert answer.json()["code"] == "auth_token_invalid"


async def test_a_mailed_token_is_good_for_one_thing(world: World) -> None:
    user = await world.sign_up()
    verify = await world.token(user.email, "verify_email")
    await world.post("magic-link", {"email": user.email})
    link = await world.token(user.email, "magic_link")
    uses: dict[str, Callable[[str], Awaitable[httpx.Response]]] = {
        "verify": lambda t: world.post("verify", {"token": t}),
        "magic": lambda t: world.post("magic-link/verify", {"token": t}),
        "reset": lambda t: world.post("password/reset", {"token": t, "password": PASSWORD}),
        "change": lambda t: world.post("email/change/confirm", {"token": t}),
        "invited": lambda t: world.post(
            "invitations/accept", {"token": t, "password": OTHER_PASSWORD}
        ),
    }

    for name, use in uses.items():
        for mine, token in (("verify", verify), ("magic", link)):
            if name != mine:
                assert (await use(token)).json()["code"] == "auth_token_invalid", (name, mine)
    for token in ("", "x" * 9000):
        assert (await uses["verify"](token)).status_code == 422
    assert (await uses["verify"](user.tokens["access_token"])).status_code == 401


async def test_an_expired_token_is_none(world: World, database: Database) -> None:
    user = await world.sign_up()
    token = await world.token(user.email, "verify_email")
    await database.owner.execute(
        f"UPDATE {project_schema(world.project.id)}._tokens SET expires_at = now()"
    )

    assert (await world.post("verify", {"token": token})).status_code == 401


async def test_only_hashes_of_what_is_mailed_are_kept(world: World, database: Database) -> None:
    user = await world.sign_up()
    token = await world.token(user.email, "verify_email")
    await world.post("otp", {"email": user.email})
    code = await world.code(user.email)

    rows = await database.owner.fetch(
        f"SELECT t::text FROM {project_schema(world.project.id)}._tokens t"
    )
    text = " ".join(row["t"] for row in rows)
    assert token not in text
    assert f",{code}," not in text


async def test_links_lead_to_the_listed_address_or_to_ours(world: World) -> None:
    user = await world.sign_up()
    await world.settings(redirect_urls=["https://app.example.com/in?x=1"])
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    sent = []
    for target in (
        "https://app.example.com/in?x=1",
        "https://app.example.com/in?x=2",
        "https://app.example.com.evil.example/in?x=1",
        "//evil.example",
    ):
        body = {"email": user.email, "redirect_to": target}
        await world.anyone.post(f"{world.auth}/password/forgot", json=body, headers=headers)
        sent.append((await world.mail(user.email, "reset_password"))["text"])

    assert "https://app.example.com/in?x=1&token=" in sent[0]
    ours = f"http://127.0.0.1:8000/projects/{world.project.slug}/auth/reset?token="
    assert all(ours in text for text in sent[1:])
    assert not any("evil" in text for text in sent)


async def test_a_mailbox_is_not_flooded(world: World, database: Database) -> None:
    user = await world.sign_up()
    for _ in range(40):
        await world.post("magic-link", {"email": user.email})
    for _ in range(200):
        waiting = await database.owner.fetchval(
            "SELECT count(*) FROM backendify.mails WHERE recipient = $1 AND state = 'queued'",
            user.email,
        )
        if not waiting:
            break
        await asyncio.sleep(0.02)

    mails = [m for m in await world.mails(user.email) if m["kind"] == "magic_link"]
    assert 10 <= len(mails) < 10 + AT_ONCE


@pytest.mark.parametrize("path", ["password/forgot", "otp", "magic-link", "verify/send"])
async def test_nothing_is_mailed_to_who_has_no_account_or_is_suspended(
    world: World, path: str
) -> None:
    closed, nobody, known = await world.sign_up(), new_email(), await world.sign_up()
    await world.mail(closed.email, "verify_email")
    await world.mail(known.email, "verify_email")
    await world.change(closed.id, status="suspended")

    for email in (closed.email, nobody, known.email):
        await world.post(path, {"email": email})
    kinds = {
        "password/forgot": "reset_password",
        "otp": "otp",
        "magic-link": "magic_link",
        "verify/send": "verify_email",
    }
    await world.mail(known.email, kinds[path])  # queued last, sent last or nearly so
    await asyncio.sleep(0.2)

    assert len(await world.mails(closed.email)) == 1
    assert await world.mails(nobody) == []


async def test_mails_know_german() -> None:
    assert all({"en", "de"} <= kind.templates.keys() for kind in MAIL_KINDS)
