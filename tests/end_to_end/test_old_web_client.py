"""Conversations of the page of 0.1 go as they went, in a browser, with a real model and a voice to hear."""

import json
from pathlib import Path

from tests.adapters.speech_to_text.clips import clip
from tests.adapters.web.legacy.recorded_conversation import CONVERSATIONS, ORIGIN, play
from tests.end_to_end.hearing import MODEL
from tests.end_to_end.old_web_page import file_page
from tests.end_to_end.scripted_server import scripted_server
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech, wake_word

from realtime_mlx_stt.adapters.web.server_config import ServerConfig

CLIP = "lj001-0002"
SOUNDS = {
    "speech": scene(silence(0.5), speech(CLIP), silence(1.2)),
    "wake word": scene(silence(1.0), wake_word("alexa"), silence(0.2)),
}


def test_the_recorded_conversations_go_as_they_went_in_a_browser(tmp_path: Path) -> None:
    """But for the model: that which the page asks for is too large to be here, so that a small one writes."""
    conversations = json.loads(json.dumps(CONVERSATIONS).replace("whisper-large-v3-turbo", MODEL))
    config = ServerConfig(cors_origins=(ORIGIN,))
    with scripted_server(tmp_path, config) as server, file_page(server.address) as page:
        for steps in conversations.values():
            play(
                steps,
                page,
                hear=lambda name: server.microphone.hear(SOUNDS[name]),
                is_speech=lambda text: plain_words(text) == plain_words(clip(CLIP).text),
            )
