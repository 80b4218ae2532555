"""Load from outside: wrk where it is installed, otherwise a client of our own on asyncio."""

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for again and again; ``paths`` are taken in turn, ``body`` may be None."""

    method: str
    paths: tuple[str, ...]
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """``requests`` answered with 2xx or 3xx, ``failed`` others; latencies in milliseconds."""

    requests: int
    failed: int
    per_second: float
    p50_ms: float
    p99_ms: float


def run(base: str, token: str, request: Request, seconds: int, clients: int) -> Result:
    """Ask for ``seconds`` with ``clients`` connections at once."""
    if shutil.which("wrk"):
        return _wrk(base, token, request, seconds, clients)
    return asyncio.run(_own(base, token, request, seconds, clients))


_SCRIPT = """
local requests, headers = {{}}, {{["Authorization"]="Bearer {token}", ["Content-Type"]="application/json"}}
for line in io.lines("{paths}") do
  requests[#requests + 1] = wrk.format("{method}", line, headers, {body})
end
local n = math.random(#requests)
request = function() n = n % #requests + 1; return requests[n] end
done = function(summary, latency)
  io.write(string.format('{{"requests":%d,"failed":%d,"seconds":%f,"p50":%f,"p99":%f}}\\n',
    summary.requests, summary.errors.status + summary.errors.timeout + summary.errors.read,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


def _wrk(base: str, token: str, request: Request, seconds: int, clients: int) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        paths, script = Path(folder, "paths"), Path(folder, "load.lua")
        paths.write_text("\n".join(request.paths) + "\n")
        body = "nil" if request.body is None else json.dumps(request.body)
        script.write_text(
            _SCRIPT.format(token=token, paths=paths, method=request.method, body=body)
        )
        command = [
            "wrk",
            "-t1",
            f"-c{clients}",
            f"-d{seconds}s",
            "--timeout",
            "10s",
            "-s",
            str(script),
        ]
        out = subprocess.run([*command, base], capture_output=True, text=True, check=True).stdout
    found = json.loads(re.findall(r"^\{.*\}$", out, re.MULTILINE)[-1])
    done = found["requests"]
    return Result(
        done - found["failed"], found["failed"], done / found["seconds"], found["p50"], found["p99"]
    )


async def _own(base: str, token: str, request: Request, seconds: int, clients: int) -> Result:
    host, port = base.removeprefix("http://").split(":")
    times: list[float] = []
    failed = 0
    until = time.perf_counter() + seconds

    async def client(start: int) -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(host, int(port))
        turn = start
        while time.perf_counter() < until:
            turn += 1
            path = request.paths[turn % len(request.paths)]
            began = time.perf_counter()
            writer.write(_bytes(request, path, token, host))
            status = await _read_answer(reader)
            times.append(time.perf_counter() - began)
            failed += status >= 400
        writer.close()

    await asyncio.gather(*(client(n * 997) for n in range(clients)))
    times.sort()

    def pick(share: float) -> float:
        return times[int(len(times) * share)] * 1000

    return Result(len(times) - failed, failed, len(times) / seconds, pick(0.5), pick(0.99))


def _bytes(request: Request, path: str, token: str, host: str) -> bytes:
    body = (request.body or "").encode()
    head = (
        f"{request.method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _read_answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    if length:
        await reader.readexactly(int(length.group(1)))
    return int(head[9:12])
