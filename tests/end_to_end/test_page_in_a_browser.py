"""The page in a real browser, with a file as its microphone, over the real server with the real model."""

import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.architecture.source_tree import ROOT
from tests.end_to_end.browser import PageWatch, another, chromium, opened_page
from tests.end_to_end.command import TIMEOUT_SECONDS
from tests.end_to_end.page_checks import CAPTIONED, DROP, HALF_CERTAIN, NAMELESS, PALE, SMALL_TARGETS
from tests.end_to_end.page_sounds import (
    FIRST_WORD,
    SECOND_WORD,
    WOKEN_WORD,
    seeded_session,
    spoken_scene,
    woken_scene,
    write_microphone,
)
from tests.end_to_end.served import ServedStt, serving_stt, wait_until

PICTURES_WANTED: Final = "STT_PAGE_PICTURES"
"""If it is set, the pictures of the page are written into docs/."""

MOST_PICTURE_BYTES: Final = 200_000
MOTIONS: Final[Mapping[str, Literal["no-preference", "reduce"]]] = {"light": "reduce", "dark": "no-preference"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStt]:
    with serving_stt(tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(autouse=True)
def nothing_runs_on(served: ServedStt) -> Iterator[None]:
    """Each test finds a server on which no session is running, whatever became of the test before."""
    yield
    served.stop_sessions()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    microphone = write_microphone(tmp_path_factory.mktemp("microphone") / "spoken.wav", spoken_scene())
    with chromium(microphone) as browser:
        yield browser


@pytest.fixture
def watch(browser: Browser, served: ServedStt) -> Iterator[PageWatch]:
    """The page as somebody finds it who opens it; at the end nothing went wrong in it, and it asked nobody else."""
    with opened_page(browser, served.address) as watch:
        expect(watch.page.locator("#server-status")).to_have_text("The server is ready.")
        yield watch
        stop(watch.page)
        assert watch.errors == [], served.running.lines[-30:]
        assert watch.foreign == []


@pytest.fixture(scope="module")
def past(served: ServedStt) -> str:
    """A session in which two sentences were said and, for its settings, two words too few."""
    return seeded_session(served, "lj001-0004", "cards-001", "lj001-0006", shortest_speech_seconds=1.2)


def picture(shown: Page | Locator, name: str, folder: Path) -> None:
    """A picture of the page, or of a part of it, as it is now; small enough for a repository."""
    content = shown.screenshot(path=folder / f"page-{name}.png", animations="disabled")
    assert len(content) < MOST_PICTURE_BYTES
    if os.environ.get(PICTURES_WANTED):
        (ROOT / "docs" / f"page-{name}.png").write_bytes(content)


def until(page: Page, condition: str) -> Any:
    """What an expression of JavaScript gives, once it holds; the page's policy keeps Playwright from waiting."""
    given: list[Any] = []

    def holds() -> bool:
        given[:] = [page.evaluate(condition)]
        return bool(given[0])

    wait_until(holds)
    return given[0]


def expect_none(page: Page, finding: str) -> None:
    """Wait until an expression of JavaScript finds nothing: at once, or when what moves has come to rest."""
    try:
        until(page, f"({finding}).length === 0")
    except AssertionError:
        assert page.evaluate(finding) == []
        raise


def await_activity(page: Page, activity: str) -> None:
    """Wait for what the session is said to do, looking often: some of it is over soon."""
    until(page, f"document.querySelector('#activity').innerText === '{activity}'")


def await_best_moment(page: Page) -> None:
    """Wait until the caption is half certain, or until its sentence is over: a slow machine may skip that."""
    until(page, f"({HALF_CERTAIN}) || transcript.innerText.includes('{SECOND_WORD}')")


def start(page: Page) -> None:
    page.get_by_role("button", name="Start listening").click()
    expect(page.locator("#connection")).to_have_text("Connected")


def stop(page: Page) -> None:
    """End what this page has started, with the texts that are owed."""
    if page.locator("#stop").is_enabled():
        page.locator("#stop").click()
        expect(page.locator("#start")).to_be_enabled()


def open_session(page: Page, session_id: str) -> None:
    page.locator(f"[data-session='{session_id}'] .session-open").click()
    expect(page.locator("#transcript .utterance").first).to_be_visible()


def shown_session(page: Page) -> str:
    return str(page.locator(".session-item:has([aria-current])").get_attribute("data-session"))


def texts_of(page: Page) -> Locator:
    """The final texts that are shown."""
    return page.locator("#transcript .utterance[data-kind=transcribed] .said")


def names_of(page: Page) -> Locator:
    """Where the names are typed that may be said."""
    return page.get_by_role("textbox", name="Names", exact=True)


def prompt_of(page: Page) -> Locator:
    """Where the prompt is typed."""
    return page.get_by_role("textbox", name="Prompt", exact=True)


def shown_texts(page: Page) -> list[str]:
    return texts_of(page).all_inner_texts()


def expect_recorded_texts(page: Page, served: ServedStt, session_id: str) -> None:
    """The page shows the final texts that are in the session's log, and no others."""
    texts = [event["data"]["text"] for event in recorded(served, session_id, "utterance-transcribed")]
    expect(texts_of(page)).to_have_text(texts, use_inner_text=True)


def recorded(served: ServedStt, session_id: str, kind: str) -> list[dict[str, Any]]:
    """The events of a type in the session's log."""
    events = served.show(f"/sessions/{session_id}/events?limit=1000")["events"]
    return [event for event in events if event["type"] == kind]


def test_speech_becomes_live_captions_and_then_a_text(watch: PageWatch, served: ServedStt, tmp_path: Path) -> None:
    page = watch.page
    expect(page.get_by_role("heading", name="Say something")).to_be_visible()
    expect(page.locator("#model")).to_have_value("tiny.en")
    expect(page.locator("#model")).to_be_enabled()
    picture(page, "empty", tmp_path)

    start(page)
    expect(page.locator("#activity")).to_have_text("Hearing speech")
    meter = page.get_by_role("meter", name="Microphone level")
    expect(meter).to_have_attribute("aria-valuenow", re.compile("[1-9]"))
    colours = until(page, CAPTIONED)
    assert colours[0] != colours[1], "the part that may still change is paler"
    expect(texts_of(page)).to_contain_text([FIRST_WORD])
    await_best_moment(page)
    picture(page, "live", tmp_path)
    expect(texts_of(page).last).to_contain_text(SECOND_WORD)
    expect(page.locator("#announcer")).to_contain_text(SECOND_WORD)
    expect(page.locator("#figure-latency")).to_have_text(re.compile(r"^\d+(\.\d\d)? s$"))
    expect(page.locator("#figure-lag")).to_have_text(re.compile(r"^\d+(\.\d\d)? s$"))

    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Start listening")).to_be_visible()
    expect(page.locator("#document-facts")).to_contain_text("Finished")
    expect(page.locator(".session-item .lamp")).to_have_count(0)
    picture(page, "finished", tmp_path)
    session_id = shown_session(page)
    expect_recorded_texts(page, served, session_id)
    assert recorded(served, session_id, "session-stopped")[0]["data"]["reason"] == "source-ended"


def test_a_lost_connection_loses_nothing_that_is_said(watch: PageWatch, served: ServedStt) -> None:
    watch.foreseen.append("ERR_INTERNET_DISCONNECTED")
    page = watch.page
    start(page)
    await_activity(page, "Hearing speech")
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_have_text("Connection lost, trying again")
    until(page, "parseFloat(document.querySelector('#figure-lag').innerText) > 4")
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_text("Connected")
    expect(texts_of(page).last).to_contain_text(SECOND_WORD)
    expect(texts_of(page)).to_contain_text([FIRST_WORD])
    expect(page.locator("#system-log")).to_contain_text("Connected again.")
    stop(page)

    session_id = shown_session(page)
    assert recorded(served, session_id, "audio-gap-recorded") == []
    expect_recorded_texts(page, served, session_id)
    assert " ".join(shown_texts(page)).count(FIRST_WORD) == 1


def test_a_reloaded_page_picks_up_the_session_and_goes_on_sending(watch: PageWatch, served: ServedStt) -> None:
    page = watch.page
    start(page)
    expect(texts_of(page)).to_contain_text([FIRST_WORD])
    session_id = shown_session(page)
    page.reload()
    expect(page.locator("#connection")).to_have_text("Connected")
    assert shown_session(page) == session_id
    expect(texts_of(page)).to_contain_text([FIRST_WORD])
    until(page, f"document.querySelector('#transcript').innerText.split('{FIRST_WORD}').length === 3")
    stop(page)
    assert recorded(served, session_id, "session-stopped")[0]["data"]["reason"] == "source-ended"


def test_keys_start_pause_end_a_sentence_and_stop(watch: PageWatch, served: ServedStt) -> None:
    page = watch.page
    page.keyboard.press("r")
    expect(page.locator("#connection")).to_have_text("Connected")
    await_activity(page, "Hearing speech")
    page.keyboard.press(" ")
    session_id = shown_session(page)
    expect(page.locator("#activity")).to_have_text("Listening")
    page.keyboard.press("p")
    expect(page.locator("#activity")).to_have_text("Paused")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("p")
    expect(page.locator("#activity")).not_to_have_text("Paused")

    page.get_by_role("button", name="Disconnect").click()
    expect(page.locator("#connection")).to_have_text("Disconnected")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator("#connection")).to_have_text("Connected")
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Start listening")).to_be_visible()
    reasons = [event["data"]["reason"] for event in recorded(served, session_id, "speech-ended")]
    assert reasons[0] == "committed"
    assert {gap["data"]["reason"] for gap in recorded(served, session_id, "audio-gap-recorded")} == {"paused"}

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search this transcript")).to_be_focused()
    page.keyboard.type("rp ")
    expect(page.get_by_role("button", name="Start listening")).to_be_enabled()


