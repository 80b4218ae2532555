"""Counters of requests, labelled by route templates: never by what a client may choose."""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


class Metrics:
    """The registry of one process; features may add collectors of their own to ``registry``."""

    def __init__(self) -> None:
        # They double the size and say nothing.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # not typed by the library
        self.registry = CollectorRegistry()
        self.in_flight = Gauge(
            "backendify_requests_in_flight", "Requests being served", registry=self.registry
        )
        self._requests = Counter(
            "backendify_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "backendify_request_seconds",
            "Time to the end of the answer",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._held: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. ``route`` is a template such as ``/api/projects/{project}``."""
        method = method if method in _METHODS else "OTHER"
        held = self._held.get((method, route, status))
        if held is None:
            held = (
                self._requests.labels(method, route, status),
                self._seconds.labels(method, route),
            )
            self._held[method, route, status] = held
        held[0].inc()
        held[1].observe(seconds)

    def as_text(self) -> bytes:
        """All of it in the text format that Prometheus reads."""
        return generate_latest(self.registry)
