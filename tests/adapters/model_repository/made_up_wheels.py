"""Wheels with small made-up models, laid out in a folder as pip would."""

import hashlib
from collections.abc import Callable
from importlib.metadata import Distribution, PackageNotFoundError, distributions
from pathlib import Path

from tests.adapters.model_repository.made_up_models import Tensors, ctranslate2_content, made_up_tensors

from realtime_mlx_stt.adapters.model_repository.wheel_models import InstalledWheels, WheelFile, WheelModel

__all__ = ["distributions_in", "made_up_wheel", "wheels_in"]


def distributions_in(folder: Path) -> Callable[[str], Distribution]:
    """Looks distributions up in the folder instead of on Python's path."""

    def find(name: str) -> Distribution:
        for found in distributions(name=name, path=[str(folder)]):
            return found
        raise PackageNotFoundError(name)

    return find


def wheels_in(folder: Path, *models: WheelModel) -> InstalledWheels:
    """Those of the models that are installed in the folder."""
    return InstalledWheels(models, distributions_in(folder))


def made_up_wheel(
    folder: Path, name: str = "tiny.en", *, tensors: Tensors | None = None, parts: int = 1
) -> WheelModel:
    """Install a model, its ``model.bin`` in so many wheels."""
    content = ctranslate2_content(tensors or made_up_tensors())
    step = -(-len(content) // parts)
    files = [
        WheelFile(distribution=f"made-up-part{number}", path=f"made_up_part{number}/model.bin.part")
        for number in range(parts)
    ]
    for number, file in enumerate(files):
        package = folder / file.path
        package.parent.mkdir(parents=True)
        package.write_bytes(content[number * step : (number + 1) * step])
        information = folder / f"made_up_part{number}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {file.distribution}\nVersion: 1.0\n")
    (folder / "made_up_part0" / "config.json").write_text('{"alignment_heads": [[1, 0], [1, 1]]}')
    return WheelModel(
        name=name,
        parts=tuple(files),
        config=WheelFile(distribution="made-up-part0", path="made_up_part0/config.json"),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        is_multilingual=False,
        install="made-up[model]",
    )