def test_push_to_talk_hears_only_while_the_space_bar_is_held(watch: PageWatch, served: ServedStt) -> None:
    page = watch.page
    page.get_by_label("Push to talk").check()
    page.locator("h1").click()
    page.keyboard.down(" ")
    page.keyboard.press("r")
    expect(page.locator("#connection")).to_have_text("Connected")
    page.keyboard.up(" ")
    until(page, "document.querySelector('#figure-time').innerText > '0:04'")
    session_id = shown_session(page)
    assert recorded(served, session_id, "speech-started") == []
    page.keyboard.down(" ")
    await_activity(page, "Hearing speech")
    page.keyboard.up(" ")
    expect(page.locator("#activity")).to_have_text("Hold Space to talk")
    stop(page)
    assert recorded(served, session_id, "speech-ended")[0]["data"]["reason"] == "committed"


def test_push_to_talk_has_a_button_to_hold(watch: PageWatch, served: ServedStt) -> None:
    page = watch.page
    page.get_by_label("Push to talk").check()
    start(page)
    talk = page.get_by_role("button", name="Hold to talk")
    expect(page.locator("#activity")).to_have_text("Hold Space to talk")
    talk.hover()
    page.mouse.down()
    await_activity(page, "Hearing speech")
    page.mouse.up()
    expect(talk).to_be_visible()
    session_id = shown_session(page)
    wait_until(lambda: bool(recorded(served, session_id, "speech-ended")))
    talk.focus()
    page.keyboard.down("Enter")
    expect(page.get_by_role("button", name="Release to end")).to_be_focused()
    page.keyboard.up("Enter")
    expect(talk).to_be_focused()
    stop(page)
    assert recorded(served, session_id, "speech-ended")[0]["data"]["reason"] == "committed"


