"""``stt transcribe`` writes what is said in every clip, no worse than mlx-whisper, and says when."""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.speech_to_text.clips import DATA_FOLDER, clip, speech_clips, word_error_rate
from tests.adapters.speech_to_text.loaded_model import bare_model
from tests.adapters.speech_to_text.plain_decoding import whole_window_text
from tests.end_to_end.command import Home
from tests.end_to_end.hearing import MODEL
from tests.end_to_end.sound_scenes import plain_words, word_errors

from realtime_mlx_stt.domain.audio_format import seconds_to_samples

YARDSTICK = json.loads((DATA_FOLDER / "mlx-whisper-texts.json").read_bytes())["texts"]
SAID = {each.name: each.text for each in speech_clips()}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What ``stt transcribe`` says of each clip, all heard by one command."""
    files = [DATA_FOLDER / "speech" / f"{each.name}.wav" for each in speech_clips()]
    home = Home(tmp_path_factory.mktemp("home"))
    outcome = home.run("transcribe", *files, "--model", MODEL, "--format", "json")
    assert (outcome.status, outcome.errors) == (0, "")
    return {Path(document["file"]).stem: document for document in json.loads(outcome.output)}


def test_every_clip_has_its_text_and_nothing_is_rejected(documents: Mapping[str, Any]) -> None:
    assert documents.keys() == SAID.keys()
    assert {document["model"] for document in documents.values()} == {MODEL}
    assert [document["rejected"] for document in documents.values()] == [[]] * len(SAID)


def test_the_set_has_no_more_word_errors_than_mlx_whisper_makes(documents: Mapping[str, Any]) -> None:
    heard = {name: document["text"] for name, document in documents.items()}

    assert word_error_rate(heard) <= word_error_rate(YARDSTICK)


def test_no_word_is_left_out_or_made_up_that_the_whole_window_would_not(documents: Mapping[str, Any]) -> None:
    """The utterances of a clip, which may begin and end in it elsewhere than the clip, each in 30 s of its own."""
    for name, document in documents.items():
        spoken = [
            clip(name).audio[seconds_to_samples(u["start"]) : seconds_to_samples(u["end"])]
            for u in document["utterances"]
        ]
        whole = " ".join(whole_window_text(bare_model(), audio) for audio in spoken)
        errors, allowed = (word_errors(SAID[name], text) for text in (document["text"], whole))
        assert errors.missing <= allowed.missing, (name, document["text"], whole)
        assert errors.added <= allowed.added, (name, document["text"], whole)


def test_all_times_lie_inside_the_clip_and_in_order(documents: Mapping[str, Any]) -> None:
    for each in speech_clips():
        document = documents[each.name]
        assert document["duration_seconds"] == pytest.approx(each.seconds, abs=0.001)
        utterances = document["utterances"]
        assert all(0 <= u["start"] < u["end"] <= document["duration_seconds"] for u in utterances)
        assert all(before["end"] <= after["start"] for before, after in pairwise(utterances))
        for utterance in utterances:
            words = utterance["words"]
            assert [word["word"] for word in words] == utterance["text"].split()
            assert all(utterance["start"] <= w["start"] <= w["end"] <= utterance["end"] for w in words)
            assert all(before["end"] <= after["start"] for before, after in pairwise(words))


def test_the_text_is_that_of_the_utterances_with_the_models_own_confidence(documents: Mapping[str, Any]) -> None:
    for document in documents.values():
        texts = [utterance["text"] for utterance in document["utterances"]]
        assert plain_words(document["text"]) == plain_words(" ".join(texts))
        assert all(0.3 < utterance["confidence"] < 1.0 for utterance in document["utterances"])
    confidences = [u["confidence"] for document in documents.values() for u in document["utterances"]]
    assert len(set(confidences)) == len(confidences)
