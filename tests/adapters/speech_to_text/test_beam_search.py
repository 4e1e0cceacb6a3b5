"""Beam search finds what the reference's algorithm does, written plainly: every text fed anew for each token."""

import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import bare_model, loaded_engine
from tests.adapters.speech_to_text.plain_decoding import EncodedAudio, decode_plainly, english_rules

from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules, log_softmax
from realtime_mlx_stt.adapters.speech_to_text.search.greedy_decoding import decode_text
from realtime_mlx_stt.domain.transcription import DecodingOptions

Tokens = tuple[int, ...]
Sums = dict[Tokens, float]


def scores_after(heard: EncodedAudio, rules: TokenRules, tokens: Tokens) -> list[float]:
    decoder = heard.decoder()
    logits = decoder.logits(decoder.feed([*rules.prompt, *tokens])[-1:])[0]
    return [float(score) for score in log_softmax(logits + rules.penalties(is_first=not tokens))]


def candidates_of(heard: EncodedAudio, rules: TokenRules, beams: Sums, size: int) -> Sums:
    candidates: Sums = {}
    for tokens, total in beams.items():
        scores = scores_after(heard, rules, tokens)
        for token in sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[: size + 1]:
            candidates[*tokens, token] = total + scores[token]
    return dict(sorted(candidates.items(), key=lambda item: item[1], reverse=True))


def reference_beam_search(heard: EncodedAudio, rules: TokenRules, longest: int, size: int) -> tuple[Tokens, float]:
    """OpenAI's ``BeamSearchDecoder`` and ``MaximumLikelihoodRanker`` for one audio, with their defaults."""
    beams: Sums = {(): 0.0}
    finished: Sums = {}
    for _ in range(longest):
        candidates = candidates_of(heard, rules, beams, size)
        beams = {}
        for tokens, total in candidates.items():
            kept = finished if tokens[-1] == rules.end else beams
            if len(kept) < size:
                kept[tokens] = total
            if len(beams) == size:
                break
        if len(finished) == size:
            break
    for tokens, total in sorted(beams.items(), key=lambda item: item[1], reverse=True)[: size - len(finished)]:
        finished[*tokens, rules.end] = total
    best = max(finished, key=lambda tokens: finished[tokens] / (len(tokens) - 1))
    return best[:-1], finished[best] / len(best)


@pytest.mark.parametrize(("name", "longest", "size"), [("cards-003", 20, 3), ("lj001-0008", 20, 2), ("jfk", 4, 3)])
def test_it_finds_what_the_reference_finds(name: str, longest: int, size: int) -> None:
    rules, heard = english_rules(bare_model()), EncodedAudio(bare_model(), clip(name).audio)
    decoder = heard.decoder()

    decoded = decode_text(decoder, rules, longest=longest, beam_size=size)

    tokens, average = reference_beam_search(heard, rules, longest, size)
    assert decoded.tokens == tokens
    assert sum(decoded.log_probabilities) / (len(tokens) + 1) == pytest.approx(average, abs=1e-3)
    assert decoder.length == len(rules.prompt) + len(tokens)
    assert decoder.attention(len(tokens) + 1, 50).shape[1:] == (len(tokens) + 1, 50)


def test_it_is_never_less_probable_than_greedy_decoding() -> None:
    rules, heard = english_rules(bare_model()), EncodedAudio(bare_model(), clip("cards-002").audio)

    wide = decode_text(heard.decoder(), rules, longest=30, beam_size=5)

    assert wide.is_complete
    greedy = decode_plainly(heard.decoder(), rules, longest=30)
    assert wide.no_speech_probability == pytest.approx(greedy.no_speech_probability, rel=1e-3)
    assert wide.average_log_probability >= greedy.average_log_probability - 1e-3


def test_the_engine_follows_beams_when_it_is_asked_to() -> None:
    engine, audio = loaded_engine(), clip("cards-003").audio

    text = engine.open_utterance(DecodingOptions(language="en", beam_size=3)).decode(audio, final=True)

    assert text.text.rstrip(".").lower() in ("7 of clubs", "seven of clubs")
    assert [word.text for word in text.words] == text.text.split()
