"""The Python client signs users in, and stays signed in by itself."""

import re
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.to_thread
import httpx
import pyotp
import pytest

from backendify_client import (
    AsyncClient,
    BackendifyError,
    Client,
    FileStorage,
    MemoryStorage,
    MfaRequiredError,
    Tokens,
)
from tests.sdk.conftest import APP, PASSWORD, World, new_email
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.xdist_group("sdk")  # one server


def spend(storage: MemoryStorage | FileStorage) -> Tokens:
    """Make the access token one that the server refuses, and that looks good all the same."""
    tokens = storage.load()
    assert tokens is not None
    storage.save(replace(tokens, access_token=tokens.access_token + "x"))
    return tokens


def test_a_user_signs_up_out_and_in(world: World) -> None:
    with Client(world.url, world.project) as client:
        email = new_email()

        user = client.auth.register(email, PASSWORD, name="Ann")
        assert user is not None
        post = client.collection("posts").create({"title": "Mine"})
        client.auth.logout()
        assert not client.auth.is_signed_in
        with pytest.raises(BackendifyError) as refused:
            client.auth.me()
        again = client.auth.login(email, PASSWORD)

        assert refused.value.status == 401
        assert post["created_by"] == user["id"] == again["id"]
        assert client.auth.update_me(name="Anna")["name"] == "Anna"
        assert client.auth.change_password(PASSWORD, PASSWORD + "!")["id"] == user["id"]


def test_a_wrong_password_is_an_error_of_its_own(world: World) -> None:
    with (
        Client(world.url, world.project) as client,
        pytest.raises(BackendifyError, match="auth_credentials_invalid"),
    ):
        client.auth.login(new_email(), PASSWORD)


def test_a_refused_access_token_is_renewed_without_a_word(world: World) -> None:
    storage = MemoryStorage()
    with Client(world.url, world.project, storage=storage) as client:
        client.auth.register(new_email(), PASSWORD)
        spent = spend(storage)

        post = client.collection("posts").create({"title": "Later"})

        renewed = storage.load()
        assert post["title"] == "Later"
        assert renewed is not None
        assert renewed.refresh_token != spent.refresh_token


def test_threads_that_need_a_new_token_ask_for_one_together(world: World) -> None:
    storage = _Counting()
    with Client(world.url, world.project, storage=storage) as client:
        client.auth.register(new_email(), PASSWORD)
        spend(storage)
        storage.saved = 0

        with ThreadPoolExecutor(8) as threads:
            users = list(threads.map(lambda _: client.auth.me()["id"], range(8)))

    assert len(set(users)) == 1
    assert storage.saved == 1


async def test_tasks_that_need_a_new_token_ask_for_one_together(world: World) -> None:
    storage = _Counting()
    async with AsyncClient(world.url, world.project, storage=storage) as client:
        await client.auth.register(new_email(), PASSWORD)
        tokens = storage.load()
        assert tokens is not None
        storage.save(replace(tokens, expires_at=0))
        storage.saved = 0

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(client.auth.me)

    assert storage.saved == 1


def test_a_session_that_ended_leaves_nobody_signed_in(world: World) -> None:
    storage, email = MemoryStorage(), new_email()
    with (
        Client(world.url, world.project, storage=storage) as here,
        Client(world.url, world.project) as elsewhere,
    ):
        here.auth.register(email, PASSWORD)
        elsewhere.auth.login(email, PASSWORD)
        elsewhere.auth.logout_everywhere()
        spend(storage)

        with pytest.raises(BackendifyError) as ended:
            here.auth.me()

    assert ended.value.status == 401
    assert storage.load() is None


