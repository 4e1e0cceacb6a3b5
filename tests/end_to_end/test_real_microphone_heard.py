"""``stt listen`` on a real sound server: what is said is written, even if the microphone is unplugged meanwhile."""

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.adapters.audio.sound_server import (
    DESK,
    PrivateSoundServer,
    needs_sound_server,
    server_environment,
)
from tests.end_to_end.command import CLIPS, Home

pytestmark = needs_sound_server()

SHORT = CLIPS / "lj001-0008.wav"
LONG = CLIPS / "jfk.wav"


def test_what_is_said_before_and_after_the_microphone_was_unplugged_is_written(
    sound_folder: Path, sound_server: PrivateSoundServer
) -> None:
    arguments = ("listen", "--json", "--ephemeral", "--model", "tiny.en")
    with Home(sound_folder).start(*arguments, environment=server_environment(sound_folder)) as listening:
        assert listening.wait_for("session-started")
        sound_server.begin_to_play(SHORT, "desk")
        assert listening.wait_for("utterance-transcribed")
        sound_server.begin_to_play(LONG, "desk")
        assert listening.wait_for('"utterance_id":2,"revision":2')  # by then enough for a text was said
        sound_server.unplug("desk")
        assert listening.wait_for("audio-source-lost")
        sound_server.plug(DESK)
        assert listening.wait_for("audio-source-recovered")
        sound_server.begin_to_play(SHORT, "desk")
        assert listening.wait_for("utterance-transcribed", 3)
        listening.send(signal.SIGINT)
        outcome = listening.finish()
    assert outcome.status == 0, outcome.errors
    events = [json.loads(line) for line in outcome.output.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    texts = {event["data"]["utterance_id"]: event["data"]["text"] for event in of(events, "utterance-transcribed")}
    assert "never been surpassed" in texts[1]
    assert texts[2]
    assert "never been surpassed" in texts[3]
    assert [event["data"]["reason"] for event in of(events, "speech-ended")] == [
        "silence",
        "source-lost",
        "silence",
    ]
    assert [event["type"] for event in events if event["type"].startswith("audio-")] == [
        "audio-source-lost",
        "audio-gap-recorded",
        "audio-source-recovered",
    ]
    assert events[-1]["type"] == "session-stopped"


def of(events: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]
