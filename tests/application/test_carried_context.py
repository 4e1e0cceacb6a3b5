"""What the model is shown of a session's own texts: nothing unless it is asked for, and then what the log tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, Rig, Watch, settings, silence, texts
from tests.fakes.speech_to_text import ScriptedDecoder, ScriptedEngines, ScriptedSpeechToText, spoken

from realtime_mlx_stt.application.replay.replay import rerun_recording
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.writing.decoding_options import decoding_options, settings_in_context
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.evolve import evolve
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.state import INITIAL, NotStarted, SessionState
from realtime_mlx_stt.domain.transcription import DecodingOptions
from realtime_mlx_stt.ports.event_store import StoredEvent

PAUSE = silence(1)
TALK = np.concatenate((PAUSE, spoken(1, 2), PAUSE, spoken(3), PAUSE, spoken(4, 5), PAUSE))
LONG = np.concatenate((PAUSE, spoken(*range(1, 13)), PAUSE))


@dataclass
class PromptedEngines(ScriptedEngines):
    """Keeps the prompt of each utterance; in sessions without hypotheses one is opened for each final text."""

    prompts: list[str] = field(default_factory=list)

    def open(self, engine: str, model: str) -> ScriptedSpeechToText:
        opened = super().open(engine, model)
        return PromptedModel(self, opened.model)


class PromptedModel(ScriptedSpeechToText):
    def open_utterance(self, options: DecodingOptions) -> ScriptedDecoder:
        assert isinstance(self.engines, PromptedEngines)
        self.engines.prompts.append(options.prompt)
        return super().open_utterance(options)


@pytest.fixture
def engines() -> PromptedEngines:
    return PromptedEngines()


@pytest.fixture
def rig(engines: PromptedEngines) -> Iterator[Rig]:
    made = Rig(engines=engines)
    yield made
    made.orchestrator.close()


def told(**transcription: object) -> SessionSettings:
    usual = settings()
    return replace(usual, transcription=replace(usual.transcription, **transcription))  # type: ignore[arg-type]


CARRYING = told(carries_context=True, glossary=("Aoife",), prompt="So.")


def recorded(asked: SessionSettings) -> PipelineConfig:
    return PipelineConfig(settings=asked, record_audio=True)


def say(rig: Rig, watch: Watch, *words: int) -> None:
    """Have the words said, each in an utterance of its own, and wait for the text of each."""
    for word in words:
        count = len(texts(watch.events))
        rig.source.hear(np.concatenate((PAUSE, spoken(word), PAUSE)))
        watch.until(e.UtteranceTranscribed, count + 1)


def prompts_by_log(log: Sequence[StoredEvent]) -> list[str]:
    """What the model was to be shown of each utterance, by what is in the log before its end."""
    prompts: list[str] = []
    state: SessionState = INITIAL
    for stored in log:
        state = evolve(state, stored.event)
        if isinstance(stored.event, e.SpeechEnded) and not isinstance(state, NotStarted):
            prompts.append(decoding_options(settings_in_context(state.context)).prompt)
    return prompts


def test_without_being_asked_for_no_text_is_shown_to_the_model(rig: Rig, engines: PromptedEngines) -> None:
    rig.hear_all(TALK, recorded(told()))
    rig.hear_all(TALK, recorded(told(glossary=("Aoife",))))
    assert engines.prompts == ["", "", "", "Aoife.", "Aoife.", "Aoife."]


def test_neither_is_that_of_the_part_before_a_cut(rig: Rig, engines: PromptedEngines) -> None:
    usual = told()
    cut = replace(usual, endpointing=replace(usual.endpointing, longest_utterance_seconds=2.0))
    log = rig.hear_all(LONG, recorded(cut))
    reasons = [stored.event.reason for stored in log if isinstance(stored.event, e.SpeechEnded)]
    assert e.SpeechEndReason.LONGEST_UTTERANCE in reasons
    assert engines.prompts == [""] * len(reasons)


def test_what_is_carried_follows_from_the_log_and_is_the_same_when_heard_again(
    rig: Rig, engines: PromptedEngines
) -> None:
    log = rig.hear_all(TALK, recorded(CARRYING))
    carried = ["Aoife. So.", "Aoife. So. word1 word2", "Aoife. So. word1 word2 word3"]
    assert engines.prompts == prompts_by_log(log) == carried
    recording = rig.recordings.path(log[0].session_id)
    assert rerun_recording(rig.orchestrator, log, recording, TIMEOUT_SECONDS).is_same
    assert engines.prompts == [*carried, *carried]


def test_what_is_carried_begins_anew_with_other_settings_also_when_heard_again(
    rig: Rig, engines: PromptedEngines
) -> None:
    session_id, watch = rig.start(recorded(CARRYING))
    say(rig, watch, 1, 2)
    rig.orchestrator.change_settings(session_id, told(model="base", carries_context=True))
    say(rig, watch, 3, 4)
    rig.orchestrator.change_settings(session_id, told(model="base"))
    say(rig, watch, 5)
    log = rig.finish(session_id)
    before = list(engines.prompts)
    assert before == prompts_by_log(log) == ["Aoife. So.", "Aoife. So. word1", "", "word3", ""]
    recording = rig.recordings.path(session_id)
    assert rerun_recording(rig.orchestrator, log, recording, TIMEOUT_SECONDS).is_same
    assert engines.prompts == [*before, *before]


def test_an_utterance_that_is_written_again_is_shown_what_it_was_shown_before(
    rig: Rig, engines: PromptedEngines
) -> None:
    log = rig.hear_all(TALK, recorded(CARRYING))
    carried = list(engines.prompts)
    archive, session_id = rig.orchestrator.archive, log[0].session_id
    for utterance in (3, 1, 2):
        archive.transcribe_again(session_id, UtteranceId(utterance), None, "tiny.en", None)
    assert engines.prompts[3:] == [carried[2], carried[0], carried[1]]


def test_to_another_model_the_texts_of_the_first_are_no_context(rig: Rig, engines: PromptedEngines) -> None:
    log = rig.hear_all(TALK, recorded(CARRYING))
    rig.orchestrator.archive.transcribe_again(log[0].session_id, UtteranceId(3), None, "base", None)
    assert engines.prompts[-1] == "Aoife. So."


def test_live_texts_are_carried_once_they_are_there(rig: Rig, engines: PromptedEngines) -> None:
    """Whatever the threads do: what the log has before the end of an utterance is what is shown."""
    session_id, watch = rig.start(PipelineConfig(settings=CARRYING))
    say(rig, watch, 1, 2)
    log = rig.finish(session_id)
    assert engines.prompts == prompts_by_log(log) == ["Aoife. So.", "Aoife. So. word1"]
