"""What every speech-to-text engine does, and the scripted one of the tests as well."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from tests.adapters.openai_transcription.local_service import running_service
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import MODEL, engines
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.application.inference.engines_by_name import EnginesByName
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.model_repository import ModelRepositoryError
from realtime_mlx_stt.ports.speech_to_text import (
    SpeechToText,
    SpeechToTextEngines,
    SpeechToTextError,
    UnknownEngineError,
    UnknownLanguageError,
    UtteranceDecoder,
)

NOTHING = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Engines, one of their models, and two utterances that it understands."""

    engines: SpeechToTextEngines
    utterance: AudioSamples
    other_utterance: AudioSamples
    engine: str = "mlx_whisper"
    name: str = MODEL
    foreign_languages: Sequence[str] = ("de", "nonsense")

    def model(self) -> SpeechToText:
        """Loaded."""
        opened = self.engines.open(self.engine, self.name)
        opened.load()
        return opened

    def decoder(self) -> UtteranceDecoder:
        """For a new utterance."""
        return self.model().open_utterance(DecodingOptions(language="en"))


@contextmanager
def mlx_whisper() -> Iterator[Subject]:
    yield Subject(engines=engines(), utterance=clip("cards-003").audio, other_utterance=clip("lj001-0008").audio)


@contextmanager
def scripted() -> Iterator[Subject]:
    yield Subject(engines=ScriptedEngines(), utterance=spoken(1, 2, 3), other_utterance=spoken(4, 5))


@contextmanager
def openai() -> Iterator[Subject]:
    with running_service() as service:
        yield _remote(service.engines())


@contextmanager
def by_name() -> Iterator[Subject]:
    """The same behind the choice among several engines."""
    with running_service() as service:
        yield _remote(EnginesByName({"mlx_whisper": ScriptedEngines(), "openai": service.engines()}))


def _remote(engines: SpeechToTextEngines) -> Subject:
    return Subject(
        engines=engines,
        utterance=spoken(1, 2, 3),
        other_utterance=spoken(4, 5),
        engine="openai",
        name="whisper-1",
        foreign_languages=("nonsense",),
    )


@pytest.fixture(params=[mlx_whisper, scripted, openai, by_name], ids=lambda make: str(make.__name__))
def subject(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subject]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    make: Callable[[], AbstractContextManager[Subject]] = request.param
    with make() as made:
        yield made


def texts(heard: Sequence[Transcription | SpeechToTextError]) -> list[str]:
    return [each.text for each in heard if isinstance(each, Transcription)]


def words_of(transcription: Transcription) -> str:
    return " ".join(word.text for word in transcription.words)


def test_a_final_text_has_its_words_in_order_inside_the_audio(subject: Subject) -> None:
    heard = subject.decoder().decode(subject.utterance, final=True)

    assert heard.text
    assert words_of(heard) == heard.text
    assert all(0 <= word.start_sample <= word.end_sample <= subject.utterance.size for word in heard.words)
    assert all(earlier.end_sample <= later.start_sample for earlier, later in pairwise(heard.words))
    assert all(word.text.strip() == word.text != "" for word in heard.words)


def test_a_text_tells_how_sure_the_engine_is(subject: Subject) -> None:
    heard = subject.decoder().decode(subject.utterance, final=True)

    assert 0.0 < heard.confidence <= 1.0
    assert heard.confidence == pytest.approx(np.exp(heard.average_log_probability))
    assert 0.0 <= heard.no_speech_probability <= 1.0
    assert all(0.0 <= word.probability <= 1.0 for word in heard.words)
    assert heard.language == "en"


def test_a_growing_utterance_ends_with_the_text_it_has_at_once(subject: Subject) -> None:
    decoder = subject.decoder()
    for share in (0.4, 0.8, 1.0):
        decoder.decode(subject.utterance[: int(share * subject.utterance.size)], final=False)

    final, at_once = (each.decode(subject.utterance, final=True) for each in (decoder, subject.decoder()))
    assert final.text == at_once.text
    assert words_of(final) == words_of(at_once)
    assert final.confidence == pytest.approx(at_once.confidence, abs=1e-3)


def test_an_utterance_may_turn_out_to_be_another(subject: Subject) -> None:
    decoder = subject.decoder()
    decoder.decode(subject.utterance, final=False)

    assert (
        decoder.decode(subject.other_utterance, final=True).text
        == subject.decoder().decode(subject.other_utterance, final=True).text
    )


def test_utterances_at_the_same_time_do_not_disturb_each_other(subject: Subject) -> None:
    one, other = subject.decoder(), subject.decoder()
    one.decode(subject.utterance, final=False)
    other.decode(subject.other_utterance, final=False)

    heard = one.decode(subject.utterance, final=True).text, other.decode(subject.other_utterance, final=True).text

    assert heard[0] == subject.decoder().decode(subject.utterance, final=True).text
    assert heard[1] == subject.decoder().decode(subject.other_utterance, final=True).text
    assert heard[0] != heard[1]


