"""Runs one live session for a person or a program to watch."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from realtime_mlx_stt.adapters.cli.fitting_models import fitting_models_named
from realtime_mlx_stt.adapters.cli.live_display import LiveDisplay
from realtime_mlx_stt.adapters.cli.model_progress import have_wanted_model
from realtime_mlx_stt.adapters.cli.options import given
from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.adapters.cli.session_sums import SessionSums
from realtime_mlx_stt.adapters.cli.session_watch import watch_session
from realtime_mlx_stt.adapters.cli.tables import list_console
from realtime_mlx_stt.adapters.cli.terminal_text import print_json, say
from realtime_mlx_stt.application.log.codec import envelope_line
from realtime_mlx_stt.application.profiles.profiles import DEFAULT_PROFILE
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.runner import SessionWorkerError
from realtime_mlx_stt.domain.events import SessionEvent, SessionFailed, SessionStopped
from realtime_mlx_stt.ports.audio_source import FileRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["ListenWishes", "checked_config", "listen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenWishes:
    """What the options of ``stt listen`` say of the session; None and empty leave it to the profile.

    ``transcription`` is in a profile's words.
    """

    file: Path | None = None
    speed: float | None = 1.0
    device: int | str | None = None
    profile: str | None = None
    transcription: Mapping[str, object] = field(default_factory=dict)
    wake_words: tuple[str, ...] = ()
    record_audio: bool | None = None


def checked_config(services: Services, wishes: ListenWishes) -> PipelineConfig:
    """The session that is wished for, once its source and all else that it needs are found, but for its model.

    Raises:
        RealtimeSttError: something of that cannot be had.
    """
    config = _config(services, wishes)
    with fitting_models_named(services, config.settings.transcription):
        services.orchestrator.check_pipeline(config)
    return config


def listen(services: Services, config: PipelineConfig, *, as_json: bool) -> int:
    """Listen until the source ends or the user stops it; returns the exit status.

    Raises:
        RealtimeSttError: the session cannot be started.
    """
    orchestrator, notes = services.orchestrator, list_console(stderr=True)
    have_wanted_model(services, config.settings.transcription, notes)
    with notes.status("Loading the models …"):
        orchestrator.initialize_pipeline(config)
    sums = SessionSums()
    if as_json:
        last = watch_session(orchestrator, config, [sums.hear, _print_envelope])
        sums.print_to(notes)
    else:
        console = list_console()
        with LiveDisplay(console) as display:
            last = watch_session(orchestrator, config, [sums.hear, display.show], display.refresh)
        sums.print_to(console)
    if as_json or not isinstance(last, SessionFailed):  # the display has shown it
        _complain(last)
    return int(not isinstance(last, SessionStopped))


def _complain(last: SessionEvent | None) -> None:
    """Say on stderr how the session ended, unless it was stopped or heard its source to the end."""
    if isinstance(last, SessionFailed):
        say(f"Error [{last.code}]: {last.message}", err=True)
    elif not isinstance(last, SessionStopped):
        say(
            f"Error [{SessionWorkerError.code}]: The session broke off; `stt --debug listen` shows where.", err=True
        )


def _config(services: Services, wishes: ListenWishes) -> PipelineConfig:
    overrides: dict[str, Any] = {
        "transcription": wishes.transcription,
        "audio": given(device=wishes.device, record=wishes.record_audio),
    }
    if wishes.wake_words:
        overrides["wake_word"] = {"enabled": True, "words": list(wishes.wake_words)}
    config = services.orchestrator.configure_profile(wishes.profile or DEFAULT_PROFILE, overrides)
    if wishes.file is None:
        return config
    source = FileRequest(path=wishes.file, speed=wishes.speed)
    return replace(config, source=source, lockstep=wishes.speed is None)


def _print_envelope(stored: StoredEvent) -> None:
    print_json(envelope_line(stored))
