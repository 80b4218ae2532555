"""Requests to elsewhere reach public addresses and nothing of ours, however they are led."""

import asyncio
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.egress import EgressRefusedError, _Resolver, is_public
from app.core.errors import BackendifyError
from app.core.http_client import EgressFailedError, HttpClient, InvalidUrlError, check_url
from tests.core.traps import OK, redirect, trap
from tests.waiting import PATIENCE_SECONDS

PUBLIC = "93.184.215.14"
LOOPBACK_HOSTS = """
127.0.0.1 127.0.0.2 127.1 127.0.1 0 0.0.0.0 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1
017700000001 0x7f.1 localhost localhost. LOCALHOST [::1] [::] [::ffff:127.0.0.1]
[::ffff:7f00:1] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1] [2002:7f00:1::] [::127.0.0.1]
[0:0:0:0:0:ffff:7f00:0001] 127。0。0。1 ①②⑦.⓪.⓪.① %31%32%37.0.0.1
"""


def resolving(*answers: Sequence[str]) -> "_Names":
    return _Names(list(answers))


class _Names:
    """A name server: each lookup takes the next answer, the last one for ever."""

    def __init__(self, answers: list[Sequence[str]]) -> None:
        self._answers = answers
        self.lookups = 0

    async def __call__(self, _host: str, _port: int) -> Sequence[str]:
        self.lookups += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.mark.parametrize("host", LOOPBACK_HOSTS.split())
async def test_no_spelling_of_loopback_is_reached(host: str) -> None:
    client = HttpClient()
    async with trap(host="0.0.0.0") as caught:  # noqa: S104 - a trap on all addresses
        with pytest.raises((EgressRefusedError, EgressFailedError, InvalidUrlError)):
            await client.request("GET", f"http://{host}:{caught.port}/")
    assert caught.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1",
        "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "0.1.2.3", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::", "::1", "2001:db8::1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:a00:1::", "::ffff:169.254.169.254",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe", "fec0::1", "5f00::1", "::10.0.0.1", "x", "",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_a_public_address_is_known(address: str) -> None:
    assert is_public(address)


async def test_our_own_host_name_is_not_reached() -> None:
    async with trap(host="0.0.0.0") as caught:  # noqa: S104 - a trap on all addresses
        own = {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None)}
        if any(is_public(address) for address in own):
            pytest.skip("This machine's own name is a public address.")
        with pytest.raises((EgressRefusedError, EgressFailedError)):
            await HttpClient().request("GET", f"http://{socket.gethostname()}:{caught.port}/")
    assert caught.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com@127.0.0.1/", "http://user:word@example.com/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "ftp://example.com/", "//example.com/", "example.com", "", "http://",
        "http:///x", "http://exa mple.com/", "http://example.com\\@127.0.0.1/",
        "javascript:alert(1)", "http://example.com:99999/", "http://[::1/",
        "http://example.com/\r\nX: y", "http://" + "a" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_plain_http_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlError):
        check_url(url)


async def test_what_the_operator_allows_is_reached_by_that_very_name_and_port() -> None:
    async with trap() as caught, trap() as other:
        client = HttpClient([f"127.0.0.1:{caught.port}"])
        assert (await client.request("GET", caught.url)).json() == {}
        for url in (other.url, f"http://127.1:{caught.port}", f"http://localhost:{caught.port}"):
            with pytest.raises(EgressRefusedError):
                await client.request("GET", url)
    assert (caught.connections, other.connections) == (1, 0)


async def test_the_checked_address_is_the_one_that_is_connected_to() -> None:
    """A name that is public when checked and loopback when asked again."""
    names = resolving([PUBLIC], ["127.0.0.1"])
    reached: list[str] = []

    client = HttpClient(resolve=names)

    async def connect(address: str, *_: object) -> None:
        reached.append(address)
        raise OSError

    client._network._inner.connect_tcp = connect  # type: ignore[assignment]  # there is no internet here
    async with trap() as caught:
        with pytest.raises(OSError):  # noqa: PT011 - raised three lines above
            await client.request("GET", f"http://rebinding.test:{caught.port}/")
        assert reached == [PUBLIC]
        with pytest.raises(EgressRefusedError):
            await client.request("GET", f"http://rebinding.test:{caught.port}/")
    assert caught.connections == 0


async def test_of_a_mixed_answer_only_public_addresses_are_tried() -> None:
    reached: list[str] = []
    client = HttpClient(resolve=resolving(["127.0.0.1", "::1", PUBLIC, "::ffff:10.0.0.1"]))

    async def connect(address: str, *_: object) -> None:
        reached.append(address)
        raise OSError

    client._network._inner.connect_tcp = connect  # type: ignore[assignment]  # there is no internet here
    with pytest.raises(OSError):  # noqa: PT011 - raised three lines above
        await client.request("GET", "http://mixed.test/")
    assert reached == [PUBLIC]


async def test_a_name_server_that_does_not_answer_ends_the_request() -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(EgressFailedError):
        await HttpClient(resolve=never).request("GET", "http://slow.test/", seconds=0.2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_unless_asked(status: int) -> None:
    async with trap() as inner, trap(redirect(status, inner.url)) as outer:
        client = HttpClient([f"127.0.0.1:{outer.port}"])
        assert (await client.request("GET", outer.url)).status == status
        with pytest.raises(EgressRefusedError):
            await client.request("GET", outer.url, redirects=3)
    assert inner.connections == 0


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "gopher://127.0.0.1/", "//127.0.0.2/", "http://u@127.0.0.1/"]
)
async def test_a_redirect_leads_to_no_other_scheme_or_user(location: str) -> None:
    async with trap(redirect(302, location)) as outer:
        client = HttpClient([f"127.0.0.1:{outer.port}"])
        with pytest.raises(BackendifyError):
            await client.request("GET", outer.url, redirects=3)