def test_a_past_session_is_read_searched_and_copied(watch: PageWatch, past: str) -> None:
    page = watch.page
    open_session(page, past)
    rows = page.locator("#transcript .utterance[data-kind=transcribed]")
    expect(rows).to_have_count(2)
    assert re.fullmatch(r"\d:\d\d", rows.first.locator("time").inner_text())
    assert re.search(r"\d+ %", rows.first.locator(".confidence").inner_text())
    rejected = page.locator("#transcript .utterance[data-kind=rejected]")
    expect(rejected).to_be_hidden()
    page.get_by_role("button", name="1 rejected").click()
    expect(rejected).to_contain_text("Left out: too short to be speech.")

    page.get_by_role("searchbox", name="Search this transcript").fill("TYPOGRAPHY")
    expect(page.locator("#search-count")).to_have_text("1 found")
    expect(page.locator("#transcript mark")).to_have_text("typography")
    expect(rows.filter(visible=True)).to_have_count(1)
    page.get_by_role("searchbox", name="Search this transcript").fill("")

    page.get_by_text("Active configuration").click()
    expect(page.locator("#configuration-list")).to_contain_text("tiny.en")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(shown_texts(page))


def test_all_sessions_are_searched_for_what_was_said_in_them(
    watch: PageWatch, past: str, served: ServedStt
) -> None:
    page = watch.page
    other = seeded_session(served, "cards-005")
    page.reload()
    expect(page.locator(f"[data-session='{other}']")).to_be_visible()
    page.get_by_role("searchbox", name="Search all sessions").fill("typography")
    expect(page.locator("#session-list-note")).to_have_text("Found in 1 session.")
    expect(page.locator(f"[data-session='{past}'] mark")).to_have_text("typography")
    expect(page.locator(f"[data-session='{other}']")).to_be_hidden()
    expect(page.locator(".session-heading")).to_have_text([re.compile("Today|Yesterday")])


