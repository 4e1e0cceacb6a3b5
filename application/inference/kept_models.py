"""Knows which models are loaded, and which unused one is unloaded when too many are."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Final

from realtime_mlx_stt.domain.settings import TranscriptionSettings

__all__ = ["MOST_UNUSED_MODELS", "KeptModels", "ModelName", "models_of"]

ModelName = tuple[str, str]
"""An engine, and the name of one of its models."""

MOST_UNUSED_MODELS: Final = 1
"""How many models that nobody uses stay loaded. With one, whoever begins again with the same model, or returns to
the model that a session used before, does not wait for it. Each further one would hold its weights in memory for
nobody: 1.6 GB for large-v3-turbo.
"""


def models_of(settings: TranscriptionSettings) -> frozenset[ModelName]:
    """The models that a session with these settings uses: its own, and the smaller one that helps out."""
    names = (settings.model, settings.smaller_model)
    return frozenset((settings.engine, name) for name in names if name is not None)


class KeptModels:
    """The loaded models of an engine, the least recently used first. Not thread-safe."""

    def __init__(self) -> None:
        self._loaded: dict[ModelName, None] = {}
        self._held: Counter[ModelName] = Counter()
        self._for_good: set[ModelName] = set()

    def __contains__(self, name: ModelName) -> bool:
        """Whether the model is loaded."""
        return name in self._loaded

    @property
    def names(self) -> tuple[ModelName, ...]:
        """The loaded models."""
        return tuple(self._loaded)

    def note_use(self, name: ModelName) -> None:
        """Note that the model is loaded and was used just now."""
        self._loaded.pop(name, None)
        self._loaded[name] = None

    def note_gone(self, name: ModelName) -> None:
        """Note that the model is no longer loaded."""
        self._loaded.pop(name, None)

    def keep_for_good(self, name: ModelName) -> None:
        """Never unload the model once it is loaded."""
        self._for_good.add(name)

    def hold(self, names: Iterable[ModelName]) -> None:
        """Unload none of the models until each has been released as often as it was held."""
        self._held.update(names)

    def release(self, names: Iterable[ModelName]) -> None:
        """Undo a ``hold``."""
        self._held.subtract(names)
        self._held = +self._held

    def surplus(self, used: Iterable[Callable[[], Collection[ModelName]]]) -> ModelName | None:
        """The model to be unloaded next, the least recently used, if more are unused than may stay; None otherwise.

        ``used`` is called only if enough models are loaded, and returns those that are in use.
        """
        if len(self._loaded) <= MOST_UNUSED_MODELS:
            return None
        kept = self._for_good.union(self._held, *(names() for names in used))
        unused = [name for name in self._loaded if name not in kept]
        return unused[0] if len(unused) > MOST_UNUSED_MODELS else None
