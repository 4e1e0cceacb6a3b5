"""The transcript holds every utterance with its text, or with the reason why it has none."""

from tests.application.stories import ended, started, stored, transcribed, word

from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId


def test_an_utterance_has_its_span_text_words_confidence_language_and_model() -> None:
    transcript = fold_transcript(
        stored(started(1, 100), ended(1, 100, 9_000), transcribed(1, "hello", word("hello", 200, 800)))
    )
    utterance = transcript.utterances[0]
    assert (utterance.start_sample, utterance.end_sample, utterance.text) == (100, 9_000, "hello")
    assert utterance.best.words == (word("hello", 200, 800),)
    assert (utterance.best.confidence, utterance.best.language, utterance.best.model) == (0.9, "en", "tiny.en")


def test_utterances_stand_in_the_order_of_speaking_whatever_the_order_of_writing() -> None:
    transcript = fold_transcript(
        stored(
            started(1, 0),
            ended(1, 0, 100),
            started(2, 200),
            ended(2, 200, 300),
            transcribed(2, "second"),
            transcribed(1, "first"),
        )
    )
    assert transcript.text == "first\nsecond"


def test_a_revision_stands_beside_the_final_text() -> None:
    revision = e.TranscriptRevised(
        utterance_id=UtteranceId(1), text="Hello.", words=(), language="en", confidence=0.99, model="base"
    )
    transcript = fold_transcript(stored(started(1, 0), ended(1, 0, 100), transcribed(1, "hello"), revision))
    utterance = transcript.utterances[0]
    assert (utterance.final.text, utterance.text, utterance.best.model) == ("hello", "Hello.", "base")


def test_a_rejected_utterance_keeps_its_rule_and_scores_until_a_later_pass_rescues_it() -> None:
    rejection = e.UtteranceRejected(
        utterance_id=UtteranceId(1),
        rule=e.RejectionRule.NO_SPEECH,
        text="Thank you.",
        voiced_seconds=0.5,
        no_speech_probability=0.8,
    )
    events = (started(1, 50), ended(1, 50, 100), rejection)
    rejected = fold_transcript(stored(*events)).rejected[0]
    assert (rejected.rule, rejected.text, rejected.start_sample) == (e.RejectionRule.NO_SPEECH, "Thank you.", 50)
    assert rejected.no_speech_probability == 0.8
    rescue = e.TranscriptRevised(
        utterance_id=UtteranceId(1), text="No, thanks.", words=(), language=None, confidence=0.9, model="base"
    )
    rescued = fold_transcript(stored(*events, rescue))
    assert rescued.rejected == ()
    assert (rescued.text, rescued.utterances[0].start_sample) == ("No, thanks.", 50)


def test_a_failed_utterance_keeps_its_error() -> None:
    failure = e.TranscriptionFailed(utterance_id=UtteranceId(1), code="speech-to-text", message="It broke.")
    failed = fold_transcript(stored(started(1, 0), ended(1, 0, 100), failure)).failed[0]
    assert (failed.code, failed.message, failed.end_sample) == ("speech-to-text", "It broke.", 100)


def test_what_an_interruption_lost_is_failed_and_nothing_stays_unfinished() -> None:
    interruption = e.SessionInterrupted(lost_utterances=(UtteranceId(1), UtteranceId(2)))
    transcript = fold_transcript(stored(started(1, 0), ended(1, 0, 100), started(2, 200), interruption))
    assert [(failed.utterance_id, failed.code) for failed in transcript.failed] == [
        (1, "session-interrupted"),
        (2, "session-interrupted"),
    ]
    assert transcript.unfinished == ()


def test_the_unfinished_utterance_carries_its_newest_hypothesis() -> None:
    hypothesis = e.HypothesisRevised(
        utterance_id=UtteranceId(1), revision=1, stable_text="ask", unstable_text=" not", heard_until_sample=900
    )
    unfinished = fold_transcript(stored(started(1, 0), hypothesis)).unfinished[0]
    assert (unfinished.stable_text, unfinished.unstable_text, unfinished.end_sample) == ("ask", " not", None)
