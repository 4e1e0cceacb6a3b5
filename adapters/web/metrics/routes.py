"""Shows the figures of the running server at ``/metrics``."""

import msgspec
from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Counter, ProcessCollector
from prometheus_client.exposition import choose_encoder

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.metrics.live_figures import LiveFigures
from realtime_mlx_stt.adapters.web.metrics.session_meter import SessionMeter
from realtime_mlx_stt.adapters.web.problem_documents import PROBLEM_TYPE

__all__ = ["register"]


class _WithCode(msgspec.Struct, frozen=True):
    """The part of a problem that is read here."""

    code: str = "error"


def register(app: Flask, context: WebContext) -> None:
    """Add ``/metrics``, and count everything that it shows; each application has figures of its own."""
    registry = CollectorRegistry()
    meter = SessionMeter(registry)
    subscription = context.services.bus.subscribe(meter)
    context.closing.on_begin(subscription.cancel)
    context.traffic.register(registry)
    registry.register(LiveFigures(context, lambda: meter.ended_seconds))
    ProcessCollector(registry=registry)
    requests = Counter(
        "stt_http_requests_total",
        "Answers by method, route and status.",
        ("method", "route", "status"),
        registry=registry,
    )
    problems = Counter("stt_http_problems_total", "Refusals and errors by code.", ("code",), registry=registry)

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "none"
        requests.labels(_method(), route, str(response.status_code)).inc()
        if response.mimetype == PROBLEM_TYPE:
            problems.labels(msgspec.json.decode(response.get_data(), type=_WithCode).code).inc()
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=content_type, headers={"Cache-Control": "no-store"})


def _method() -> str:
    """The method if it is a known one: a client may send any word."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else "other"