def test_utterances_that_are_written_together_have_the_texts_that_each_has_alone(subject: Subject) -> None:
    model, audios = subject.model(), (subject.utterance, NOTHING, subject.other_utterance)
    together, alone = ([subject.decoder() for _ in audios] for _ in range(2))
    for share in (0.4, 0.8, 1.0):
        grown = [audio[: int(share * audio.size)] for audio in audios]
        expected = [decoder.decode(audio, final=False) for decoder, audio in zip(alone, grown, strict=True)]

        heard = model.decode_together([*zip(together, grown, strict=True)])

        assert texts(heard) == texts(expected)
        assert len(set(texts(heard))) == len(audios)

    final, at_once = (each.decode(subject.utterance, final=True) for each in (together[0], subject.decoder()))
    assert final.text == at_once.text


def test_one_that_cannot_be_written_costs_those_that_are_written_with_it_nothing(subject: Subject) -> None:
    too_long = np.resize(subject.utterance, 31 * 16_000)
    growing = [(subject.decoder(), audio) for audio in (subject.utterance, too_long, subject.other_utterance)]

    first, refused, last = subject.model().decode_together(growing)

    assert isinstance(refused, SpeechToTextError)
    assert texts([first, last]) == [
        subject.decoder().decode(audio, final=False).text for audio in (subject.utterance, subject.other_utterance)
    ]


def test_a_model_says_how_many_utterances_it_is_worth_giving_it_at_once(subject: Subject) -> None:
    assert subject.engines.open(subject.engine, subject.name).most_together >= 1


@pytest.mark.parametrize("final", [True, False])
def test_no_audio_has_no_text(subject: Subject, *, final: bool) -> None:
    heard = subject.decoder().decode(NOTHING, final=final)

    assert (heard.text, heard.words) == ("", ())
    assert heard.no_speech_probability == 1.0


def test_the_audio_is_left_as_it_was(subject: Subject) -> None:
    audio = subject.utterance.copy()
    audio.flags.writeable = False

    subject.decoder().decode(audio, final=True)

    np.testing.assert_array_equal(audio, subject.utterance)


def test_a_model_can_be_opened_on_any_thread_and_loaded_again(subject: Subject) -> None:
    with ThreadPoolExecutor(1) as elsewhere:
        model = elsewhere.submit(subject.engines.open, subject.engine, subject.name).result()

    model.load()
    model.load()

    assert model.model == subject.name
    assert model.open_utterance(DecodingOptions(language="en")).decode(subject.utterance, final=False).text


def test_a_model_that_was_let_go_is_loaded_again_and_writes_the_same(subject: Subject) -> None:
    before = subject.decoder().decode(subject.utterance, final=True)

    for _ in range(2):
        subject.engines.open(subject.engine, subject.name).unload()

    assert subject.decoder().decode(subject.utterance, final=True) == before


def test_a_model_that_was_never_loaded_can_be_let_go(subject: Subject) -> None:
    subject.engines.open(subject.engine, subject.engines.default_model(subject.engine)).unload()


def test_an_unknown_engine_is_answered_with_those_there_are(subject: Subject) -> None:
    engines = subject.engines
    for ask in (
        lambda: engines.open("nonsense", subject.name),
        lambda: engines.default_model("nonsense"),
        lambda: engines.is_remote("nonsense"),
        lambda: engines.language_code("nonsense", subject.name, None),
    ):
        with pytest.raises(UnknownEngineError, match=f"no engine nonsense.*{subject.engine}") as caught:
            ask()
        assert caught.value.code == "unknown-engine"


def test_an_engine_has_a_default_model_that_can_be_opened(subject: Subject) -> None:
    name = subject.engines.default_model(subject.engine)

    assert subject.engines.open(subject.engine, name).model == name


def test_an_engine_says_whether_audio_leaves_this_machine(subject: Subject) -> None:
    assert subject.engines.is_remote(subject.engine) == (subject.engine == "openai")


def test_an_unknown_model_is_refused_when_it_is_opened_or_loaded(subject: Subject) -> None:
    with pytest.raises(ModelRepositoryError) as caught:
        subject.engines.open(subject.engine, "tyni.en").load()

    assert caught.value.code == "unknown-model"


@pytest.mark.parametrize(("language", "code"), [(None, None), ("en", "en"), ("English", "en")])
def test_a_language_that_the_model_writes_has_a_code(
    subject: Subject, language: str | None, code: str | None
) -> None:
    assert subject.engines.language_code(subject.engine, subject.name, language) == code

    assert (
        subject.model()
        .open_utterance(DecodingOptions(language=language))
        .decode(subject.utterance, final=False)
        .language
        == "en"
    )


def test_a_language_that_the_model_does_not_write_is_refused(subject: Subject) -> None:
    for language in subject.foreign_languages:
        with pytest.raises(UnknownLanguageError) as checked:
            subject.engines.language_code(subject.engine, subject.name, language)
        with pytest.raises(UnknownLanguageError) as opened:
            subject.model().open_utterance(DecodingOptions(language=language))

        assert checked.value.code == opened.value.code == "unknown-language"
        assert isinstance(checked.value, SpeechToTextError)
