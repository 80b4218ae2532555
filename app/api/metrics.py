"""Counters of requests, labelled by route templates: never by what a client may choose."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.api.request_counts import RequestCounts

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


class Metrics:
    """The registry of one process; features may add collectors of their own to ``registry``."""

    def __init__(self) -> None:
        # They double the size and say nothing.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # not typed by the library
        self.registry = CollectorRegistry()
        self.projects = RequestCounts()
        self._requests = Requests()
        self.registry.register(self._requests)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. ``route`` is a template such as ``/api/projects/{project}``."""
        method = method if method in _METHODS else "OTHER"
        self._requests.observe(method, route, status, seconds)

    def as_text(self) -> bytes:
        """All of it in the text format that Prometheus reads."""
        return generate_latest(self.registry)


class Requests(Collector):
    """Requests and their times, kept as plain numbers: the library's counters take a lock and a
    few microseconds each time, on every request."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._times: dict[tuple[str, str], list[float]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        counted, timed = (method, route, status), (method, route)
        self._counts[counted] = self._counts.get(counted, 0) + 1
        held = self._times.get(timed)
        if held is None:
            held = self._times[timed] = [0.0] * (len(_BUCKETS) + 2)
        held[bisect_left(_BUCKETS, seconds)] += 1
        held[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        counts = CounterMetricFamily(
            "backendify_requests", "Requests answered", labels=("method", "route", "status")
        )
        for (method, route, status), number in list(self._counts.items()):
            counts.add_metric((method, route, str(status)), number)
        yield counts
        times = HistogramMetricFamily(
            "backendify_request_seconds",
            "Time to the end of the answer",
            labels=("method", "route"),
        )
        for labels, held in list(self._times.items()):
            times.add_metric(labels, _cumulative(held[:-1]), sum_value=held[-1])
        yield times


def _cumulative(buckets: list[float]) -> list[tuple[str, float]]:
    total, found = 0.0, []
    for bound, number in zip((*_BUCKETS, "+Inf"), buckets, strict=True):
        total += number
        found.append((str(bound), total))
    return found
