"""Importing the package, and every name of it, leaves the program as it was."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.architecture.source_tree import ROOT

STATE: Final = """
import json, logging, os, signal, sys, threading, warnings

def state():
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    loggers = [each for each in loggers if isinstance(each, logging.Logger)]
    return {
        "handlers": sorted(
            f"{logger.name}: {handler}" for logger in loggers for handler in logger.handlers
            if not isinstance(handler, logging.NullHandler)
        ),
        "levels": sorted(f"{logger.name}: {logger.level}" for logger in loggers if logger.level),
        "disabled": logging.root.manager.disable,
        "environment": dict(os.environ),
        "warnings": [str(each) for each in warnings.filters],
        "path": list(sys.path),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "signals": [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM)],
        "hooks": [str(sys.excepthook), str(threading.excepthook), str(sys.stdout), str(sys.stderr)],
        "folder": sorted(os.listdir()),
    }
"""

TOUCH_EVERYTHING: Final = """
import numpy  # which has warnings filters of its own
before = state()
import realtime_mlx_stt
for name in realtime_mlx_stt.__all__:
    getattr(realtime_mlx_stt, name)
realtime_mlx_stt.ModelConfig(), realtime_mlx_stt.VADConfig(), realtime_mlx_stt.TranscriberConfig()
for module in ("client", "config", "session", "transcriber", "types", "utils", "wake_word"):
    getattr(realtime_mlx_stt, module)
print(json.dumps([before, state()]))
"""

IMPORT_ALONE: Final = """
before = set(sys.modules)
import realtime_mlx_stt
loaded = set(sys.modules) - before
print(json.dumps(sorted(name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names)))
"""

PRELOAD: Final = """
import threading
from concurrent.futures import Future
from types import SimpleNamespace
import realtime_mlx_stt
from realtime_mlx_stt.adapters.python_api.process_services import using_services

asked, has_come = [], threading.Event()

def load_model(settings, *, for_good=False):
    asked.append([settings.transcription.engine, settings.transcription.model])
    has_come.set()
    return Future()

orchestrator = SimpleNamespace(load_model=load_model)
with using_services(SimpleNamespace(orchestrator=orchestrator, close=lambda: None)):
    untouched = list(asked)
    realtime_mlx_stt.format_duration
    has_come.wait(50)
print(json.dumps([untouched, asked]))
"""


def printed_by(program: str, folder: str, **environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", STATE + program],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "src"), "HOME": folder, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_touching_every_name_leaves_the_program_as_it_was(tmp_path: Path) -> None:
    before, after = printed_by(TOUCH_EVERYTHING, str(tmp_path))
    assert after == before


def test_importing_the_package_loads_nothing_else(tmp_path: Path) -> None:
    assert printed_by(IMPORT_ALONE, str(tmp_path)) == ["realtime_mlx_stt"]


def test_the_first_name_that_is_used_begins_to_load_the_default_model_where_the_environment_asks_for_it(
    tmp_path: Path,
) -> None:
    before, after = printed_by(PRELOAD, str(tmp_path), PRELOAD_STT_MODELS="true")
    assert (before, after) == ([], [["mlx_whisper", "whisper-large-v3-turbo"]])
