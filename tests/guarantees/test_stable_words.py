"""What has once been shown as certain is in the final text: at most two words in a hundred are not."""

import jiwer
import numpy as np
from tests.adapters.sound_clips import silence
from tests.adapters.speech_to_text.clips import Clip
from tests.end_to_end.sound_scenes import plain_words
from tests.guarantees.live_session import Stage
from tests.guarantees.speech_sets import speech_set

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.event_store import StoredEvent

MOST_TAKEN_BACK = 0.02
PLAYED = ("clips", "joins", "prompts")


def wrong_at_the_front(stable: list[str], final: list[str]) -> int:
    """How many of the stable words are missing, changed or added, against that beginning of the final text which
    suits them best."""
    longest = min(len(final), 2 * len(stable))
    errors = [len(stable)]
    for length in range(1, longest + 1):
        found = jiwer.process_words(" ".join(stable), " ".join(final[:length]))
        errors.append(found.substitutions + found.deletions + found.insertions)
    return min(errors)


def test_the_count_of_wrong_words_is_right() -> None:
    final = ["had", "he", "married", "a", "more", "amiable", "woman"]

    assert wrong_at_the_front(final[:4], final) == 0
    assert wrong_at_the_front(["howdy", "married", "a"], final) == 2
    assert wrong_at_the_front(["had", "he", "he", "married"], final) == 1
    assert wrong_at_the_front(["you"], []) == 1


def stable_and_final(log: tuple[StoredEvent, ...]) -> list[tuple[list[str], list[str]]]:
    """By utterance, the words that became stable and those that were final; none of one that was rejected."""
    stable = {stored.event.utterance_id: "" for stored in log if isinstance(stored.event, e.SpeechStarted)}
    final = dict(stable)
    for stored in log:
        if isinstance(stored.event, e.HypothesisRevised):
            stable[stored.event.utterance_id] = stored.event.stable_text
        elif isinstance(stored.event, e.UtteranceTranscribed):
            final[stored.event.utterance_id] = stored.event.text
    shown = [name for name, text in stable.items() if plain_words(text)]
    return [(plain_words(stable[name]), plain_words(final[name])) for name in shown]


def played_live(stage: Stage, clip: Clip) -> tuple[StoredEvent, ...]:
    """The log of a session in which the model answers every quarter of a second."""
    session = stage.start()
    session.play(np.concatenate([silence(0.3), clip.audio, silence(0.8)]))
    return session.finish()


def test_hardly_a_stable_word_is_taken_back(stage: Stage) -> None:
    pairs = [
        pair for name in PLAYED for clip in speech_set(name) for pair in stable_and_final(played_live(stage, clip))
    ]

    shown = sum(len(stable) for stable, _ in pairs)
    wrong = [(wrong_at_the_front(stable, final), stable, final) for stable, final in pairs]
    assert shown > 200
    assert sum(errors for errors, _, _ in wrong) <= MOST_TAKEN_BACK * shown, [each for each in wrong if each[0]]
