"""Asks for a session's texts after its events: the policies say when, the session's state says of what."""

from collections.abc import Iterator, Sequence

from realtime_mlx_stt.application.writing.decoding_options import settings_in_context
from realtime_mlx_stt.application.writing.partial_pace import LiveTextPace, PartialPace
from realtime_mlx_stt.application.writing.policies import is_partial_wanted, is_speculation_due, transcriptions_due
from realtime_mlx_stt.application.writing.utterance_writer import UtteranceWriter
from realtime_mlx_stt.domain.commands import SessionCommand
from realtime_mlx_stt.domain.continuations import heard_audio
from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.state import HearingSpeech, NotStarted, SessionState

__all__ = ["TextRequests"]


class TextRequests:
    """One session's requests to its writer. For the session's thread.

    ``pace``: what is left of the live text; set by whoever notices that the model does not keep up.
    """

    def __init__(self, writer: UtteranceWriter) -> None:
        self.pace = LiveTextPace.NORMAL
        self._writer = writer
        self._partials = PartialPace()
        self._prepared_voiced_samples: int | None = None

    def after_events(self, events: Sequence[SessionEvent], state: SessionState) -> Iterator[SessionCommand]:
        """Ask for the final texts that are due; returns the commands of those that were prepared before."""
        if isinstance(state, NotStarted):
            return
        for utterance in transcriptions_due(events, state):
            prepared = self._writer.ask_final(utterance, settings_in_context(state.context))
            if prepared is not None:
                yield self._writer.final_report(prepared)

    def at_pause(self, end_sample: int, state: SessionState, voiced_samples: int) -> None:
        """Have the final text prepared in case the utterance ends before ``end_sample``."""
        if self.pace is LiveTextPace.OFF or not isinstance(state, HearingSpeech):
            return
        if is_speculation_due(state, voiced_samples):
            self._prepared_voiced_samples = voiced_samples
            utterance, settings = state.utterance, settings_in_context(state.context)
            self._writer.ask_speculative(
                utterance.utterance_id, heard_audio(utterance.start_sample, end_sample), settings
            )

    def after_audio(self, at_sample: int, state: SessionState, voiced_samples: int) -> None:
        """Ask for a hypothesis of the open utterance, if one is due and the last answer has come.

        While the final text is being prepared, a hypothesis is not asked for, so that nothing delays it. Once
        prepared, it is the newest hypothesis until somebody speaks again.
        """
        if not self._writer.is_partial_outstanding:
            self._partials.answered(at_sample)
        if not isinstance(state, HearingSpeech):
            self._prepared_voiced_samples = None
            return
        interval = state.context.settings.transcription.partial_interval_seconds
        if interval is None or not is_partial_wanted(state, voiced_samples):
            return
        if self._writer.is_speculation_outstanding or voiced_samples == self._prepared_voiced_samples:
            return
        if self._partials.is_due(at_sample, interval, self.pace):
            self._partials.ask(at_sample)
            utterance, settings = state.utterance, settings_in_context(state.context)
            self._writer.ask_partial(
                utterance.utterance_id, heard_audio(utterance.start_sample, at_sample), settings
            )