async def test_a_redirect_that_is_allowed_takes_no_credentials_along() -> None:
    names = ("Authorization", "X-Api-Key", "Accept", "Cookie", "User-Agent", "Accept-Encoding")
    async with trap() as inner, trap(redirect(302, f"{inner.url}/next?x=1")) as outer:
        client = HttpClient([f"127.0.0.1:{inner.port}", f"127.0.0.1:{outer.port}"])
        reply = await client.request(
            "GET", outer.url, redirects=1, headers=dict.fromkeys(names, "s3cret")
        )
    assert outer.requests[0].count("s3cret") == len(names)
    assert (reply.status, reply.url) == (200, f"{inner.url}/next?x=1")
    assert "s3cret" not in inner.requests[0]


async def test_redirects_end() -> None:
    async with trap(lambda caught: redirect(302, f"{caught.url}/again")) as loop:
        client = HttpClient([f"127.0.0.1:{loop.port}"])
        assert (await client.request("GET", loop.url, redirects=20)).status == 302
    assert len(loop.requests) == 4


async def test_a_body_that_is_too_long_is_an_error_or_cut() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 5_000_000
    async with trap(endless) as caught:
        client = HttpClient([f"127.0.0.1:{caught.port}"])
        with pytest.raises(EgressFailedError):
            await client.request("GET", caught.url, most_bytes=1000)
        reply = await client.request("GET", caught.url, most_bytes=1000, excess="cut")
    assert (len(reply.content), reply.cut) == (1000, True)


async def test_a_compressed_body_is_unpacked_up_to_the_cap() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    async with trap(head.encode() + bomb) as caught:
        client = HttpClient([f"127.0.0.1:{caught.port}"])
        with pytest.raises(EgressFailedError):
            await client.request("GET", caught.url)


async def test_a_server_that_drips_is_left() -> None:
    async with trap(OK, drip_seconds=0.1) as caught:
        client = HttpClient([f"127.0.0.1:{caught.port}"])
        with pytest.raises(EgressFailedError):
            await client.request("GET", caught.url, seconds=0.5)


@pytest.mark.parametrize("answer", [b"", b"x" * 200_000, b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-x\r\n"])
async def test_what_is_not_http_is_an_error_of_the_other_side(answer: bytes) -> None:
    async with trap(answer) as caught:
        client = HttpClient([f"127.0.0.1:{caught.port}"])
        with pytest.raises(EgressFailedError):
            await client.request("GET", caught.url)


async def test_a_header_cannot_be_injected() -> None:
    async with trap() as caught:
        client = HttpClient([f"127.0.0.1:{caught.port}"])
        with pytest.raises(EgressFailedError):
            await client.request("GET", caught.url, headers={"X-A": "b\r\nX-C: d"})
    assert "X-C" not in "".join(caught.requests)


async def test_neither_proxies_nor_cookies_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    async with trap() as proxy, trap(cookie) as caught:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        client = HttpClient([f"127.0.0.1:{caught.port}"])
        for _ in range(2):
            await client.request("GET", caught.url)
    assert proxy.connections == 0
    assert "cookie" not in "".join(caught.requests).lower()


async def test_tls_and_host_header_keep_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path, "issuer.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, tmp_path / "key.pem")
    async with trap(tls=server_side) as caught:
        names = [f"issuer.test:{caught.port}", f"other.test:{caught.port}"]
        client = HttpClient(names, resolve=resolving(["127.0.0.1"]))
        reply = await client.request("GET", f"https://issuer.test:{caught.port}/")
        with pytest.raises(EgressFailedError):  # the certificate is not of that name
            await client.request("GET", f"https://other.test:{caught.port}/")
    assert reply.status == 200
    assert caught.names == ["issuer.test", "other.test"]
    assert f"host: issuer.test:{caught.port}" in caught.requests[0].lower()


def _certificate(directory: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = directory / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


async def test_slow_name_servers_hold_up_the_names_of_no_other_domain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()
    asked: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        if host.endswith("slow.test"):
            over.wait(PATIENCE_SECONDS)
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (PUBLIC, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    resolve = _Resolver()
    hosts = [f"{number % 100}.slow.test" for number in range(200)]
    slow = [asyncio.create_task(resolve(host, 443)) for host in hosts]
    try:
        await asyncio.sleep(0.05)
        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            assert await resolve("good.test", 443) == [PUBLIC]
        assert len(asked) < 20
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
    finally:
        over.set()
    async with asyncio.timeout(PATIENCE_SECONDS / 2):
        with pytest.raises(socket.gaierror):
            await resolve("again.slow.test", 443)


async def test_one_name_is_looked_up_once_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        time.sleep(0.1)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (PUBLIC, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    resolve = _Resolver()
    first = asyncio.create_task(resolve("one.test", 443))
    await asyncio.sleep(0.02)
    others = await asyncio.gather(*(resolve("one.test", 443) for _ in range(20)))
    assert [await first, *others] == [[PUBLIC]] * 21
    assert asked == ["one.test"]
    await resolve("one.test", 443)
    assert len(asked) == 2
