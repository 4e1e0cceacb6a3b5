"""What the model is shown before it writes: the glossary, the end of the prompt, and the last texts if asked."""

from realtime_mlx_stt.application.writing.decoding_options import decoding_options, settings_in_context
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.state import SessionContext
from realtime_mlx_stt.domain.transcription import DecodingOptions, TranscriptionTask


def prompt_of(settings: TranscriptionSettings) -> str:
    return decoding_options(settings).prompt


def in_context(settings: TranscriptionSettings, recent_text: str) -> TranscriptionSettings:
    context = SessionContext(settings=SessionSettings(transcription=settings), recent_text=recent_text)
    return settings_in_context(context)


def test_the_options_are_those_of_the_settings() -> None:
    settings = TranscriptionSettings(language="de", task=TranscriptionTask.TRANSLATE, beam_size=5, prompt="So.")
    assert decoding_options(settings) == DecodingOptions(
        language="de", task=TranscriptionTask.TRANSLATE, beam_size=5, prompt="So."
    )


def test_without_anything_to_show_there_is_no_prompt() -> None:
    assert prompt_of(TranscriptionSettings()) == ""


def test_the_glossary_is_a_list_that_ends_like_a_sentence_and_comes_before_the_prompt() -> None:
    assert prompt_of(TranscriptionSettings(glossary=(" Dashwood", "Aoife"))) == "Dashwood, Aoife."
    settings = TranscriptionSettings(glossary=("Dashwood",), prompt=" They went \n home. ")
    assert prompt_of(settings) == "Dashwood. They went home."


def test_of_a_long_prompt_the_last_words_count_and_the_glossary_is_kept_whole() -> None:
    words = " ".join(f"word{number}" for number in range(300))
    prompt = prompt_of(TranscriptionSettings(glossary=("Dashwood",), prompt=words))
    assert prompt.startswith("Dashwood. word")
    assert prompt.endswith(" word298 word299")
    assert set(prompt.split()[1:]) <= set(words.split())
    assert len(prompt.encode()) <= 561


def test_a_prompt_is_cut_between_letters_whatever_their_bytes() -> None:
    assert set(prompt_of(TranscriptionSettings(prompt="東京" * 300))) == {"東", "京"}


def test_what_was_said_is_shown_only_where_that_is_asked_for() -> None:
    assert in_context(TranscriptionSettings(prompt="So."), "He left.").prompt == "So."
    carrying = TranscriptionSettings(prompt="So.", carries_context=True)
    assert in_context(carrying, "He left.").prompt == "So. He left."
    assert in_context(carrying, "") is carrying