def test_a_second_factor_is_asked_for_and_given(world: World) -> None:
    email = new_email()
    with Client(world.url, world.project) as client:
        auth = client.auth
        auth.register(email, PASSWORD)
        with pytest.raises(BackendifyError, match="auth_email_unproved"):
            auth.mfa.setup()
        auth.send_email_proof()
        assert auth.prove_email(mailed_code(world, email))["email_verified"] is True
        setup = auth.mfa.setup()
        app = pyotp.TOTP(setup["secret"])
        auth.mfa.confirm(app.at(datetime.now(UTC), counter_offset=-1))
        assert auth.mfa.status() == {"enabled": True, "recovery_codes_left": 10}
        auth.logout()

        with pytest.raises(MfaRequiredError) as asked:
            auth.login(email, PASSWORD)
        assert not auth.is_signed_in
        with pytest.raises(BackendifyError, match="auth_token_invalid"):
            auth.mfa.verify(asked.value.token, "000000")
        assert auth.mfa.verify(asked.value.token, app.now())["email"] == email

        [code, *_] = auth.mfa.renew_recovery_codes(password=PASSWORD)
        auth.logout()
        with pytest.raises(MfaRequiredError) as again:
            auth.login(email, PASSWORD)
        assert auth.mfa.verify(again.value.token, code)["id"] == auth.me()["id"]
        auth.mfa.remove(password=PASSWORD)
        auth.logout()
        assert auth.login(email, PASSWORD)["email"] == email


def mailed_code(world: World, email: str) -> str:
    """The code in the mail that a user gets."""
    path = f"/projects/{world.project}/mailbox"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for mail in world.owner.get(path, params={"recipient": email}).json()["data"]:
            if found := re.search(r"\b\d{6}\b", mail["text"]):
                return found[0]
        time.sleep(0.05)
    raise AssertionError(f"no code for {email}")


def test_tokens_in_a_file_outlive_the_client_and_are_their_owners(
    world: World, tmp_path: Path
) -> None:
    storage = FileStorage(tmp_path / "tokens.json")
    with Client(world.url, world.project, storage=storage) as client:
        client.auth.register(new_email(), PASSWORD)
    with Client(world.url, world.project, storage=storage) as later:
        assert later.auth.me()["email_verified"] is False
        assert stat.S_IMODE((tmp_path / "tokens.json").stat().st_mode) == 0o600
        later.auth.logout()

    assert storage.load() is None
    assert list(tmp_path.iterdir()) == []


def test_a_user_of_a_provider_comes_back_with_a_code(world: World) -> None:
    with Client(world.url, world.project) as client, Client(world.url, world.project) as thief:
        assert client.auth.oauth.providers() == [{"name": "corp", "type": "oidc"}]

        stolen = client.auth.oauth.start("corp", APP)
        with pytest.raises(BackendifyError, match="auth_token_invalid"):
            thief.auth.oauth.exchange(travelled(stolen.url))
        start = client.auth.oauth.start("corp", APP)
        user = client.auth.oauth.exchange(travelled(start.url), code_verifier=start.code_verifier)

        assert user["email"] == "ada@example.com"
        assert client.auth.me()["id"] == user["id"]


async def test_the_same_is_awaited(world: World) -> None:
    async with AsyncClient(world.url, world.project) as client:
        start = client.auth.oauth.start("corp", APP)
        code = await anyio.to_thread.run_sync(travelled, start.url)
        user = await client.auth.oauth.exchange(code, code_verifier=start.code_verifier)
        assert await client.auth.mfa.status() == {"enabled": False, "recovery_codes_left": 0}
        assert (await client.auth.me())["id"] == user["id"]


def travelled(start: str) -> str:
    """The code that a browser comes back to the app with: out to the provider, which agrees."""
    with httpx.Client(trust_env=False) as browser:
        for _ in range(5):
            start = browser.get(start).headers["location"]
            if start.startswith(APP):
                break
    return parse_qs(urlsplit(start).query)["code"][0]


class _Counting(MemoryStorage):
    """Counts how often tokens are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.saved = 0
        self._lock = threading.Lock()

    def save(self, tokens: Tokens | None) -> None:
        super().save(tokens)
        with self._lock:
            self.saved += 1
