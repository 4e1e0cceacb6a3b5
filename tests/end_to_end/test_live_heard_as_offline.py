"""Sound that comes in its own time is written as the same sound in a file, with hypotheses on the way."""

import pytest
from tests.end_to_end.hearing import Hearing
from tests.end_to_end.sound_scenes import in_a_row, plain_words, scene, silence, speech

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.audio_source import AudioSamples

SEVERAL = scene(silence(0.3), in_a_row(["cards-005", "lj001-0008", "lj001-0002"], 0.8)[0], silence(0.8))


@pytest.mark.parametrize(
    ("audio", "speed"), [(speech("jfk"), 4.0), (SEVERAL, 4.0), (speech("sense-and-sensibility-0870"), 50.0)]
)
def test_the_final_texts_are_the_same(hearing: Hearing, audio: AudioSamples, speed: float) -> None:
    live = hearing.hear(audio, hearing.live(speed))

    assert live.outcome == hearing.hear(audio).outcome


def test_hypotheses_come_while_it_is_spoken_and_grow_towards_the_text(hearing: Hearing) -> None:
    """That they come in turn and take nothing back is checked in every log; here, that they come at all."""
    heard = hearing.hear(speech("sense-and-sensibility-0870"), hearing.live(speed=2.0))

    hypotheses = heard.events(e.HypothesisRevised)
    (final,) = heard.events(e.UtteranceTranscribed)
    (ended,) = heard.events(e.SpeechEnded)
    assert hypotheses
    reached = [hypothesis.heard_until_sample for hypothesis in hypotheses]
    assert reached == sorted(reached)
    assert reached[-1] <= ended.end_sample
    words = plain_words(final.text)
    shown = [plain_words(hypothesis.stable_text + hypothesis.unstable_text) for hypothesis in hypotheses]
    assert all(set(words) & set(text) for text in shown)
    stable = plain_words(hypotheses[-1].stable_text)
    assert len(stable) <= len(words)
    types = heard.types()
    assert types.index("speech-started") < types.index("hypothesis-revised")
    assert types[-2:] == ["speech-ended", "utterance-transcribed"]
