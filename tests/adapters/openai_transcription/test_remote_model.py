"""What the service is sent, through the real client, and what it is asked for."""

import numpy as np
import pytest
from tests.adapters.openai_transcription.local_service import KEY, QUICK, LocalService, running_service
from tests.adapters.speech_to_text.clips import clip
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.adapters.openai_transcription.engines import OpenAiEngines
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.speech_to_text import ApiKeyRefusedError


def decode(
    service: LocalService,
    model: str = "whisper-1",
    audio: AudioSamples | None = None,
    language: str | None = None,
    *,
    final: bool = True,
) -> Transcription:
    decoder = service.engines().open("openai", model).open_utterance(DecodingOptions(language=language))
    return decoder.decode(spoken(1, 2) if audio is None else audio, final=final)


def test_the_audio_arrives_sample_for_sample_in_16_bits(service: LocalService) -> None:
    audio = clip("cards-003").audio
    decode(service, audio=audio)
    (request,) = service.received
    assert request.file_name == "utterance.wav"
    assert request.audio.size == audio.size
    np.testing.assert_allclose(request.audio, audio, atol=0.5 / 32767 + 1e-7)


def test_audio_that_is_too_loud_is_clipped_and_not_wrapped_around(service: LocalService) -> None:
    decode(service, audio=np.array([0.0, 1.5, -1.5, 1.0, -1.0], dtype=np.float32))
    assert service.received[0].audio.tolist() == [0.0, 1.0, -1.0, 1.0, -1.0]


def test_no_audio_is_sent_nowhere(service: LocalService) -> None:
    assert decode(service, audio=np.zeros(0, dtype=np.float32)).text == ""
    assert service.received == []


@pytest.mark.parametrize(
    ("language", "sent"), [(None, []), ("de", ["de"]), ("German", ["de"]), ("jw", ["jv"]), ("javanese", ["jv"])]
)
def test_a_language_is_sent_by_its_standard_code(
    service: LocalService, language: str | None, sent: list[str]
) -> None:
    decode(service, language=language)
    assert service.option("language") == [sent]


@pytest.mark.parametrize(("prompt", "sent"), [("", []), ("Dashwood. They left.", ["Dashwood. They left."])])
def test_a_prompt_is_sent_where_there_is_one(service: LocalService, prompt: str, sent: list[str]) -> None:
    options = DecodingOptions(language="en", prompt=prompt)
    service.engines().open("openai", "whisper-1").open_utterance(options).decode(spoken(1), final=True)
    assert service.option("prompt") == [sent]


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"])
def test_the_model_and_the_key_are_sent(service: LocalService, model: str) -> None:
    decode(service, model)
    assert service.option("model") == [[model]]
    assert [request.key for request in service.received] == [KEY]


def test_whisper_is_asked_for_the_places_of_words_and_only_where_they_are_wanted(service: LocalService) -> None:
    final, partial = decode(service, final=True), decode(service, final=False)
    assert [(word.text, word.start_sample) for word in final.words] == [("word1", 0), ("word2", 5600)]
    assert partial.words == ()
    assert service.option("timestamp_granularities[]") == [["word", "segment"], ["segment"]]
    assert final.language == "en"
    assert final.no_speech_probability == 0.01


@pytest.mark.parametrize("final", [True, False])
def test_the_gpt_models_are_asked_how_sure_they_are(service: LocalService, *, final: bool) -> None:
    heard = decode(service, "gpt-4o-transcribe", final=final)
    assert (heard.text, heard.words) == ("word1 word2", ())
    assert heard.average_log_probability == -0.25
    assert service.option("include[]") == [["logprobs"]]
    assert service.option("response_format") == [["json"]]


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe", "a-model-of-its-own"])
def test_a_server_that_knows_no_details_is_asked_for_them_once(service: LocalService, model: str) -> None:
    service.knows_details = False
    opened = service.engines().open("openai", model)
    for _ in range(2):
        heard = opened.open_utterance(DecodingOptions(language="en")).decode(spoken(1, 2), final=True)
        assert heard == Transcription(text="word1 word2", language="en", compression_ratio=heard.compression_ratio)
    assert len(service.received) == 3
    assert service.option("response_format")[1:] == [["json"], ["json"]]


def test_a_changed_address_or_key_counts_from_the_next_call_on(service: LocalService) -> None:
    account = service.account()
    decoder = OpenAiEngines(account, QUICK).open("openai", "whisper-1").open_utterance(DecodingOptions())
    decoder.decode(spoken(1), final=True)
    with running_service() as other:
        account.use(base_url=other.base_url)
        decoder.decode(spoken(2), final=True)
        assert [request.key for request in other.received] == [KEY]
    account.use(api_key="another-key", base_url=service.base_url)
    with pytest.raises(ApiKeyRefusedError):
        decoder.decode(spoken(3), final=True)
    assert [request.key for request in service.received] == [KEY, "another-key"]


def test_loading_looks_the_model_up_once_until_the_key_is_another(service: LocalService) -> None:
    account = service.account()
    model = OpenAiEngines(account, QUICK).open("openai", "whisper-1")
    model.load()
    model.load()
    assert service.looked_up == ["/v1/models/whisper-1"]
    account.use(api_key="another-key")
    with pytest.raises(ApiKeyRefusedError):
        model.load()
    account.use(api_key=KEY)
    model.load()
    assert len(service.looked_up) == 3
    assert service.received == []


@pytest.mark.parametrize("model", [".", "..", "a/b", "a?b#c", "modèle"])
def test_a_model_may_have_any_name_and_the_service_decides(service: LocalService, model: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        service.engines().open("openai", model).load()
    assert model in str(caught.value)
