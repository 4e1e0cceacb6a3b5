"""Audio that comes over `/events` is heard whenever the session is not behind, however much was left out before."""

import pytest
from tests.adapters.web.rig import WebRig
from tests.application.rig import silence, texts
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.socket_audio import SocketAudio
from realtime_mlx_stt.adapters.web.legacy.wishes import StandingWishes
from realtime_mlx_stt.ports.audio_source import AudioFormatError, AudioSamples


def heard_by(web: WebRig) -> SocketAudio:
    context = WebContext(services=web.services, config=web.config)
    return SocketAudio(context, StandingWishes(context))


def pcm(samples: AudioSamples) -> bytes:
    return (samples * 32_768).astype("<i2").tobytes()


def test_what_is_no_audio_starts_no_session(web: WebRig) -> None:
    audio = heard_by(web)
    assert audio.hear(b"") is None
    with pytest.raises(AudioFormatError, match="no whole number"):
        audio.hear(b"odd")
    assert web.rig.orchestrator.running_sessions() == ()


def test_more_left_out_than_a_gap_may_hold_does_not_keep_out_what_comes_then(web: WebRig) -> None:
    audio = heard_by(web)
    web.rig.voice_activity.gate.clear()
    minute = pcm(silence(60))
    for _ in range(15):
        frame = audio.hear(minute)
        assert frame is None or frame["code"] == "audio-overflow"
    (session_id,) = web.rig.orchestrator.running_sessions()
    web.rig.voice_activity.gate.set()
    while audio.hear(pcm(spoken(1, 2, 3))) is not None:
        web.rig.until_heard(session_id)
    audio.end()
    assert texts(web.rig.over(session_id)) == ["word1 word2 word3"]
