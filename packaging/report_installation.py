"""Prints what this interpreter has of the package: its modules, its files, and any layer under a bare name."""

import importlib
import importlib.util
import pkgutil
from pathlib import Path

PACKAGE = "realtime_mlx_stt"
LAYERS = ("domain", "ports", "application", "adapters", "composition")


def main() -> None:
    """Import all there is; a module that cannot be imported ends this with its traceback."""
    for layer in LAYERS:
        if importlib.util.find_spec(layer) is not None:
            print("bare", layer)
    if importlib.util.find_spec(PACKAGE) is None:
        return
    package = importlib.import_module(PACKAGE)
    print("modules", PACKAGE)
    for found in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.", onerror=fail):
        importlib.import_module(found.name)
        print("modules", found.name)
    for folder in package.__path__:
        report_files(Path(folder), PACKAGE)


def report_files(folder: Path, name: str) -> None:
    """Print every file below, through links too."""
    for path in folder.iterdir():
        if path.is_dir():
            report_files(path, f"{name}/{path.name}")
        else:
            print("files", f"{name}/{path.name}")


def fail(name: str) -> None:
    """Let the error that hid a package be seen."""
    raise ImportError(f"{name} cannot be imported")


if __name__ == "__main__":
    main()
