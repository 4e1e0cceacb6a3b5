"""What was said is read in every format, utterance by utterance, and may be written anew by another model."""

from pathlib import Path

import pytest
from tests.adapters.web.api.api_rig import ApiRig, problem
from tests.application.rig import silence

from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render
from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.domain.identifiers import SessionId

MEDIA = {
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}


@pytest.mark.parametrize("transcript_format", MEDIA)
def test_a_transcript_is_written_as_the_command_writes_it(api: ApiRig, transcript_format: str) -> None:
    session_id = api.said(1, 2)
    answer = api.get(f"/sessions/{session_id}/transcript?format={transcript_format}")
    log = api.web.rig.store.read(SessionId(session_id))
    assert answer.text == render(fold_transcript(log), TranscriptFormat(transcript_format))
    assert answer.content_type == MEDIA[transcript_format]
    assert answer.headers["Content-Disposition"] == f"attachment; filename={session_id}.{transcript_format}"


def test_a_format_that_there_is_not_is_a_problem(api: ApiRig) -> None:
    session_id = api.said(1)
    assert problem(api.get(f"/sessions/{session_id}/transcript?format=doc")) == (400, "bad-request")
    assert problem(api.get("/sessions/nobody/transcript")) == (404, "session-not-found")


def test_every_utterance_is_told_with_what_became_of_it(api: ApiRig) -> None:
    session_id = api.started(settings={"transcription": {"partial_interval_seconds": None}, "vad": {}})
    api.say(session_id, 1, 2)
    api.say(session_id, 3)
    api.post(f"/sessions/{session_id}/audio", data=silence(0.2).tobytes())
    api.post(f"/sessions/{session_id}/stop")
    first, second = api.get(f"/sessions/{session_id}/utterances").get_json()["utterances"]
    assert (first["utterance_id"], first["status"], first["text"]) == (1, "transcribed", "word1 word2")
    assert [word["text"] for word in first["words"]] == ["word1", "word2"]
    assert 0.0 <= first["start_seconds"] < first["words"][0]["end_seconds"] <= first["end_seconds"]
    assert (first["confidence"], first["model"], first["rejection"]) == (
        pytest.approx(0.9, abs=0.1),
        "tiny.en",
        None,
    )
    assert (second["utterance_id"], second["text"]) == (2, "word3")


def test_what_was_rejected_is_told_with_the_rule_and_its_scores(api: ApiRig) -> None:
    session_id = api.started(
        settings={"transcription": {"partial_interval_seconds": None}, "vad": {"min_speech_duration": 1.0}}
    )
    api.say(session_id, 1)
    api.post(f"/sessions/{session_id}/stop")
    only = api.get(f"/sessions/{session_id}/utterances?status=rejected").get_json()["utterances"]
    assert [utterance["status"] for utterance in only] == ["rejected"]
    assert only[0]["rejection"]["rule"] == "too-little-speech"
    assert 0.0 < only[0]["rejection"]["voiced_seconds"] < 1.0
    assert api.get(f"/sessions/{session_id}/utterances?status=transcribed").get_json()["utterances"] == []


def test_an_utterance_that_is_being_spoken_is_unfinished(api: ApiRig) -> None:
    session_id = api.started()
    api.say(session_id, 1)  # its silence at the end is heard later than the word
    api.web.rig.orchestrator.resume(SessionId(session_id))
    statuses = {each["status"] for each in api.get(f"/sessions/{session_id}/utterances").get_json()["utterances"]}
    assert statuses <= {"unfinished", "transcribed"}
    api.post(f"/sessions/{session_id}/stop")


def test_an_utterance_of_a_recorded_session_is_written_anew(api: ApiRig) -> None:
    session_id = api.said(1, 2, record_audio=True)
    answer = api.post(f"/sessions/{session_id}/utterances/1/transcribe-again", json={"model": "base"})
    told = answer.get_json()
    assert (answer.status_code, told["type"], told["data"]["model"]) == (200, "transcript-revised", "base")
    utterance = api.get(f"/sessions/{session_id}/utterances").get_json()["utterances"][0]
    assert (utterance["model"], utterance["first_text"], utterance["text"]) == (
        "base",
        "word1 word2",
        "word1 word2",
    )


@pytest.mark.parametrize(
    ("utterance", "body", "expected"),
    [
        (9, {"model": "base"}, (404, "utterance-not-found")),
        (1, {"model": "none"}, (404, "unknown-model")),
        (1, {"model": "/etc"}, (404, "unknown-model")),
        (1, {"model": "base", "engine": "none"}, (422, "unknown-engine")),
        (1, {"model": "base", "language": "xx"}, (422, "unknown-language")),
        (1, {}, (400, "bad-request")),
        (1, {"model": ""}, (400, "bad-request")),
    ],
)
def test_what_cannot_be_written_anew_is_a_problem(
    api: ApiRig, utterance: int, body: dict[str, str], expected: tuple[int, str]
) -> None:
    session_id = api.said(1, record_audio=True)
    answer = api.post(f"/sessions/{session_id}/utterances/{utterance}/transcribe-again", json=body)
    assert problem(answer) == expected


def test_a_text_that_is_waited_for_counts_among_the_streams(tmp_path: Path) -> None:
    api = ApiRig(tmp_path, ServerConfig(limits=ServerLimits(sockets=1)))
    session_id = api.said(1, record_audio=True)
    again = f"/sessions/{session_id}/utterances/1/transcribe-again"
    open_streams = api.web.app.extensions["realtime_mlx_stt"].open_streams
    with open_streams.entered(1):
        assert problem(api.post(again, json={"model": "base"})) == (429, "too-many-streams")
    assert api.post(again, json={"model": "base"}).status_code == 200
    assert open_streams.count == 0
    api.close()


def test_a_session_that_was_not_recorded_cannot_be_written_anew(api: ApiRig) -> None:
    session_id = api.said(1)
    answer = api.post(f"/sessions/{session_id}/utterances/1/transcribe-again", json={"model": "base"})
    assert problem(answer) == (404, "recording-not-found")