def test_a_sound_file_is_chosen_or_dropped_and_transcribed(watch: PageWatch, served: ServedStt) -> None:
    watch.foreseen.append("/sessions/upload")
    page = watch.page
    sound = ROOT / "examples" / "speech.wav"
    with page.expect_file_chooser() as awaited:
        page.get_by_role("button", name="Transcribe a file…").click()
    awaited.value.set_files(sound)
    expect(page.locator("#document-facts")).to_contain_text("speech.wav")
    expect(page.locator("#document-facts")).to_contain_text("Finished")
    chosen = shown_session(page)
    expect(texts_of(page).first).to_be_visible()
    expect(page.locator("#file-progress")).to_be_hidden()
    expect_recorded_texts(page, served, chosen)

    page.evaluate(DROP, ["not a sound", "letter.wav"])
    expect(page.get_by_role("alert")).to_contain_text("audio-format")
    expect(page.locator("#file-progress")).to_be_hidden()


def test_a_transcript_is_downloaded_in_every_format(watch: PageWatch, past: str, tmp_path: Path) -> None:
    page = watch.page
    open_session(page, past)
    texts = shown_texts(page)
    files = {}
    for name in ("Text (TXT)", "Subtitles (SRT)", "Web subtitles (VTT)", "Everything (JSON)"):
        page.get_by_role("button", name="Download").click()
        with page.expect_download() as awaited:
            page.get_by_role("link", name=name, exact=True).click()
        assert awaited.value.suggested_filename.startswith(f"{past}.")
        awaited.value.save_as(tmp_path / awaited.value.suggested_filename)
        content = (tmp_path / awaited.value.suggested_filename).read_text(encoding="utf-8")
        files[awaited.value.suggested_filename.rpartition(".")[2]] = content
    assert files.keys() == {"txt", "srt", "vtt", "json"}
    assert [line for line in files["txt"].splitlines() if line] == texts
    assert re.match(r"1\n\d\d:\d\d:\d\d,\d{3} --> ", files["srt"])
    assert files["vtt"].startswith("WEBVTT")
    assert all(text in json.dumps(json.loads(files["json"]), ensure_ascii=False) for text in texts)


