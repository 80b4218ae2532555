"""Invitations to organisations: for one address, once, and only while the inviter stands."""

import asyncio

import httpx

from tests.features.organisations.world import World
from tests.features.users.app_users import AppUser, new_email

ACCEPT = "orgs/invitations/accept"


async def _accept(user: AppUser, token: str) -> httpx.Response:
    return await user.ask("POST", ACCEPT, {"token": token})


async def test_an_invited_user_becomes_a_member_in_the_promised_role(world: World) -> None:
    owner, guest = await world.sign_up(), await world.verified()
    org = await world.org(owner)
    token = await world.invitation(org, owner, guest.email, "admin")
    answer = await _accept(guest, token)
    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    assert await world.roles(org) == {owner.id: "owner", guest.id: "admin"}
    again = await _accept(guest, token)
    assert (again.status_code, again.json()["code"]) == (401, "auth_token_invalid")


async def test_an_invitation_is_for_the_verified_address_that_it_was_mailed_to(
    world: World,
) -> None:
    owner, guest, other = await world.sign_up(), await world.sign_up(), await world.verified()
    org = await world.org(owner)
    token = await world.invitation(org, owner, guest.email)
    for user in (other, guest):
        refused = await _accept(user, token)
        assert (refused.status_code, refused.json()["code"]) == (403, "org_invitation_address")
    assert await world.roles(org) == {owner.id: "owner"}
    await world.change(guest.id, email_verified=True)
    assert (await _accept(guest, token)).status_code == 200


async def test_an_invitation_is_answered_alike_for_known_and_unknown_addresses(
    world: World,
) -> None:
    owner, guest, member = await world.sign_up(), await world.verified(), await world.verified()
    org = await world.org(owner)
    await world.join(org, member)
    answers = [
        await owner.ask("POST", f"orgs/{org}/invitations", {"email": email})
        for email in (guest.email, member.email, new_email())
    ]
    assert {(each.status_code, each.text) for each in answers} == {(202, answers[0].text)}


async def test_an_invitation_falls_with_the_rights_of_whoever_sent_it(world: World) -> None:
    owner, boss, guest = await world.sign_up(), await world.sign_up(), await world.verified()
    org = await world.org(owner)
    await world.join(org, boss, "admin")
    token = await world.invitation(org, boss, guest.email, "admin")
    await owner.ask("PATCH", f"orgs/{org}/members/{boss.id}", {"role": "member"})
    refused = await _accept(guest, token)
    assert (refused.status_code, refused.json()["code"]) == (401, "auth_token_invalid")
    await owner.ask("PATCH", f"orgs/{org}/members/{boss.id}", {"role": "admin"})
    assert (await _accept(guest, token)).status_code == 200


async def test_an_invitation_from_the_console_stands_by_itself(world: World) -> None:
    owner, guest = await world.sign_up(), await world.verified()
    org = await world.org(owner)
    path = f"{world.organisations}/orgs/{org}/invitations"
    answer = await world.admin.client.post(path, json={"email": guest.email, "role": "owner"})
    assert answer.status_code == 202, answer.text
    token = await world.token(guest.email, "org_invitation")
    assert (await _accept(guest, token)).json()["role"] == "owner"
    assert await world.roles(org) == {owner.id: "owner", guest.id: "owner"}


async def test_a_member_who_accepts_stays_what_they_are(world: World) -> None:
    owner, guest = await world.sign_up(), await world.verified()
    org = await world.org(owner)
    token = await world.invitation(org, owner, guest.email, "owner")
    await world.join(org, guest, "member")
    assert (await _accept(guest, token)).json()["role"] == "member"


async def test_an_invitation_ends_with_its_organisation(world: World) -> None:
    owner, guest = await world.sign_up(), await world.verified()
    org = await world.org(owner)
    token = await world.invitation(org, owner, guest.email)
    assert (await owner.ask("DELETE", f"orgs/{org}")).status_code == 204
    assert (await _accept(guest, token)).status_code == 401


async def test_two_who_accept_one_invitation_at_once_make_one_membership(world: World) -> None:
    owner, guest = await world.sign_up(), await world.verified()
    for _ in range(5):
        org = await world.org(owner)
        token = await world.invitation(org, owner, guest.email)
        answers = await asyncio.gather(*(_accept(guest, token) for _ in range(4)))
        assert sorted(a.status_code for a in answers) == [200, 401, 401, 401]
        assert await world.roles(org) == {owner.id: "owner", guest.id: "member"}


async def test_two_invitations_accepted_at_once_make_one_membership(world: World) -> None:
    owner, guest = await world.sign_up(), await world.verified()
    org = await world.org(owner)
    tokens = [await world.invitation(org, owner, guest.email, role) for role in ("admin", "member")]
    answers = await asyncio.gather(*(_accept(guest, token) for token in tokens))
    assert [a.status_code for a in answers] == [200, 200]
    assert len(await world.roles(org)) == 2


async def test_a_token_of_another_kind_is_no_invitation(world: World) -> None:
    user = await world.sign_up()
    await world.org(user)
    token = await world.token(user.email, "verify_email")
    assert (await _accept(user, token)).status_code == 401
    assert (await world.post("verify", {"token": token})).status_code == 200
