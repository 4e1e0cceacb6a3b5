"""Hands each command to the function that decides what events it brings about; start here to read the rules."""

from typing import assert_never

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.decisions import lifecycle, listening, utterances, writing
from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.state import SessionState

__all__ = ["decide"]


def decide(command: c.SessionCommand, state: SessionState) -> tuple[SessionEvent, ...]:
    """The events that the command brings about, in order; none when it repeats or comes too late.

    Raises:
        IllegalCommandError: the session cannot do this in its present state.
    """
    match command:
        case c.PassTime():
            return listening.pass_time(command, state)
        case c.ReportWakeWord():
            return listening.hear_wake_word(command, state)
        case c.PauseListening():
            return listening.pause_listening(command, state)
        case c.ResumeListening():
            return listening.resume_listening(command, state)
        case c.ReportAudioGap():
            return listening.record_gap(command, state)
        case c.ReportSourceLoss():
            return listening.lose_source(command, state)
        case c.ReportSourceRecovery():
            return listening.recover_source(command, state)
        case c.ReportSpeechOnset():
            return utterances.hear_speech_onset(command, state)
        case c.ReportSpeechEnd():
            return utterances.hear_speech_end(command, state)
        case c.CommitUtterance():
            return utterances.commit_utterance(command, state)
        case c.ReportHypothesis():
            return writing.hear_hypothesis(command, state)
        case c.ReportTranscription():
            return writing.hear_transcription(command, state)
        case c.ReportTranscriptionFailure():
            return writing.hear_transcription_failure(command, state)
        case c.ReviseTranscript():
            return writing.revise_transcript(command, state)
        case _:
            return _decide_life(command, state)


_LifeCommand = (
    c.StartSession
    | c.StopSession
    | c.AbandonTranscriptions
    | c.ReportSourceEnd
    | c.FailSession
    | c.RecoverSession
    | c.ChangeSettings
    | c.ReportDegradation
    | c.ReportRestoration
)


def _decide_life(command: _LifeCommand, state: SessionState) -> tuple[SessionEvent, ...]:
    match command:
        case c.StartSession():
            return lifecycle.start_session(command, state)
        case c.StopSession():
            return lifecycle.stop_session(command, state)
        case c.AbandonTranscriptions():
            return lifecycle.abandon_transcriptions(command, state)
        case c.ReportSourceEnd():
            return lifecycle.end_source(command, state)
        case c.FailSession():
            return lifecycle.fail_session(command, state)
        case c.RecoverSession():
            return lifecycle.recover_session(command, state)
        case c.ChangeSettings():
            return lifecycle.change_settings(command, state)
        case c.ReportDegradation():
            return lifecycle.degrade_service(command, state)
        case c.ReportRestoration():
            return lifecycle.restore_service(command, state)
        case _:
            assert_never(command)