def test_a_session_is_deleted_only_after_a_question(watch: PageWatch, served: ServedStt) -> None:
    doomed = seeded_session(served, "cards-001")
    page = watch.page
    page.reload()
    open_session(page, doomed)
    page.get_by_role("button", name="Delete this session").click()
    page.get_by_role("button", name="Cancel").click()
    assert served.ask("GET", f"/api/v1/sessions/{doomed}").status == 200
    page.get_by_role("button", name="Delete this session").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(f"[data-session='{doomed}']")).to_have_count(0)
    expect(page.get_by_role("heading", name="Say something")).to_be_visible()
    assert served.ask("GET", f"/api/v1/sessions/{doomed}").status == 404


def test_settings_are_kept_and_saved_as_a_profile(watch: PageWatch, served: ServedStt) -> None:
    watch.foreseen.append("/profiles/wake-word")
    page = watch.page
    page.get_by_role("radio", name="Wake word").check()
    page.get_by_label("Word", exact=True).fill("alexa")
    page.get_by_label("Language").select_option("de")
    page.get_by_label("Use individual thresholds").check()
    page.get_by_role("slider", name="Silero threshold").fill("0.4")
    page.get_by_role("button", name="Save the settings as a profile").click()
    error = page.get_by_role("dialog").get_by_role("alert")
    for name, sentence in (
        ("../bad name", "letters from A to Z"),
        ("wake-word", "is built in"),
        ("at-the-desk", ""),
    ):
        page.get_by_role("textbox", name="Name", exact=True).fill(name)
        page.get_by_role("button", name="Save", exact=True).click()
        if sentence:
            expect(error).to_contain_text(sentence)
    expect(page.locator("#profile")).to_have_value("at-the-desk")

    saved = served.show("/profiles/at-the-desk")["profile"]
    assert saved["wake_word"]["words"] == ["alexa"]
    assert saved["vad"]["parameters"]["silero_threshold"] == 0.4
    page.reload()
    expect(page.locator("#profile")).to_have_value("at-the-desk")
    expect(page.get_by_label("Word", exact=True)).to_have_value("alexa")
    page.get_by_label("Profile", exact=True).select_option("vad-triggered")
    expect(page.get_by_label("Word", exact=True)).to_be_hidden()
    page.get_by_label("Profile", exact=True).select_option("at-the-desk")
    page.get_by_role("button", name="Delete this profile").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#profile")).to_have_value("vad-triggered")
    assert served.ask("GET", "/api/v1/profiles/at-the-desk").status == 404


