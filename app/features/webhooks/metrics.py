"""What Prometheus is told of webhooks."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class WebhookMetrics(Collector):
    """Counted by this process; ``backlog`` is the installation's, as this process last saw it."""

    def __init__(self) -> None:
        self.outcomes = dict.fromkeys(("succeeded", "failed", "dead"), 0)
        self.backlog = 0

    def collect(self) -> Iterator[Metric]:
        attempts = CounterMetricFamily(
            "backendify_webhook_attempts", "Attempts to deliver, by outcome", labels=("outcome",)
        )
        for outcome, number in self.outcomes.items():
            attempts.add_metric((outcome,), number)
        yield attempts
        yield GaugeMetricFamily(
            "backendify_webhook_backlog", "Deliveries whose time has come", value=self.backlog
        )


_known: WeakKeyDictionary[CollectorRegistry, WebhookMetrics] = WeakKeyDictionary()


def metrics_of(registry: CollectorRegistry) -> WebhookMetrics:
    """The one of a registry: a worker that is started again goes on counting."""
    held = _known.get(registry)
    if held is None:
        held = _known[registry] = WebhookMetrics()
        registry.register(held)
    return held
