"""What happens, counted for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from kiloglot.serve.log import Log
from kiloglot.serve.served import Served
from kiloglot.serve.wyoming import WyomingServer

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """The figures of one server, in a registry of its own."""

    def __init__(
        self, served: Served, log: Log, connections: Callable[[], int], wyoming: WyomingServer | None = None
    ) -> None:
        """`wyoming` is the other server of the process, where there is one."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "kiloglot_http_requests", "HTTP requests that were answered.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "kiloglot_http_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ("path",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._dropped = Counter(
            "kiloglot_http_dropped", "Connections that were ended for a reason.", ("reason",), registry=self._registry
        )
        self._registry.register(_Read(served, log, connections))
        if wyoming is not None:
            self._registry.register(_Wyoming(wyoming))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request got its answer."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def dropped(self, reason: str) -> None:
        """A connection was ended, or not taken on."""
        self._dropped.labels(reason).inc()

    def page(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self._registry)


class _Read(Collector):
    """Figures that others keep, read when they are asked for."""

    def __init__(self, served: Served, log: Log, connections: Callable[[], int]) -> None:
        self._served = served
        self._log = log
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        served, counts = self._served, self._served.counts
        yield CounterMetricFamily("kiloglot_utterances", "Utterances that were parsed.", counts.answered)
        yield CounterMetricFamily("kiloglot_rejected", "Utterances that the model rejected.", counts.rejected)
        yield CounterMetricFamily("kiloglot_overloaded", "Requests refused since too many waited.", counts.refused)
        swaps = CounterMetricFamily("kiloglot_swaps", "Models that were to replace another.", labels=["outcome"])
        swaps.add_metric(["done"], counts.swapped)
        swaps.add_metric(["failed"], counts.kept)
        yield swaps
        yield CounterMetricFamily("kiloglot_log_lost", "Lines of the log that could not be written.", self._log.lost)
        yield GaugeMetricFamily("kiloglot_waiting", "Requests that wait for the model or are answered.", served.waiting)
        yield GaugeMetricFamily("kiloglot_http_connections", "Open HTTP connections.", self._connections())
        yield GaugeMetricFamily("kiloglot_model_loaded", "1 where the model is in memory.", float(served.loaded))
        told = {"name": served.manifest.name, "version": served.manifest.version}
        yield InfoMetricFamily("kiloglot_model", "The model that answers.", told)


class _Wyoming(Collector):
    """Figures of the Wyoming server."""

    def __init__(self, server: WyomingServer) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        happened = CounterMetricFamily(
            "kiloglot_wyoming", "Answers over Wyoming by type, and ends of connections by reason.", labels=["event"]
        )
        for name, count in sorted(self._server.counts.items()):
            happened.add_metric([name], count)
        yield happened
        yield GaugeMetricFamily("kiloglot_wyoming_connections", "Open Wyoming connections.", self._server.connections)
