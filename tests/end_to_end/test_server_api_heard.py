"""The real server, model and curl: a clip is sent, followed, read in every format, and uploaded."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import soundfile
from tests.end_to_end.command import CLIPS, TIMEOUT_SECONDS
from tests.end_to_end.served import ServedStt, serving_stt

CLIP: Final = CLIPS / "lj001-0006.wav"
"""Five seconds: "And it is worth mention in passing that, as an example of fine typography,"."""

SETTINGS: Final = {"transcription": {"partial_interval_seconds": None, "speculative_finals": False}}
PIECE_FRAMES: Final = 30_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStt]:
    with serving_stt(tmp_path_factory.mktemp("home")) as running:
        yield running


def curl(served: ServedStt, path: str, *arguments: str | Path, sent: bytes | None = None) -> bytes:
    """What curl prints of an answer that is none of an error."""
    command = ["curl", "--silent", "--show-error", "--fail-with-body", *map(str, arguments), served.url + path]
    done = subprocess.run(command, input=sent, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def asked(served: ServedStt, path: str, *arguments: str | Path, sent: bytes | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(curl(served, path, *arguments, sent=sent))
    return answer


def started(served: ServedStt, *arguments: str) -> str:
    """A session that waits for the clip."""
    rate = soundfile.info(str(CLIP)).samplerate
    body = {"settings": SETTINGS, "source": {"kind": "push", "encoding": "pcm_s16le", "sample_rate_hz": rate}}
    json_body = ("-H", "Content-Type: application/json", "-d", json.dumps(body))
    return str(asked(served, "/api/v1/sessions", *json_body, *arguments)["session_id"])


def push(served: ServedStt, session_id: str) -> None:
    """Send the clip in pieces, each of them twice, and say that this was all."""
    samples, _ = soundfile.read(str(CLIP), dtype="int16")
    for first in range(0, len(samples), PIECE_FRAMES):
        piece = samples[first : first + PIECE_FRAMES]
        for _ in range(2):
            taken = asked(
                served,
                f"/api/v1/sessions/{session_id}/audio?position={first}",
                "-H",
                "Content-Type: application/octet-stream",
                "--data-binary",
                "@-",
                sent=piece.tobytes(),
            )
            assert taken == {"next_position": first + len(piece), "is_full": False}
    curl(served, f"/api/v1/sessions/{session_id}/audio/end", "-X", "POST")


def until_over(served: ServedStt, session_id: str) -> list[dict[str, Any]]:
    """All events of the session, waiting for those that are not there yet."""
    events: list[dict[str, Any]] = []
    is_over = False
    while not is_over:
        after = len(events)
        page = asked(served, f"/api/v1/sessions/{session_id}/events?after={after}&wait_seconds=30")
        events += page["events"]
        is_over = page["is_over"]
    return events


def frames(streamed: bytes) -> list[tuple[int, str, dict[str, Any]]]:
    """The whole frames of a stream that may have been cut anywhere, without the word about its end."""
    found = []
    for block in streamed.decode().split("\n\n")[:-1]:
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if "id" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture(scope="module")
def pushed(served: ServedStt) -> str:
    """A session that is over and has heard the clip."""
    session_id = started(served)
    push(served, session_id)
    until_over(served, session_id)
    return session_id


def test_a_clip_that_is_pushed_is_written_in_every_format(served: ServedStt, pushed: str) -> None:
    session_id = pushed
    events = until_over(served, session_id)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["type"] == "session-stopped"
    where = f"/api/v1/sessions/{session_id}/transcript?format="
    text = curl(served, f"{where}txt").decode()
    assert "example of fine typography" in text
    document = json.loads(curl(served, f"{where}json"))
    assert document["text"] + "\n" == text
    assert [word["word"] for word in document["utterances"][-1]["words"]][-1].startswith("typography")
    assert curl(served, f"{where}srt").decode().startswith("1\n00:00:0")
    assert curl(served, f"{where}vtt").decode().startswith("WEBVTT\n\n00:00:0")
    shown = asked(served, f"/api/v1/sessions/{session_id}")
    assert shown["latency"]["utterances"] == len(document["utterances"])
    assert shown["ledger"]["captured_samples"] == events[-1]["data"]["captured_samples"]


def test_curl_follows_a_session_and_goes_on_where_it_was_cut(served: ServedStt, tmp_path: Path) -> None:
    session_id = started(served)
    path = f"/api/v1/sessions/{session_id}/events"
    follow = ("--no-buffer", "-H", "Accept: text/event-stream")
    first = subprocess.Popen(["curl", "--silent", *follow, served.url + path], stdout=subprocess.PIPE)
    assert first.stdout is not None
    try:
        streamed = b""
        while b"event: session-started\n" not in streamed:
            streamed += first.stdout.readline()
        push(served, session_id)
        while b"event: speech-started\n" not in streamed:
            streamed += first.stdout.readline()
    finally:
        first.kill()
        first.stdout.close()
        first.wait(TIMEOUT_SECONDS)
    told = frames(streamed)
    rest = curl(served, path, *follow, "-H", f"Last-Event-ID: {told[-1][0]}")
    told += frames(rest)
    assert rest.endswith(b'event: end\ndata: {"reason": "session-over"}\n\n')
    events = until_over(served, session_id)
    assert told == [(event["seq"], event["type"], event) for event in events]
    assert curl(served, path, *follow, "-H", f"Last-Event-ID: {told[-1][0]}") == b""
    delivered = re.search(rb"^stt_event_delivery_seconds_count (\S+)$", curl(served, "/metrics"), re.MULTILINE)
    assert delivered is not None
    assert float(delivered[1]) >= 1


@pytest.mark.parametrize("arguments", [("-F", f"file=@{CLIP}"), ("--data-binary", f"@{CLIP}")])
def test_a_clip_that_is_uploaded_has_the_text_of_one_that_is_pushed(
    served: ServedStt, pushed: str, arguments: tuple[str, str]
) -> None:
    is_form = arguments[0] == "-F"
    sent_as = () if is_form else ("-H", "Content-Type: audio/wav")
    uploaded = asked(served, "/api/v1/sessions/upload?language=en", *sent_as, *arguments)
    assert uploaded["source"] == (CLIP.name if is_form else "uploaded sound")
    until_over(served, uploaded["session_id"])
    texts = [
        curl(served, f"/api/v1/sessions/{session_id}/transcript?format=txt")
        for session_id in (pushed, uploaded["session_id"])
    ]
    assert texts[0] == texts[1] != b""


def test_a_name_of_an_uploads_glossary_is_spelled_as_it_is_there(served: ServedStt) -> None:
    """ "He was not an ill-disposed young man"; without the glossary another word is written."""
    texts = []
    for told in ((), ("-F", "glossary=Dashwood, ill-disposed", "-F", "beam_size=2", "-F", "carry_context=true")):
        sound = ("-F", f"file=@{CLIPS / 'sense-and-sensibility-0880.wav'}")
        session = asked(served, "/api/v1/sessions/upload", *sound, *told)["session_id"]
        until_over(served, session)
        texts.append(curl(served, f"/api/v1/sessions/{session}/transcript?format=txt"))
    assert [b"ill-disposed" in text for text in texts] == [False, True]


def test_a_command_that_is_sent_twice_is_done_once_and_what_is_over_can_be_deleted(served: ServedStt) -> None:
    key = ("-H", "Idempotency-Key: once")
    session_id = started(served, *key)
    assert started(served, *key) == session_id
    curl(served, f"/api/v1/sessions/{session_id}/stop", "-X", "POST", "-H", "Idempotency-Key: stop")
    curl(served, f"/api/v1/sessions/{session_id}", "-X", "DELETE")
    assert served.ask("GET", f"/api/v1/sessions/{session_id}").json["code"] == "session-not-found"


def test_the_machine_is_told_as_it_is(served: ServedStt) -> None:
    assert asked(served, "/api/v1/doctor")["is_usable"] is True
    assert "tiny.en" in [model["name"] for model in asked(served, "/api/v1/models")["models"]]
    assert "alexa" in [word["name"] for word in asked(served, "/api/v1/wake-words")["wake_words"]]
    assert b"<h1>" in curl(served, "/docs")
