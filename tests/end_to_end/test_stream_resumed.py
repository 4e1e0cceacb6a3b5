"""A stream that is cut anywhere, in either direction, goes on as if nothing had happened."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tests.adapters.web.stream.resuming_client import Cut, ResumingClient
from tests.adapters.web.stream.stream_rig import AUDIO, SETTINGS, Served, StreamRig, pcm
from tests.end_to_end.hearing import MODEL, TIMEOUT_SECONDS
from tests.end_to_end.served import ServedStt, serving_stt, wait_until
from tests.end_to_end.sound_scenes import scene, silence, speech
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.log.codec import envelope
from realtime_mlx_stt.application.replay.session_comparison import compare_sessions
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

FRAME_UNITS = 320
"""20 ms."""

TWO_UTTERANCES = np.concatenate(
    [spoken(0, 1, 2, word_seconds=0.15), np.zeros(10_500, np.float32), spoken(3), np.zeros(1500, np.float32)]
)


def told(served: Served, key: str, cut: Cut | None) -> tuple[ResumingClient, tuple[StoredEvent, ...]]:
    """The client after the conversation, and the log of its session."""
    client = ResumingClient(
        address=served.address,
        key=key,
        audio=pcm(TWO_UTTERANCES),
        declared=AUDIO,
        settings=SETTINGS,
        unit_bytes=4,
        frame_units=FRAME_UNITS,
        cut=cut,
    )
    client.run()
    return client, served.log(client.session_id)


def essence(events: Sequence[dict[str, Any]]) -> list[tuple[object, ...]]:
    """What must be the same of a session's utterances, however fast the machine was."""
    ends = {"speech-ended", "utterance-transcribed", "utterance-rejected", "transcription-failed"}
    places = ("utterance_id", "start_sample", "end_sample", "reason", "text", "language")
    told = [event for event in events if event["type"] in ends]
    return sorted(((event["type"], *(event["data"].get(place) for place in places)) for event in told), key=str)


def held(served: ServedStt) -> tuple[int, int]:
    """How many descriptors and threads the server has."""
    return len(list(Path(f"/proc/{served.worker}/fd").iterdir())), served.worker_threads


def transcript(events: Sequence[dict[str, Any]]) -> list[tuple[int, str]]:
    """What a client makes of the events: the texts in the order of their utterances."""
    finals = [event["data"] for event in events if event["type"] == "utterance-transcribed"]
    return sorted((final["utterance_id"], final["text"]) for final in finals)


def test_a_cut_behind_any_message_in_either_direction_changes_nothing() -> None:
    with StreamRig().serving() as served:
        uncut, usual = told(served, "uncut", None)
        assert transcript(uncut.events) == [(1, "word1 word2"), (2, "word3")]
        assert uncut.counts["sent"] == 2 + -(-len(TWO_UTTERANCES) // FRAME_UNITS)
        cuts = [
            Cut(behind=behind, count=count, by_reset=by_reset)
            for behind in ("sent", "received")
            for count in range(1, uncut.counts[behind] + 1)
            for by_reset in (False, True)
        ]
        for cut in cuts:
            client, log = told(served, str(cut), cut)
            # How often audio is acknowledged depends on the clock: a cut behind the last messages may not come.
            assert client.connections == 2 or cut.behind == "received", cut
            assert client.events == [envelope(stored) for stored in log], cut
            assert transcript(client.events) == transcript(uncut.events), cut
            assert compare_sessions(usual, log).is_same, cut
            assert not log_violations(log), cut
            assert not any(isinstance(stored.event, e.AudioGapRecorded) for stored in log), cut
            assert served.streams.rig.orchestrator.wait(SessionId(client.session_id), TIMEOUT_SECONDS), cut
        assert len(served.streams.rig.store.sessions()) == 1 + len(cuts)


def test_a_cut_changes_nothing_of_what_a_real_model_writes(tmp_path: Path) -> None:
    declared = {"encoding": "pcm_s16le", "sample_rate_hz": 16_000}
    heard = scene(silence(0.3), speech("lj001-0008"), silence(0.8))
    audio = (heard * 32_767).astype("<i2").tobytes()
    frames = -(-len(heard) // FRAME_UNITS)
    with serving_stt(tmp_path) as served:

        def client(key: str, cut: Cut | None) -> ResumingClient:
            told = ResumingClient(
                address=served.address,
                key=key,
                audio=audio,
                declared=declared,
                settings={"transcription": {"model": MODEL}},
                unit_bytes=2,
                frame_units=FRAME_UNITS,
                cut=cut,
            )
            told.run()
            return told

        uncut = client("uncut", None)
        assert len(transcript(uncut.events)) == 1
        usual = held(served)
        cuts = [
            Cut(behind="sent", count=frames // 2, by_reset=True),
            Cut(behind="sent", count=frames + 2, by_reset=False),
            Cut(behind="received", count=1, by_reset=False),
            Cut(behind="received", count=6, by_reset=True),
        ]
        for cut in cuts:
            resumed = client(str(cut), cut)
            assert resumed.connections == 2, cut
            assert essence(resumed.events) == essence(uncut.events), cut
        wait_until(lambda: held(served) <= usual)
