"""What the page's modules reckon, run where it counts: in the browser."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.adapters.web.rig import WebRig, serving
from tests.architecture.source_tree import ROOT
from tests.end_to_end.browser import chromium, opened_page

GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of the served files, on which modules can be imported."""
    rig = WebRig()
    with serving(rig.app) as host, chromium() as browser, opened_page(browser, host, "/page/favicon.svg") as watch:
        yield watch.page
        assert watch.foreign == []
    rig.close()


def run(page: Page, module: str, body: str, argument: object = None) -> Any:
    """Run ``body`` with everything that the module exports as ``m`` and the argument as ``given``."""
    script = f"async (given) => {{ const m = await import('/page/scripts/{module}.js'); {body} }}"
    return page.evaluate(script, argument)


def envelope(seq: int, kind: str, data: dict[str, Any], at: float = 0.0) -> dict[str, Any]:
    return {
        "session_id": "s",
        "seq": seq,
        "position": seq,
        "type": kind,
        "version": 1,
        "recorded_at": at,
        "data": data,
    }


def golden(kind: str) -> dict[str, Any]:
    """The example of the event reference."""
    path = next(Path(GOLDEN).rglob(f"{kind}*.json"))
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def fold(page: Page, envelopes: list[dict[str, Any]], read: str) -> Any:
    body = f"""
        const session = m.emptySession("s");
        for (const envelope of given) m.addEnvelope(session, envelope);
        return {read};
    """
    return run(page, "session_fold", body, envelopes)


SETTINGS = {
    "voice_activity": {"onset_threshold": 0.5, "release_threshold": 0.35},
    "endpointing": {"tail_seconds": 0.2},
    "transcription": {"engine": "mlx_whisper", "model": "tiny.en"},
    "wake_word": None,
}
AWAKE = {**SETTINGS, "wake_word": {"words": ["hey_jarvis"], "threshold": 0.5}}


def started(settings: dict[str, Any] = SETTINGS) -> dict[str, Any]:
    return envelope(
        1, "session-started", {"settings": settings, "source": "a microphone", "started_at": 100.0}, 100.0
    )


def spoken(first: int, number: int, text: str) -> list[dict[str, Any]]:
    """An utterance of a second from its begin to its text, from ``seq`` first on."""
    begin = number * 32000
    return [
        envelope(
            first,
            "speech-started",
            {"utterance_id": number, "start_sample": begin, "detected_at_sample": begin + 4000},
            101.0,
        ),
        envelope(
            first + 1,
            "hypothesis-revised",
            {
                "utterance_id": number,
                "revision": 1,
                "stable_text": text[:2],
                "unstable_text": text[2:],
                "heard_until_sample": begin + 8000,
            },
            101.4,
        ),
        envelope(
            first + 2,
            "speech-ended",
            {
                "utterance_id": number,
                "reason": "silence",
                "start_sample": begin,
                "end_sample": begin + 16000,
                "voiced_samples": 9000,
                "detected_at_sample": begin + 22400,
            },
            102.0,
        ),
        envelope(
            first + 3,
            "utterance-transcribed",
            {
                "utterance_id": number,
                "text": text,
                "words": [{"text": text, "start_sample": begin, "end_sample": begin + 9, "probability": 0.9}],
                "language": "en",
                "confidence": 0.9,
                "model": "tiny.en",
                "inference_seconds": 0.2,
            },
            102.25,
        ),
    ]


def test_an_utterance_is_folded_to_its_text_and_its_latency(page: Page) -> None:
    found = fold(
        page,
        [started(), *spoken(2, 1, "Hello")],
        """({ text: m.sessionText(session), activity: session.activity, captured: session.capturedSamples,
             kind: session.utterances.get(1).kind, latency: session.latencies[0] })""",
    )
    assert found == {
        "text": "Hello",
        "activity": "listening",
        "captured": 32000 + 22400,
        "kind": "transcribed",
        "latency": {
            "utteranceId": 1,
            "endpointingSeconds": 0.6,  # the 0.4 s of silence behind the tail, and the tail of 0.2 s
            "writingSeconds": 0.25,
            "firstPartialSeconds": pytest.approx(0.4),
            "endOfSpeechToTextSeconds": 0.85,
        },
    }


