"""The figures at /metrics are those of the sessions, streams and requests that there were."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.adapters.web.rig import WebRig
from tests.application.rig import TIMEOUT_SECONDS
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.domain.events import (
    AudioGapRecorded,
    GapReason,
    SessionFailed,
    SpeechEnded,
    UtteranceTranscribed,
)
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent


@pytest.fixture(name="web")
def opened() -> Iterator[WebRig]:
    web = WebRig()
    yield web
    web.close()


def figures(web: WebRig) -> Mapping[str, float]:
    """Every sample by its name, with its labels as Prometheus writes them."""
    answer = web.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    samples = (sample for family in text_string_to_metric_families(answer.text) for sample in family.samples)
    return {f"{sample.name}{{{_labels(sample.labels)}}}": sample.value for sample in samples}


def published(event: AudioGapRecorded | SessionFailed) -> StoredEvent:
    return StoredEvent(session_id=SessionId("s"), seq=1, position=1, recorded_at=0.0, event=event)


def test_a_session_is_counted_while_it_runs_and_when_it_is_over(web: WebRig) -> None:
    session_id, watch = web.rig.start()
    web.rig.source.hear(spoken(1, 2, 0, 0, 0, 0))
    watch.until(UtteranceTranscribed)
    running = figures(web)
    assert (running["stt_running_sessions{}"], running["stt_sessions_started_total{}"]) == (1, 1)
    web.rig.finish(session_id)
    over = figures(web)
    assert over["stt_running_sessions{}"] == 0
    assert over["stt_sessions_ended_total{end=session-stopped}"] == 1
    assert over["stt_audio_heard_seconds_total{}"] == pytest.approx(2.1)
    assert over["stt_utterances_total{outcome=utterance-transcribed}"] == 1
    for name in ("end_of_speech_to_text", "writing", "inference"):
        assert over[f"stt_{name}_seconds_count{{}}"] == 1
    assert over["stt_events_total{type=speech-started}"] == 1


def test_speech_that_waits_for_its_text_is_shown(web: WebRig) -> None:
    may_go_on = threading.Event()

    def hold_up(stored: StoredEvent) -> None:
        if isinstance(stored.event, SpeechEnded):
            may_go_on.wait(TIMEOUT_SECONDS)

    session_id, watch = web.rig.start(subscriber=hold_up)
    web.rig.source.hear(spoken(1, 2, 0, 0, 0, 0))
    watch.until(SpeechEnded)
    assert figures(web)["stt_owed_seconds_sum{}"] > 0.5
    assert figures(web)["stt_owed_seconds_largest{}"] > 0.5
    assert figures(web)["stt_trailing_seconds_largest{}"] > 0.3  # the silence that made sure of the end
    assert figures(web)["stt_sessions_at_level{level=full}"] == 1
    may_go_on.set()
    web.rig.finish(session_id)
    over = figures(web)
    assert over["stt_owed_seconds_sum{}"] == over["stt_waiting_texts{}"] == over["stt_degraded_sessions{}"] == 0
    assert over["stt_trailing_seconds_largest{}"] == 0
    levels = ("full", "hypotheses-slower", "hypotheses-off", "smaller-model")
    assert [over[f"stt_sessions_at_level{{level={level}}}"] for level in levels] == [0, 0, 0, 0]
    assert over["stt_hypothesis_age_seconds_largest{}"] == over["stt_final_wait_seconds_largest{}"] == 0


def test_gaps_and_problems_are_counted_by_why(web: WebRig) -> None:
    web.rig.bus.publish([published(AudioGapRecorded(start_sample=0, lost_samples=800, reason=GapReason.OVERFLOW))])
    web.rig.bus.publish([published(SessionFailed(code="audio-source", message="Gone.", captured_samples=16_000))])
    shown = figures(web)
    assert shown["stt_gap_samples_total{reason=overflow}"] == 800
    assert shown["stt_session_problems_total{code=audio-source}"] == 1
    assert shown["stt_audio_heard_seconds_total{}"] == 1.0


def test_requests_are_counted_by_route_and_status_and_never_by_what_a_client_makes_up(web: WebRig) -> None:
    for path in ("/health", "/health", "/made/up", "/made/up/too"):
        web.client.get(path)
    web.client.open("/health", method="BREW")
    shown = figures(web)
    assert shown["stt_http_requests_total{method=GET,route=/health,status=200}"] == 2
    assert shown["stt_http_requests_total{method=GET,route=none,status=404}"] == 2
    assert shown["stt_http_requests_total{method=other,route=none,status=405}"] == 1
    assert shown["stt_http_problems_total{code=not-found}"] == 2


def test_refused_requests_are_counted_by_their_code() -> None:
    web = WebRig(config=ServerConfig(auth_token="right-horse-battery"))
    web.client.get("/health")
    answer = web.client.get("/metrics", headers={"Authorization": "Bearer right-horse-battery"})
    assert 'stt_http_problems_total{code="token-missing"} 1.0' in answer.text
    assert web.client.get("/metrics").status_code == 401
    web.close()


def test_a_stream_measures_the_events_that_came_while_it_was_open(web: WebRig) -> None:
    context = web.app.extensions["realtime_mlx_stt"]
    before, now = published(SessionFailed(code="a", message="", captured_samples=0)), time.time()
    meter = context.traffic.meter()
    meter.sent(before)
    meter.sent(replace(before, recorded_at=now + 1.0))
    meter.skipped()
    shown = figures(web)
    assert shown["stt_event_delivery_seconds_count{}"] == 1
    assert shown["stt_events_skipped_total{}"] == 1


def test_two_applications_have_figures_of_their_own(web: WebRig) -> None:
    other = WebRig()
    other.client.get("/health")
    assert "stt_http_requests_total{method=GET,route=/health,status=200}" not in figures(web)
    other.close()


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
