"""Makes commands of what a person asks of a running session, at the position that the audio has reached by then."""

from realtime_mlx_stt.application.session.messages import AudioProgress
from realtime_mlx_stt.domain import commands as c

__all__ = ["commit_here", "fail_here", "pause_here", "resume_here", "stop_here"]


def stop_here(progress: AudioProgress) -> c.SessionCommand:
    """Take no more audio from here on."""
    return c.StopSession(at_sample=progress.at_sample, voiced_samples=progress.voiced_samples)


def pause_here(progress: AudioProgress) -> c.SessionCommand:
    """Do not listen from here on."""
    return c.PauseListening(at_sample=progress.at_sample, voiced_samples=progress.voiced_samples)


def resume_here(progress: AudioProgress) -> c.SessionCommand:
    """Listen again from here on."""
    return c.ResumeListening(at_sample=progress.at_sample)


def commit_here(progress: AudioProgress) -> c.SessionCommand:
    """End the open utterance here."""
    return c.CommitUtterance(at_sample=progress.at_sample, voiced_samples=progress.voiced_samples)


def fail_here(code: str, message: str, progress: AudioProgress) -> c.SessionCommand:
    """End the session here because of an error that it cannot go on after."""
    return c.FailSession(
        code=code, message=message, at_sample=progress.at_sample, voiced_samples=progress.voiced_samples
    )