def test_names_prompt_and_context_are_kept_saved_and_heeded_by_microphone_and_file(
    watch: PageWatch, served: ServedStt, tmp_path: Path
) -> None:
    """The profile that is changed keeps what the page has no field for."""
    served.ask("PUT", "/api/v1/profiles/reading", {"transcription": {"beam_size": 2, "prompt": "So."}})
    page = watch.page
    page.reload()
    page.get_by_label("Profile", exact=True).select_option("reading")
    expect(prompt_of(page)).to_have_value("So.")
    names_of(page).fill("Dashwood, Aoife\n\nDigium")
    prompt_of(page).fill("  They went home.\n")
    page.get_by_label("Show the model the last sentences").check()
    page.get_by_role("button", name="Save the settings as a profile").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as reading.")).to_be_visible()
    page.reload()
    expect(names_of(page)).to_have_value("Dashwood\nAoife\nDigium")
    expect(prompt_of(page)).to_have_value("They went home.")
    expect(page.get_by_label("Show the model the last sentences")).to_be_checked()
    picture(page.get_by_role("group", name="Writing"), "settings", tmp_path)
    told = {"glossary": ["Dashwood", "Aoife", "Digium"], "prompt": "They went home.", "beam_size": 2}
    kept = served.show("/profiles/reading")["profile"]["transcription"]
    assert kept.items() >= {**told, "carry_context": True}.items()

    start(page)
    page.get_by_text("Active configuration").click()
    expect(page.locator("#configuration-list")).to_contain_text("Dashwood, Aoife, Digium")
    session_id = shown_session(page)
    names_of(page).fill("Dashwood")
    page.get_by_role("button", name="Apply to the running session").click()
    expect(page.locator("#configuration-list")).not_to_contain_text("Aoife")
    stop(page)
    with page.expect_file_chooser() as awaited:
        page.get_by_role("button", name="Transcribe a file…").click()
    awaited.value.set_files(ROOT / "examples" / "speech.wav")
    expect(page.locator("#document-facts")).to_contain_text("speech.wav")
    expect(page.locator("#file-progress")).to_be_hidden()
    for name, glossary in ((session_id, told["glossary"]), (shown_session(page), ["Dashwood"])):
        transcription = recorded(served, name, "session-started")[0]["data"]["settings"]["transcription"]
        assert transcription.items() >= {**told, "glossary": glossary, "carries_context": True}.items()
    served.ask("DELETE", "/api/v1/profiles/reading")


def test_too_many_names_are_refused_with_what_to_do(watch: PageWatch) -> None:
    watch.foreseen.append("422")
    page = watch.page
    names_of(page).fill("\n".join(["Dashwood"] * 51))
    page.get_by_role("button", name="Start listening").click()
    alert = page.get_by_role("alert").filter(has_text="500 bytes")
    expect(alert).to_contain_text("leave out what is written rightly without it")


def test_a_session_that_waits_for_its_wake_word_says_so(watch: PageWatch) -> None:
    page = watch.page
    page.get_by_role("radio", name="Wake word").check()
    start(page)
    expect(page.locator("#wake-lamp")).to_have_text("Say “hey jarvis”")
    expect(page.locator("#activity")).to_have_text("Waiting for the wake word")
    page.get_by_role("radio", name="All speech").check()
    page.get_by_role("button", name="Apply to the running session").click()
    expect(page.locator("#wake-lamp")).to_be_hidden()
    expect(page.locator("#activity")).not_to_have_text("Waiting for the wake word")


def test_the_wake_word_lights_its_lamp_and_what_follows_is_written(
    browser: Browser, served: ServedStt, tmp_path: Path
) -> None:
    microphone = write_microphone(tmp_path / "woken.wav", woken_scene())
    with another(browser, microphone) as woken, opened_page(woken, served.address) as watch:
        page = watch.page
        page.get_by_role("radio", name="Wake word").check()
        page.get_by_label("Word", exact=True).fill("alexa")
        start(page)
        expect(page.locator("#wake-lamp")).to_have_text("Heard “alexa”")
        expect(page.locator("#transcript")).to_contain_text(WOKEN_WORD)
        expect(page.locator("#transcript")).to_contain_text("Wake word “alexa” heard")
        stop(page)
        assert watch.errors == []


def test_an_error_says_what_to_do_next(watch: PageWatch, tmp_path: Path) -> None:
    watch.foreseen.append("422")
    page = watch.page
    page.get_by_role("radio", name="Wake word").check()
    page.get_by_label("Word", exact=True).fill("abracadabra")
    page.get_by_role("button", name="Start listening").click()
    alert = page.get_by_role("alert").filter(has_text="No model hears that wake word")
    expect(alert).to_contain_text("Choose one of those that the message names.")
    expect(page.get_by_role("button", name="Start listening")).to_be_enabled()
    expect(page.locator("#system-log li").first).to_contain_text("unknown-wake-word")
    picture(page, "error", tmp_path)
    alert.get_by_role("button", name="Dismiss").click()
    expect(alert).to_be_hidden()


