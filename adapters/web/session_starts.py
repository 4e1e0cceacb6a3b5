"""Starts the sessions that clients ask for, as many as the server allows."""

from dataclasses import replace

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.problems import TooManySessionsError
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_bus import EventSubscriber

__all__ = ["start_session"]


def start_session(
    context: WebContext, config: PipelineConfig, subscriber: EventSubscriber | None = None
) -> SessionId:
    """Start a session that hears at once, while its model may still have to be loaded.

    ``subscriber`` is called for all of its events, on its thread.

    Raises:
        TooManySessionsError: as many are running as the limits allow.
        RealtimeSttError: the session cannot be started.
    """
    orchestrator = context.services.orchestrator
    most = context.config.limits.sessions
    with context.starting:  # so that two starts cannot take the one place that is left
        if len(orchestrator.running_sessions()) >= most:
            raise TooManySessionsError(
                f"As many sessions are running as this server allows ({most}); stop one of them first."
            )
        return orchestrator.start_pipeline(replace(config, listens_while_loading=True), subscriber)