def test_a_partial_text_has_a_stable_and_an_unstable_part(page: Page) -> None:
    found = fold(page, [started(), *spoken(2, 1, "Hello")[:2]], "session.utterances.get(1)")
    assert (found["kind"], found["stableText"], found["unstableText"]) == ("unfinished", "He", "llo")


def test_what_was_seen_before_changes_nothing_and_missing_partials_do_no_harm(page: Page) -> None:
    once = [started(), *spoken(2, 1, "Hello"), *spoken(6, 2, "there")]
    read = "JSON.stringify([m.sessionText(session), session.latencies, session.lastSeq])"
    doubled = [each for envelope in once for each in (envelope, envelope)]
    again = [*once[:5], *once]
    assert fold(page, once, read) == fold(page, doubled, read) == fold(page, again, read)
    without = [envelope for envelope in once if envelope["type"] != "hypothesis-revised"]
    assert fold(page, without, "m.sessionText(session)") == "Hello\nthere"


def test_texts_that_come_in_another_order_stand_in_the_order_of_speech(page: Page) -> None:
    first, second = spoken(2, 1, "one"), spoken(5, 2, "two")
    crossed = [started(), *first[:3], *second[:3], {**second[3], "seq": 8}, {**first[3], "seq": 9}]
    assert fold(page, crossed, "m.sessionText(session)") == "one\ntwo"


def test_a_rejected_text_is_kept_apart_with_its_rule(page: Page) -> None:
    data = {
        "utterance_id": 1,
        "rule": "no-speech",
        "text": "Thank you.",
        "voiced_seconds": 0.4,
        "no_speech_probability": 0.9,
    }
    found = fold(
        page,
        [started(), *spoken(2, 1, "x")[:3], envelope(5, "utterance-rejected", data)],
        "({ text: m.sessionText(session), utterance: session.utterances.get(1) })",
    )
    assert found["text"] == ""
    assert (found["utterance"]["kind"], found["utterance"]["rule"]) == ("rejected", "no-speech")
    assert found["utterance"]["noSpeechProbability"] == 0.9


def test_the_wake_word_is_armed_heard_and_armed_again(page: Page) -> None:
    heard = envelope(
        2, "wake-word-detected", {"word": "hey_jarvis", "score": 0.9, "at_sample": 1, "deadline_sample": 9}
    )
    expired = envelope(3, "wake-word-expired", {"word": "hey_jarvis", "at_sample": 9})
    read = "[session.wake.phase, session.activity]"
    assert fold(page, [started()], read) == ["off", "listening"]
    assert fold(page, [started(AWAKE)], read) == ["armed", "awaiting-wake-word"]
    assert fold(page, [started(AWAKE), heard], read) == ["heard", "listening"]
    assert fold(page, [started(AWAKE), heard, expired], read) == ["armed", "awaiting-wake-word"]
    speech = spoken(3, 1, "now")
    speech[2]["data"]["awaits_wake_word"] = True
    assert fold(page, [started(AWAKE), heard, *speech], read) == ["armed", "awaiting-wake-word"]


def degraded(seq: int, part: str, code: str) -> dict[str, Any]:
    return envelope(seq, "service-degraded", {"part": part, "code": code, "message": "So it is."})


OFF = degraded(2, "hypotheses", "hypotheses-off")
SMALLER = degraded(3, "model", "smaller-model")
BACK = envelope(4, "service-restored", {"part": "hypotheses"})
STOPPED = envelope(5, "session-stopped", {"reason": "requested", "captured_samples": 5})


@pytest.mark.parametrize(
    ("envelopes", "sentence"),
    [
        ([started()], ""),
        (
            [started(), degraded(2, "hypotheses", "hypotheses-slower")],
            "Partial texts are shown more rarely: this machine is busy.",
        ),
        (
            [started(), OFF, SMALLER],
            "Only finished sentences are shown, and a smaller model writes: this machine is busy.",
        ),
        ([started(), OFF, SMALLER, BACK], "A smaller model writes: this machine is busy."),
        ([started(), OFF, BACK], ""),
        ([started(), degraded(2, "recording", "recording")], ""),
        ([started(), OFF, STOPPED], ""),
    ],
)
def test_the_page_says_for_as_long_as_it_lasts_what_is_left_out(
    page: Page, envelopes: list[dict[str, Any]], sentence: str
) -> None:
    """On the page itself, of which the view is a part."""
    whole = page.context.new_page()
    whole.goto(page.url.replace("page/favicon.svg", ""))
    body = """
        const { emptySession, addEnvelope } = await import("/page/scripts/session_fold.js");
        const session = emptySession("s");
        for (const envelope of given) addEnvelope(session, envelope);
        new m.DocumentView(() => "").open(session, true);
        const line = document.getElementById("left-out");
        return [line.checkVisibility(), line.textContent];
    """
    assert run(whole, "document_view", body, envelopes) == [bool(sentence), sentence]
    whole.close()


