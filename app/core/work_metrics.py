"""What Prometheus is told of a kind of background work: how it ended, and how much is due."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class WorkMetrics(Collector):
    """``outcomes`` are counted by this process; ``backlog`` is the installation's, as this process
    last saw it. ``counter`` and ``gauge`` are a name and what it means."""

    def __init__(
        self, counter: tuple[str, str], gauge: tuple[str, str], outcomes: tuple[str, ...]
    ) -> None:
        self.outcomes = dict.fromkeys(outcomes, 0)
        self.backlog = 0
        self._counter = counter
        self._gauge = gauge

    def collect(self) -> Iterator[Metric]:
        ended = CounterMetricFamily(*self._counter, labels=("outcome",))
        for outcome, number in self.outcomes.items():
            ended.add_metric((outcome,), number)
        yield ended
        yield GaugeMetricFamily(*self._gauge, value=self.backlog)


_known: WeakKeyDictionary[CollectorRegistry, dict[str, WorkMetrics]] = WeakKeyDictionary()


def work_metrics(
    registry: CollectorRegistry,
    counter: tuple[str, str],
    gauge: tuple[str, str],
    outcomes: tuple[str, ...],
) -> WorkMetrics:
    """The one of a registry: a worker that is started again goes on counting."""
    held = _known.setdefault(registry, {})
    if counter[0] not in held:
        held[counter[0]] = WorkMetrics(counter, gauge, outcomes)
        registry.register(held[counter[0]])
    return held[counter[0]]
