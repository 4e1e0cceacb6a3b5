"""Which kinds of events each command brings about in each shape of the state, as one table without a hole."""

from typing import Final, get_args

import pytest
from tests.domain.histories import HISTORIES, SAID, SECOND, SETTINGS

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.decide import decide
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.events import GapReason, SpeechEndReason
from realtime_mlx_stt.domain.evolve import fold
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import RejectionSettings, SessionSettings
from realtime_mlx_stt.domain.state import SessionState
from realtime_mlx_stt.domain.transcription import Transcription

REFUSED: Final = "refused"
"""Stands in a cell for ``IllegalCommandError``; an empty cell says that nothing comes of the command."""

AT: Final = 3 * SECOND
FIRST: Final = UtteranceId(1)

COMMANDS: Final[tuple[c.SessionCommand, ...]] = (
    c.StartSession(settings=SETTINGS, source="a file", at=0.0),
    c.StopSession(at_sample=AT, voiced_samples=SECOND),
    c.AbandonTranscriptions(),
    c.PauseListening(at_sample=AT, voiced_samples=SECOND),
    c.ResumeListening(at_sample=AT),
    c.ChangeSettings(settings=SessionSettings(rejection=RejectionSettings(compression_ratio=3.0)), at_sample=AT),
    c.CommitUtterance(at_sample=AT, voiced_samples=SECOND),
    c.ReportWakeWord(word="hey_jarvis", score=0.8, at_sample=AT),
    c.ReportSpeechOnset(start_sample=2 * SECOND, at_sample=AT),
    c.ReportSpeechEnd(reason=SpeechEndReason.SILENCE, end_sample=2 * SECOND, at_sample=AT, voiced_samples=SECOND),
    c.ReportHypothesis(utterance_id=FIRST, transcription=Transcription(text="ask"), heard_until_sample=AT),
    c.ReportTranscription(
        utterance_id=FIRST, transcription=SAID, model="tiny.en", inference_seconds=0.1, peak_amplitude=0.5
    ),
    c.ReportTranscriptionFailure(utterance_id=FIRST, code="broken", message="It broke."),
    c.ReviseTranscript(utterance_id=FIRST, transcription=SAID, model="base"),
    c.ReportAudioGap(start_sample=AT, lost_samples=100, reason=GapReason.OVERFLOW, voiced_samples=SECOND),
    c.ReportSourceEnd(at_sample=AT, voiced_samples=SECOND),
    c.ReportSourceLoss(at_sample=AT, code="gone", message="Unplugged.", voiced_samples=SECOND),
    c.ReportSourceRecovery(at_sample=AT),
    c.PassTime(at_sample=AT),
    c.ReportDegradation(part="recording", code="disk-full", message="Full."),
    c.ReportRestoration(part="recording"),
    c.FailSession(code="broken", message="It broke.", at_sample=AT, voiced_samples=SECOND),
    c.RecoverSession(),
)

ENDED: Final = "speech-ended"
STOP: Final = "session-stopping session-stopped"
HEARD_STOP: Final = f"{ENDED} session-stopping"
GAP: Final = "audio-gap-recorded"
FAILURE: Final = "session-failed"
HEARD_FAILURE: Final = f"{ENDED} transcription-failed {FAILURE}"
OVER: Final = {"stopped": "", "failed": "", "interrupted": ""}