def test_who_is_busy_is_the_machine_that_writes(page: Page) -> None:
    sentences = run(
        page,
        "words",
        """return [["mlx_whisper", "captions.example"], ["openai", "localhost"]].map(
            ([engine, host]) => m.leftOutSentence(["smaller-model"], engine, host));""",
    )
    assert sentences == [
        "A smaller model writes: the server\N{RIGHT SINGLE QUOTATION MARK}s machine is busy.",
        "A smaller model writes: the service is busy.",
    ]


def test_the_notice_of_a_part_that_works_again_goes_away(page: Page) -> None:
    whole = page.context.new_page()
    whole.goto(page.url.replace("page/favicon.svg", ""))
    body = """
        const news = new m.Newsroom();
        const followed = { openedAt: 0 };
        const shown = () => [...document.querySelectorAll("#notices .notice")].map(({ dataset }) => dataset.code);
        return given.map((envelope) => { news.tell(followed, envelope); return shown(); });
    """
    told = [
        {**each, "recorded_at": 1.0}
        for each in (
            degraded(2, "recording", "recording"),
            OFF,
            envelope(4, "service-restored", {"part": "recording"}),
            BACK,
        )
    ]
    assert run(whole, "newsroom", body, told) == [["recording"], ["recording"], [], []]
    whole.close()


def test_the_end_of_a_session_is_told_from_its_interruption(page: Page) -> None:
    stopping = envelope(2, "session-stopping", {"reason": "requested", "captured_samples": 5})
    stopped = envelope(3, "session-stopped", {"reason": "requested", "captured_samples": 5})
    read = "[session.activity, m.isOver(session)]"
    assert fold(page, [started(), stopping], read) == ["stopping", False]
    assert fold(page, [started(), stopping, stopped], read) == ["stopped", True]
    lost = envelope(4, "session-interrupted", {"lost_utterances": [1]}, 9.0)
    found = fold(
        page,
        [started(), *spoken(2, 1, "abc")[:2], lost],
        "[session.activity, session.problems[0].code, session.utterances.get(1)]",
    )
    assert found[:2] == ["interrupted", "session-interrupted"]
    assert (found[2]["kind"], found[2]["text"]) == ("failed", "abc")


def test_every_event_of_the_reference_can_be_folded(page: Page) -> None:
    """In the order of their golden examples, which are of one session."""
    names = sorted({path.name.split(".")[0] for path in GOLDEN.rglob("*.json")})
    assert len(names) >= 22
    examples = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.rglob("*.json"))]
    given = [
        dict(example, session_id="s") for example in examples if isinstance(example, dict) and "type" in example
    ]
    given.sort(key=lambda each: int(each["seq"]))
    assert fold(page, given, "session.lastSeq") == max(each["seq"] for each in given)
    known = run(page, "session_fold", "return m.FOLDED_TYPES;")
    assert {each["type"] for each in given} == set(known)


def test_audio_is_kept_until_the_server_has_it(page: Page) -> None:
    body = """
        const ring = new m.AudioRing(1000);
        for (let index = 0; index < 5; index++) ring.append(new Int16Array(10).fill(index));
        const before = [ring.firstPosition, ring.endPosition, ring.waitingSamples];
        ring.acknowledge(25);
        const frames = ring.framesFrom(25).map(({ position, samples }) => [position, samples.length, samples[0]]);
        ring.acknowledge(12);
        return { before, frames, first: ring.firstPosition, waiting: ring.waitingSamples, lost: ring.lostSamples };
    """
    assert run(page, "audio_ring", body) == {
        "before": [0, 50, 50],
        "frames": [[25, 5, 2], [30, 10, 3], [40, 10, 4]],
        "first": 25,
        "waiting": 25,
        "lost": 0,
    }