def test_the_health_check_shows_every_part(watch: PageWatch) -> None:
    page = watch.page
    page.get_by_role("button", name="Check health").click()
    expect(page.locator("#findings li").first).to_be_visible()
    expect(page.locator("#findings li").nth(3)).to_be_visible()
    expect(page.locator("#system-log li").first).to_contain_text("Health check")


def test_the_token_is_asked_for_and_then_kept(browser: Browser, tmp_path: Path) -> None:
    with (
        serving_stt(tmp_path, token="open-sesame-1", waits_for_model=False) as served,
        opened_page(browser, served.address) as watch,
    ):
        page = watch.page
        page.get_by_label("Token").fill("open-sesame-1")
        page.get_by_label("Token").press("Enter")
        expect(page.get_by_role("heading", name="Say something")).to_be_visible()
        expect(page.locator("#profile")).to_have_value("vad-triggered")
        assert "sesame" not in page.url
        page.context.clear_cookies()
        page.keyboard.press("r")
        expect(page.get_by_role("dialog", name="This server asks for a token")).to_be_visible()
        assert watch.foreign == []


def test_everything_has_a_name_for_a_screen_reader(watch: PageWatch, past: str) -> None:
    page = watch.page
    open_session(page, past)
    page.get_by_role("radio", name="Wake word").check()
    page.get_by_label("Use individual thresholds").check()
    expect_none(page, NAMELESS)
    for landmark, name in (("navigation", "Sessions"), ("complementary", "Settings"), ("region", "Controls")):
        expect(page.get_by_role(landmark, name=name)).to_be_visible()  # type: ignore[arg-type]
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("list", name="Transcript")).to_be_visible()
    for text in ("Names", "Prompt"):
        expect(page.get_by_role("textbox", name=text, exact=True)).to_be_visible()
    for slider in ("Shortest speech", "Silence that ends a sentence", "Silero threshold", "Time to begin speaking"):
        expect(page.get_by_role("slider", name=slider)).to_be_visible()
    assert page.locator("#announcer").get_attribute("aria-live") == "polite"
    assert page.locator("#caption").get_attribute("aria-live") is None, (
        "half a sentence would be read again and again"
    )


def test_the_keyboard_reaches_everything_in_the_order_of_reading(watch: PageWatch, past: str) -> None:
    page = watch.page
    expect(page.get_by_role("radio", name="Wake word")).to_be_enabled()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the transcript")).to_be_focused()
    open_session(page, past)
    page.get_by_role("link", name="Skip to the transcript").focus()
    reached = []
    while "profile" not in reached:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert len(reached) < 40
    wanted = ["theme", "open-help", "search-sessions", "session-open", "copy", "search-transcript", "profile"]
    assert list(dict.fromkeys(name for name in reached if name in wanted)) == wanted


def test_the_buttons_steer_the_running_session_that_is_shown(watch: PageWatch, served: ServedStt) -> None:
    first, second = served.begin_session(), served.begin_session()
    page = watch.page
    page.reload()
    offer = page.get_by_role("alert").filter(has_text="A session is running")
    expect(offer).to_be_visible()
    expect(page.get_by_role("button", name="Start listening")).to_be_enabled()
    expect(page.locator("#connection")).to_have_text("Not connected")
    offer.get_by_role("button", name="Follow it").click()
    expect(page.locator("#connection")).to_have_text("Connected")
    expect(offer).to_be_hidden()
    assert shown_session(page) == second
    for session_id in (first, second):
        page.locator(f"[data-session='{session_id}'] .session-open").click()
        expect(page.locator(f"[data-session='{session_id}'] [aria-current]")).to_be_visible()
        expect(page.locator("#connection")).to_have_text("Connected")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#activity")).to_have_text("Paused")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Start listening")).to_be_visible()
    kinds = {name: recorded(served, name, "listening-paused") for name in (first, second)}
    assert [len(kinds[first]), len(kinds[second])] == [0, 1]
    wait_until(lambda: served.running_sessions() == [first])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(
    browser: Browser, served: ServedStt, past: str, tmp_path: Path, theme: Literal["light", "dark"]
) -> None:
    with opened_page(browser, served.address, theme=theme, motion=MOTIONS[theme]) as watch:
        page = watch.page
        open_session(page, past)
        page.get_by_role("button", name="1 rejected").click()
        page.get_by_text("Active configuration").click()
        assert page.locator("html").get_attribute("data-theme") == theme
        expect_none(page, PALE)
        page.get_by_text("Active configuration").click()
        if theme == "dark":
            start(page)
            until(page, CAPTIONED)
            await_best_moment(page)
            picture(page, "dark", tmp_path)
            expect_none(page, PALE)
            stop(page)
        page.get_by_role("button", name="Dark theme").click()
        page.reload()
        assert page.locator("html").get_attribute("data-theme") != theme, "the choice is remembered"