# What comes of a command in the states that are not named is what stands under "else".
TABLE: Final[dict[type[c.SessionCommand], dict[str, str]]] = {
    c.StartSession: {"not-started": "session-started", "else": REFUSED},
    c.StopSession: {
        "not-started": REFUSED,
        "hearing": HEARD_STOP,
        "hearing-awake": HEARD_STOP,
        "paused": f"{GAP} {STOP}",
        "stopping": "",
        **OVER,
        "else": STOP,
    },
    c.AbandonTranscriptions: {"stopping": "transcription-failed session-stopped", "else": ""},
    c.PauseListening: {
        "awaiting": "listening-paused",
        "awake": "listening-paused",
        "listening": "listening-paused",
        "hearing": f"{ENDED} listening-paused",
        "hearing-awake": f"{ENDED} listening-paused",
        "paused": "",
        "else": REFUSED,
    },
    c.ResumeListening: {
        "awaiting": "",
        "awake": "",
        "listening": "",
        "hearing": "",
        "hearing-awake": "",
        "paused": f"{GAP} listening-resumed",
        "else": REFUSED,
    },
    c.ChangeSettings: {
        "not-started": REFUSED,
        "stopping": REFUSED,
        "stopped": REFUSED,
        "failed": REFUSED,
        "interrupted": REFUSED,
        "else": "settings-changed",
    },
    c.CommitUtterance: {"not-started": REFUSED, "hearing": ENDED, "hearing-awake": ENDED, "else": ""},
    c.ReportWakeWord: {"awaiting": "wake-word-detected", "awake": "wake-word-detected", "else": ""},
    c.ReportSpeechOnset: {
        "awake": "speech-started",
        "listening": "speech-started",
        "hearing": REFUSED,
        "hearing-awake": REFUSED,
        "else": "",
    },
    c.ReportSpeechEnd: {"hearing": ENDED, "hearing-awake": ENDED, "else": ""},
    c.ReportHypothesis: {"hearing": "hypothesis-revised", "hearing-awake": "hypothesis-revised", "else": ""},
    c.ReportTranscription: {"stopping": "utterance-transcribed session-stopped", "else": ""},
    c.ReportTranscriptionFailure: {"stopping": "transcription-failed session-stopped", "else": ""},
    c.ReviseTranscript: {
        "stopped": "transcript-revised",
        "failed": "transcript-revised",
        "interrupted": "transcript-revised",
        "else": REFUSED,
    },
    c.ReportAudioGap: {
        "awaiting": GAP,
        "awake": GAP,
        "listening": GAP,
        "hearing": f"{ENDED} {GAP}",
        "hearing-awake": f"{ENDED} {GAP}",
        "else": "",
    },
    c.ReportSourceEnd: {
        "not-started": "",
        "hearing": HEARD_STOP,
        "hearing-awake": HEARD_STOP,
        "paused": f"{GAP} {STOP}",
        "stopping": "",
        **OVER,
        "else": STOP,
    },
    c.ReportSourceLoss: {
        "awaiting": "audio-source-lost",
        "awake": "audio-source-lost",
        "listening": "audio-source-lost",
        "hearing": f"{ENDED} audio-source-lost",
        "hearing-awake": f"{ENDED} audio-source-lost",
        "paused": "audio-source-lost",
        "else": "",
    },
    c.ReportSourceRecovery: {"else": ""},
    c.PassTime: {"else": ""},
    c.ReportDegradation: {"not-started": "", **OVER, "else": "service-degraded"},
    c.ReportRestoration: {"else": ""},
    c.FailSession: {
        "not-started": "",
        "hearing": HEARD_FAILURE,
        "hearing-awake": HEARD_FAILURE,
        "paused": f"{GAP} {FAILURE}",
        "stopping": f"transcription-failed {FAILURE}",
        **OVER,
        "else": FAILURE,
    },
    c.RecoverSession: {"not-started": "", **OVER, "else": "session-interrupted"},
}

CELLS: Final = [(command, name) for command in COMMANDS for name in HISTORIES]


def outcome(command: c.SessionCommand, state: SessionState) -> str:
    try:
        events = decide(command, state)
    except IllegalCommandError:
        return REFUSED
    return " ".join(event.type for event in events)


def test_the_table_is_complete() -> None:
    commands = set(get_args(c.SessionCommand))
    assert {type(command) for command in COMMANDS} == commands
    assert set(TABLE) == commands
    assert {name for row in TABLE.values() for name in row} <= {*HISTORIES, "else"}
    shapes = {type(fold(history)) for history in HISTORIES.values()}
    assert shapes == set(get_args(SessionState))


@pytest.mark.parametrize(
    ("command", "name"), CELLS, ids=[f"{type(command).__name__}-{name}" for command, name in CELLS]
)
def test_the_command_brings_about_what_the_table_says(command: c.SessionCommand, name: str) -> None:
    row = TABLE[type(command)]
    assert outcome(command, fold(HISTORIES[name])) == row.get(name, row["else"])


REPEATABLE: Final = (
    c.StopSession,
    c.AbandonTranscriptions,
    c.PauseListening,
    c.ResumeListening,
    c.ChangeSettings,
    c.CommitUtterance,
    c.ReportSpeechEnd,
    c.ReportTranscription,
    c.ReportTranscriptionFailure,
    c.ReportSourceEnd,
    c.ReportSourceLoss,
    c.ReportSourceRecovery,
    c.PassTime,
    c.ReportDegradation,
    c.ReportRestoration,
    c.FailSession,
    c.RecoverSession,
)


@pytest.mark.parametrize(
    ("command", "name"),
    [cell for cell in CELLS if isinstance(cell[0], REPEATABLE)],
    ids=[f"{type(command).__name__}-{name}" for command, name in CELLS if isinstance(command, REPEATABLE)],
)
def test_what_is_repeated_decides_nothing(command: c.SessionCommand, name: str) -> None:
    history = HISTORIES[name]
    first = outcome(command, fold(history))
    if first == REFUSED:
        return
    assert decide(command, fold((*history, *decide(command, fold(history))))) == ()