def test_what_does_not_fit_into_the_ring_is_counted_as_lost(page: Page) -> None:
    body = """
        const ring = new m.AudioRing(30, 100);
        for (let index = 0; index < 5; index++) ring.append(new Int16Array(10));
        ring.acknowledge(1000);
        const emptied = [ring.firstPosition, ring.waitingSamples, ring.framesFrom(0).length];
        return { emptied, lost: ring.lostSamples, end: ring.endPosition };
    """
    assert run(page, "audio_ring", body) == {"emptied": [150, 0, 0], "lost": 20, "end": 150}


def test_resent_audio_is_the_same_for_every_position_of_a_cut(page: Page) -> None:
    body = """
        const whole = Int16Array.from({ length: 60 }, (_, index) => index);
        const wrong = [];
        for (let cut = 0; cut <= 60; cut++) {
          const ring = new m.AudioRing(1000);
          for (let at = 0; at < 60; at += 7) ring.append(whole.slice(at, at + 7));
          ring.acknowledge(cut);
          const resent = ring.framesFrom(cut).flatMap(({ samples }) => [...samples]);
          if (JSON.stringify(resent) !== JSON.stringify([...whole.slice(cut)])) wrong.push(cut);
        }
        return wrong;
    """
    assert run(page, "audio_ring", body) == []


def test_what_an_ended_session_has_not_heard_is_sent_to_the_next_one_from_its_beginning(page: Page) -> None:
    body = """
        const sender = new m.AudioSender(1000);
        for (let index = 0; index < 5; index++) sender.take(new Int16Array(10).fill(index));
        sender.acknowledge(12);
        sender.beginAnew(25);
        const sent = [];
        const sendAudio = (position, samples) => sent.push([position, samples.length, samples[0]]);
        sender.connect({ bufferedBytes: 0, sendAudio, skipAudio: (to) => sent.push(["skip", to]) }, 0);
        return { sent, lag: sender.lagSeconds };
    """
    assert run(page, "audio_sender", body) == {"sent": [[0, 5, 2], [5, 10, 3], [15, 10, 4]], "lag": 0.025}


SERVER = """
    const heard = [];
    const gaps = [];
    let connection = 0;
    const receive = (position, samples) => {
      if (position > heard.length) gaps.push([heard.length, position]);
      while (heard.length < position) heard.push(null);
      heard.push(...[...samples].slice(heard.length - position));
    };
    const link = (fails = () => false) => {
      const mine = ++connection;
      return {
        bufferedBytes: 0,
        sendAudio: (position, samples) => mine === connection && !fails(position) && receive(position, samples),
        skipAudio: (to) => gaps.push(["skip", to]),
      };
    };
    const frame = (index) => Int16Array.from({ length: 10 }, (_, place) => index * 10 + place);
"""
"""A server as far as audio is concerned: it takes what comes in order, once, and notes what is missing."""


def test_audio_arrives_whole_and_once_wherever_the_connection_is_cut(page: Page) -> None:
    """Cut behind every frame, with the acknowledgement lost, late or there, and after up to 3 frames were lost."""
    body = f"""
        const wrong = [];
        for (let cut = 0; cut < 12; cut++) for (const acknowledged of [0, 1, 2]) for (const lost of [0, 1, 3]) {{
          {SERVER}
          const sender = new m.AudioSender(1000);
          sender.connect(link((position) => position >= 10 * (cut - lost)), 0);
          for (let index = 0; index < 20; index++) {{
            sender.take(frame(index));
            if (index === cut) {{
              if (acknowledged) sender.acknowledge(Math.floor(heard.length / (acknowledged === 1 ? 2 : 1)));
              sender.disconnect();
            }}
            if (index === cut + 3) sender.connect(link(), heard.length);
          }}
          sender.acknowledge(heard.length);
          const isWhole = heard.length === 200 && heard.every((sample, place) => sample === place);
          if (!isWhole || gaps.length || sender.lagSeconds) wrong.push([cut, acknowledged, lost]);
        }}
        return wrong;
    """
    assert run(page, "audio_sender", body) == []


