"""Whatever a client sends on a stream, it gets a coded answer or close, and the others are unharmed."""

import json
import resource
import struct
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.web.stream.stream_rig import NEW, Served, StreamClient, StreamRig, pcm, speech_and_silence
from tests.adapters.web.websocket.connection_rig import frame

TEXT, BINARY = 1, 2


def resident_bytes() -> int:
    """The memory of this process, the server's among it; on macOS, which does not tell, the most it ever had."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def check_unharmed(other: StreamClient) -> None:
    """The other client is answered at once."""
    other.say("ping", id="there")
    other.until("command-done", id="there")


def hear_out(served: Served, data: bytes, path: str = NEW) -> None:
    """Send bytes as they are, and read until the server has closed or has nothing more to say."""
    client = served.connect(path)
    client.raw.send(data + frame(8, b"\x03\xe8"))
    client.raw.read_to_end()
    client.close()


def test_random_messages_and_random_bytes_harm_nobody() -> None:
    names = st.sampled_from(["id", "after", "audio", "to", "settings", "x"])
    fields = st.dictionaries(names, st.none() | st.integers())
    kinds = st.sampled_from(["open", "pause", "commit", "stop", "end-audio", "skip-audio", "change-settings"])
    json_like = st.builds(lambda kind, more: json.dumps({"type": kind, **more}), kinds, fields)
    texts = (st.text() | json_like).map(lambda text: frame(TEXT, text.encode()))
    positions = st.integers(0, 2**64 - 1).map(lambda at: struct.pack("<Q", at))
    sounds = st.builds(lambda position, sound: frame(BINARY, position + sound), positions, st.binary())
    parts = st.lists(texts | sounds | st.binary(max_size=300), max_size=12)
    with StreamRig().serving() as served:
        other, _ = served.start()

        @settings(max_examples=60, deadline=None)
        @given(parts)
        def try_out(data: list[bytes]) -> None:
            started, session_id = served.start()
            started.close()
            hear_out(served, b"".join(data), f"/api/v1/sessions/{session_id}/stream?after=0")
            hear_out(served, b"".join(data), f"/api/v1/sessions/{session_id}/stream")
            hear_out(served, b"".join(data))
            for running in served.streams.rig.orchestrator.running_sessions()[1:]:
                served.streams.rig.orchestrator.stop_pipeline(running)

        try_out()
        check_unharmed(other)


def test_a_frame_of_ten_megabytes_is_refused_and_takes_no_memory() -> None:
    with StreamRig().serving() as served:
        other, _ = served.start()
        client, _ = served.start()
        data = frame(BINARY, bytes(10_000_000))
        before = resident_bytes()
        client.raw.send(data[: len(data) // 2])
        check_unharmed(other)
        assert client.close_code() == (1009, "message-too-big")
        assert resident_bytes() - before < 20_000_000


def test_a_hundred_thousand_tiny_frames_take_no_memory_and_harm_nobody() -> None:
    with StreamRig().serving() as served:
        other, _ = served.start()
        client, _ = served.start()
        samples = pcm(speech_and_silence(1))
        tiny = [frame(BINARY, struct.pack("<Q", at) + samples[at * 4 : at * 4 + 4]) for at in range(20_000)]
        flood = b"".join(tiny) + frame(TEXT, b'{"type": "ping", "id": 1, "x": 1}') * 20_000 + frame(BINARY) * 60_000
        before = resident_bytes()
        client.raw.send(flood[: len(flood) // 2])
        check_unharmed(other)
        client.raw.send(flood[len(flood) // 2 :])
        check_unharmed(other)
        client.say("ping", id="end")
        client.until("command-done", id="end")
        assert resident_bytes() - before < 30_000_000
