"""A transcriber that is woken by a word, and then writes everything for a while."""

from collections.abc import Callable
from typing import Any

from realtime_mlx_stt.adapters.python_api.configuration.configuration import WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import require_secret, require_text
from realtime_mlx_stt.adapters.python_api.configuration.unused_keys import warn_of_unused_key
from realtime_mlx_stt.adapters.python_api.transcriber.transcriber import Transcriber

__all__ = ["WakeWordTranscriber"]


class WakeWordTranscriber(Transcriber):
    """Writes what is said for some time after a wake word, and waits for the word again.

    ``wake_word``: its name, or the path of an openWakeWord model of one's own.
    ``sensitivity``: from 0 to 1; more is woken more easily.
    ``timeout_after_wake``: for so many seconds, 5 at least, everything is written that begins then; the word said
    again gives the whole time anew.
    ``on_wake_word``: is given the word and how surely it was heard, from 0 to 1.
    ``access_key``: accepted and unused; no key is needed.
    ``kwargs``: all else that a ``Transcriber`` takes.

    Recordings, files and sounds that are to be written need no wake word here either.

    Raises:
        InvalidSettingError: a ``ValueError``; no model hears the word, or something is not what it has to be.
    """

    def __init__(
        self,
        wake_word: str = "jarvis",
        sensitivity: float = 0.5,
        timeout_after_wake: float = 30.0,
        on_wake_word: Callable[[str, float], None] | None = None,
        access_key: str | None = None,
        **kwargs: Any,
    ) -> None:
        require_text("Wake word", wake_word)
        require_secret("Access key", access_key)
        window = WakeWordConfig(
            words=[wake_word],
            sensitivity=sensitivity,
            timeout=timeout_after_wake,  # type: ignore[arg-type]  # any number will do
            single_utterance=False,
        )
        if access_key is not None:
            warn_of_unused_key(stacklevel=2)
        super().__init__(wake_word=window, on_wake_word=on_wake_word, **kwargs)

    def start(self) -> None:
        """Wait for the wake word; as ``start_continuous`` does.

        Raises:
            RuntimeError: it cannot listen, and there is no ``on_error`` to be told why.
        """
        self.start_continuous()