def test_a_server_that_is_behind_is_sent_nothing_until_it_says_so(page: Page) -> None:
    body = f"""
        {SERVER}
        const sender = new m.AudioSender(1000);
        sender.connect(link(), 0);
        sender.take(frame(0));
        sender.holdBack(5);
        sender.take(frame(1));
        const meanwhile = [heard.length, sender.lagSeconds];
        heard.length = 5;
        sender.goOn(5);
        let isDrained = false;
        sender.drained().then(() => (isDrained = true));
        await null;
        const early = isDrained;
        sender.acknowledge(20);
        await null;
        return {{ meanwhile, heard, gaps, early, isDrained }};
    """
    found = run(page, "audio_sender", body)
    assert found["meanwhile"] == [10, 0.015]
    assert found["heard"] == list(range(20))
    assert found["gaps"] == []
    assert (found["early"], found["isDrained"]) == (False, True)


def test_what_the_ring_gave_up_is_skipped_and_said(page: Page) -> None:
    body = f"""
        {SERVER}
        const sender = new m.AudioSender(1000, {{ keptSeconds: 0.03 }});
        for (let index = 0; index < 5; index++) sender.take(frame(index));
        sender.connect(link(), 0);
        return {{ gaps, lost: sender.lostSeconds, heard: heard.filter((sample) => sample !== null) }};
    """
    found = run(page, "audio_sender", body)
    assert found == {"gaps": [["skip", 20], [0, 20]], "lost": 0.02, "heard": list(range(20, 50))}


def test_a_muted_microphone_sends_silence_of_the_same_length(page: Page) -> None:
    body = f"""
        {SERVER}
        const sender = new m.AudioSender(1000);
        sender.connect(link(), 0);
        sender.isMuted = true;
        sender.take(frame(7));
        return heard;
    """
    assert run(page, "audio_sender", body) == [0] * 10


def test_messages_are_those_of_the_protocol(page: Page) -> None:
    body = """
        return {
          audio: [...new Uint8Array(m.audioMessage(258, Int16Array.of(1, -2)))],
          open: [m.openMessage(7, null), m.openMessage(0, 44100)].map(JSON.parse),
          addresses: ["https:", "http:"].map((protocol) => m.streamAddress("a/b", { protocol, host: "there:1" })),
        };
    """
    assert run(page, "stream_protocol", body) == {
        "audio": [2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 254, 255],
        "open": [
            {"type": "open", "after": 7},
            {
                "type": "open",
                "after": 0,
                "audio": {"encoding": "pcm_s16le", "sample_rate_hz": 44100, "channels": 1},
            },
        ],
        "addresses": [f"{scheme}://there:1/api/v1/sessions/a%2Fb/stream" for scheme in ("wss", "ws")],
    }


def test_attempts_to_connect_become_rarer_and_begin_anew_after_a_success(page: Page) -> None:
    body = """
        const backoff = new m.Backoff({ firstSeconds: 1, longestSeconds: 5, random: () => 1 });
        const waits = [1, 2, 3, 4, 5].map(() => backoff.next());
        backoff.reset();
        return [...waits, backoff.next()];
    """
    assert run(page, "backoff", body) == [1, 2, 4, 5, 5, 1]


@pytest.mark.parametrize(
    ("seconds", "clock", "words"),
    [
        (0, "0:00", "the beginning"),
        (5.9, "0:05", "5 seconds"),
        (61, "1:01", "1 minute 1 second"),
        (3725, "1:02:05", "62 minutes 5 seconds"),
    ],
)
def test_times_are_written_for_the_eye_and_for_the_ear(page: Page, seconds: float, clock: str, words: str) -> None:
    found = run(page, "positions", "return [m.clockTime(given), m.spokenTime(given)];", seconds)
    assert found == [clock, words]


def test_positions_and_seconds_are_converted_without_loss(page: Page) -> None:
    body = "return [0, 1, 12345, 16000 * 3600].map((n) => m.secondsToSamples(m.samplesToSeconds(n)));"
    assert run(page, "positions", body) == [0, 1, 12345, 57_600_000]
    assert run(page, "positions", "return m.samplesToSeconds(48000, 48000);") == 1


