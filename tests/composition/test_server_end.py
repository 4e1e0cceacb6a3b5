"""At the server's end clients know at once that it comes, and before it is there get the texts that are owed."""

import threading

from tests.adapters.web.stream.stream_rig import StreamRig, pcm, speech_and_silence
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.application.stand_ins import UnansweringEngines

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.composition.server_end import ServerEnd


class Services:
    """Ends the orchestrator of the rig as the container's services do."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.released = threading.Event()

    def stop(self) -> None:
        self._rig.orchestrator.close(TIMEOUT_SECONDS)

    def close(self) -> None:
        self.released.set()


def end_of(streams: StreamRig) -> tuple[ServerEnd, Services]:
    services = Services(streams.rig)
    context = WebContext(services=streams.web.services, closing=streams.web.closing)
    return ServerEnd(context, services), services


def test_texts_that_are_owed_reach_those_who_follow_their_session() -> None:
    engines = UnansweringEngines("mlx_whisper")
    streams, told = StreamRig(rig=Rig(engines=engines)), threading.Event()
    with streams.serving() as served:
        end, services = end_of(streams)
        client, _ = served.start()
        client.sound(0, pcm(speech_and_silence(1, 2)))
        assert engines.entered.wait(TIMEOUT_SECONDS)
        end.begin(told.set)
        client.until("server-closing")
        client.until("session-stopping")
        assert streams.web.client.get("/ready").get_json()["code"] == "server-closing"
        assert not told.is_set()
        engines.gate.set()
        heard = [message["type"] for message in client.rest()]
        assert heard[-1] == "stream-ended"
        assert heard.index("utterance-transcribed") < heard.index("session-stopped")
        assert client.closing == (1000, "session over")
        assert told.wait(TIMEOUT_SECONDS)
        assert services.released.wait(TIMEOUT_SECONDS)
        end.wait()


def test_without_sessions_the_end_begins_at_once_for_whoever_is_connected() -> None:
    streams, told = StreamRig(), threading.Event()
    with streams.serving() as served:
        end, _ = end_of(streams)
        client = served.connect()
        client.say("ping", id=1)
        end.begin(told.set)
        assert told.wait(TIMEOUT_SECONDS)
        client.rest()
        end.wait()


def test_the_end_does_not_wait_for_ever_for_a_text() -> None:
    engines = UnansweringEngines("mlx_whisper")
    streams, told = StreamRig(rig=Rig(engines=engines)), threading.Event()
    with streams.serving() as served:
        end, _ = end_of(streams)
        client, _ = served.start()
        client.sound(0, pcm(speech_and_silence(1, 2)))
        assert engines.entered.wait(TIMEOUT_SECONDS)
        end.begin(told.set)
        client.until("server-closing")
        assert client.close_code() == (1001, "server closing")
        assert told.is_set() or told.wait(TIMEOUT_SECONDS)
        engines.gate.set()
        end.wait()