def test_the_page_fits_a_phone(browser: Browser, served: ServedStt, past: str, tmp_path: Path) -> None:
    with opened_page(browser, served.address, size=(390, 760)) as watch:
        page = watch.page
        page.get_by_role("button", name="Sessions", exact=True).click()
        open_session(page, past)
        expect(page.get_by_role("navigation", name="Sessions")).to_be_hidden()
        start(page)
        expect(texts_of(page)).to_contain_text([FIRST_WORD])
        await_best_moment(page)
        picture(page, "phone", tmp_path)
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 640})
            until(page, f"innerWidth === {width}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            expect_none(page, SMALL_TARGETS)
        page.get_by_role("button", name="Settings", exact=True).click()
        expect(page.get_by_role("button", name="Close the settings")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Settings", exact=True)).to_be_focused()
        stop(page)
        assert watch.errors == []


def test_a_server_that_is_started_anew_writes_what_was_said_meanwhile(browser: Browser, tmp_path: Path) -> None:
    with serving_stt(tmp_path) as first, opened_page(browser, first.address) as watch:
        page = watch.page
        start(page)
        expect(texts_of(page)).to_contain_text([FIRST_WORD])
        before = shown_session(page)
        first.running.process.terminate()
        expect(page.get_by_role("alert")).to_contain_text("The server is gone")
        first.running.process.wait(TIMEOUT_SECONDS)
        until(page, "parseFloat(document.querySelector('#figure-lag').innerText) > 2")
        with serving_stt(tmp_path, "--port", str(first.port), waits_for_model=False) as second:
            alert = page.get_by_role("alert")
            expect(alert).to_contain_text("The server was restarted")
            expect(alert).to_contain_text("What you said meanwhile is in a new session.")
            expect(texts_of(page).last).to_contain_text(SECOND_WORD)
            after = shown_session(page)
            stop(page)
            assert before != after
            assert recorded(second, after, "audio-gap-recorded") == []
            alert.get_by_role("button", name="Show what was before").click()
            expect(texts_of(page)).to_contain_text([FIRST_WORD])
            assert watch.foreign == []


def test_a_server_that_dies_leaves_what_was_final_and_a_way_to_go_on(watch: PageWatch, served: ServedStt) -> None:
    """The last test, for the model has to be loaded again after it."""
    watch.foreseen.append("ERR_CONNECTION|WebSocket|503")
    page = watch.page
    start(page)
    expect(texts_of(page)).to_contain_text([FIRST_WORD])
    os.kill(served.worker, signal.SIGKILL)
    alert = page.get_by_role("alert").filter(has_text="The server was restarted")
    expect(alert).to_be_visible()
    expect(page.locator("#connection")).to_have_text("Connected")
    expect(page.locator("#server-status")).to_have_text("The server is ready.")
    alert.get_by_role("button", name="Show what was before").click()
    expect(page.locator("#document-facts")).to_contain_text("Interrupted")
    expect(texts_of(page)).to_contain_text([FIRST_WORD])