def test_doubtful_words_and_what_was_searched_are_marked_in_the_text(page: Page) -> None:
    words = [{"text": " Ask", "probability": 0.97}, {"text": " not.", "probability": 0.31}]
    found = run(
        page,
        "text_segments",
        "return m.textSegments(given.text, given.words, 'k n');",
        {"text": "Ask not.", "words": words},
    )
    assert [(piece["text"], piece["probability"], piece["isMatch"]) for piece in found] == [
        ("As", None, False),
        ("k ", None, True),
        ("n", 0.31, True),
        ("ot.", 0.31, False),
    ]


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Crème brûlée", "creme", ["Crème"]),
        ("Straße", "STRASS", []),
        ("The theatre", "the", ["The", "the"]),
        ("aaaa", "aa", ["aa", "aa"]),
        ("x", "  ", []),
        ("İstanbul", "istan", ["İstan"]),
        ("日本語の文字", "語の", ["語の"]),
    ],
)
def test_a_search_passes_over_case_and_accents(page: Page, text: str, query: str, found: list[str]) -> None:
    body = "return m.matchingRanges(given[0], given[1]).map(({ start, end }) => given[0].slice(start, end));"
    assert run(page, "text_segments", body, [text, query]) == found


def test_pieces_of_a_text_put_together_are_the_text(page: Page) -> None:
    text = "One two, two — three"
    words = [{"text": word, "probability": 0.1} for word in (" two", " not there", " three")]
    found = run(page, "text_segments", "return m.textSegments(...given);", [text, words, "t"])
    assert "".join(piece["text"] for piece in found) == text
    assert all(piece["text"] for piece in found)


def test_a_snippet_is_the_line_in_which_something_stands(page: Page) -> None:
    text = "The first line.\nThis is a longer line in which at last the Typography is named."
    found = run(page, "text_segments", "return m.snippet(given, 'typography')", text)
    assert "".join(each["text"] for each in found) == "…line in which at last the Typography is named."
    assert [each["text"] for each in found if each["isMatch"]] == ["Typography"]
    assert run(page, "text_segments", "return m.snippet(given, 'nowhere')", text) is None


def test_days_and_machines_are_named_as_a_reader_would(page: Page) -> None:
    body = """
        const now = new Date(2026, 10, 24, 9);
        const on = (day) => new Date(2026, 10, day, 14, 3) / 1000;
        return [on(24), on(23), on(2)].map((at) => m.dayName(at, now));
    """
    days = run(page, "positions", body)
    assert days[:2] == ["Today", "Yesterday"]
    assert "2 November" in days[2]
    hosts = ["localhost", "127.0.0.1", "[::1]", "desk.local"]
    names = run(page, "words", "return given.map((host) => m.machineName(host))", hosts)
    assert names == ["this machine"] * 3 + ["the server\N{RIGHT SINGLE QUOTATION MARK}s machine"]


def test_names_are_typed_one_a_line_or_with_commas(page: Page) -> None:
    body = "return given.map((text) => m.namesIn(text))"
    typed = ["Dashwood, Aoife\n\n Digium ,", " ", "New York"]
    assert run(page, "profile_words", body, typed) == [["Dashwood", "Aoife", "Digium"], [], ["New York"]]


def test_a_changed_profile_keeps_what_the_page_has_no_field_for(page: Page) -> None:
    begun = {
        "transcription": {"beam_size": 5, "smaller_model": "tiny.en", "glossary": ["Aoife", "Digium"]},
        "vad": {"pause_duration": 0.1, "parameters": {"silero_threshold": 0.4}},
    }
    body = "return given.map(([profile, settings]) => m.changedProfile(profile, settings))"
    changes = [
        {"transcription": {"engine": engine, "glossary": ["Dashwood"]}, "vad": {"parameters": {"threshold": None}}}
        for engine in ("mlx_whisper", "openai")
    ]
    same, other, empty = run(
        page, "profile_words", body, [[begun, changes[0]], [begun, changes[1]], [{}, changes[0]]]
    )
    assert same == {
        "transcription": {
            "engine": "mlx_whisper",
            "beam_size": 5,
            "smaller_model": "tiny.en",
            "glossary": ["Dashwood"],
        },
        "vad": {"pause_duration": 0.1, "parameters": {"silero_threshold": 0.4, "threshold": None}},
    }
    assert (other["transcription"]["beam_size"], other["transcription"]["smaller_model"]) == (5, None)
    assert empty == changes[0]
