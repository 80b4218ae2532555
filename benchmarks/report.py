"""The results as a table in docs/performance.md, next to the targets they are held to."""

from pathlib import Path
from typing import Any

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
TARGETS: dict[str, tuple[float, float, float]] = {
    "get": (160, 0.40, 9),
    "list": (450, 0.45, 7),
    "expand": (0, 0, 7),
    "create": (450, 0.50, 7),
    "patch": (420, 0.80, 8),
}
TITLES = {
    "get": "get by id",
    "list": "list 50, filtered and sorted",
    "expand": "list 50, two relations expanded",
    "create": "create + change log",
    "patch": "patch + change log",
}


def write_report(results: dict[str, Any], page: Path) -> None:
    """Replace what stands between the page's two marks."""
    text = page.read_text() if page.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    page.parent.mkdir(exist_ok=True)
    page.write_text(f"{head}{BEGIN}\n{table(results)}\n{END}{tail}")


def table(results: dict[str, Any]) -> str:
    lines = [
        "| operation | ours: req/s · CPU µs · p99 ms | pgbench: req/s · CPU µs "
        "| by hand: req/s · CPU µs | × pgbench (target) | × by hand (target) |",
        "|---|---|---|---|---|---|",
    ]
    for name, (_, limit, by_hand) in TARGETS.items():
        if name in results:
            lines.append(_row(name, results[name], limit, by_hand))
    lines += ["", *_policies(results), "", *_others(results)]
    return "\n".join(lines)


def _policies(results: dict[str, Any]) -> list[str]:
    """The same requests of an app user, whom policies allow them, beside those of a member."""
    lines = [
        "| under policies (where, check, fields, presets) | req/s · CPU µs · p99 ms "
        "| × the same of a member |",
        "|---|---|---|",
    ]
    for name, found in results.items():
        if isinstance(found, dict) and "policies" in found:
            user, member = found["policies"], found["ours"]
            lines.append(
                f"| {TITLES[name]} | {user['per_second']:.0f} · {user['cpu_us']:.0f} "
                f"· {user['p99_ms']:.1f} | {user['cpu_us'] / member['cpu_us']:.2f} CPU |"
            )
    return lines


def _row(name: str, found: dict[str, Any], limit: float, by_hand: float) -> str:
    ours, bench, naive = found["ours"], found["pgbench"], found["naive"]
    return (
        f"| {TITLES[name]} | {ours['per_second']:.0f} · {ours['cpu_us']:.0f} · {ours['p99_ms']:.1f} "
        f"| {bench['per_second']:.0f} · {bench['cpu_us']:.0f} "
        f"| {naive['per_second']:.0f} · {naive['cpu_us']:.0f} "
        f"| {ours['per_second'] / bench['per_second']:.2f} (≥ {limit}) "
        f"| {ours['per_second'] / naive['per_second']:.1f} (≥ {by_hand}) |"
    )


def _events(results: dict[str, Any]) -> list[str]:
    lines = []
    for name, title, target in (
        ("realtime", "a write to 1,000 streams of server-sent events", 1_000),
        ("webhooks", "a write to the arrival of its webhook", 500),
    ):
        if found := results.get(name):
            lines.append(
                f"- {title}, 100 writes/s: p50 {found['p50_ms']:.0f} ms, p95 {found['p95_ms']:.0f} ms, "
                f"p99 {found['p99_ms']:.0f} ms (≤ {target:,}); {found['arrived']:,} of "
                f"{found['expected']:,} arrived, {found['cpus']:.2f} CPUs of the server"
            )
    return lines


def _others(results: dict[str, Any]) -> list[str]:
    lines = []
    if "bulk" in results:
        lines.append(f"- bulk create: {results['bulk']['rows_per_second']} rows/s (≥ 10,000)")
    if "import" in results:
        found = results["import"]
        lines.append(
            f"- CSV import of 100,000 rows: {found['rows_per_second']} rows/s (≥ 20,000), "
            f"the server's memory grew by {found['grown_mb']} MB (≤ 64)"
        )
    if "get_batched" in results:
        found = results["get_batched"]
        lines.append(f"- get, 64 clients, two workers: {found['per_second']:.0f} req/s")
    lines += _events(results)
    if "start" in results:
        lines.append(f"- second start: {results['start']['seconds']} s (≤ 3)")
    if "idle" in results:
        lines.append(f"- idle, server and Postgres: {results['idle']['mb']} MB (≤ 250)")
    return lines
