"""Refuses wake words that no model hears, before anything is started."""

from collections.abc import Sequence

from realtime_mlx_stt.adapters.python_api.process_services import services
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.wake_word_names import is_model_file, meant_word, spoken
from realtime_mlx_stt.ports.wake_word import WakeWordError

__all__ = ["refuse_unserved_words"]


def refuse_unserved_words(words: Sequence[str]) -> None:
    """Look the words up among those that can be heard; nothing is loaded for that.

    Where it cannot be told what can be heard, everything is right for now: starting says what is missing.

    Raises:
        InvalidSettingError: no model hears one of them; the message lists those that are heard.
    """
    names = [word for word in words if not is_model_file(word)]
    if not names:
        return
    try:
        served = services().wake_words.words()
    except WakeWordError:
        return
    for name in names:
        if meant_word(name, served) is None:
            supported = ", ".join(sorted(spoken(word) for word in served))
            raise InvalidSettingError(f"Unsupported wake word '{name}'. Supported words: {supported}")
