"""Names things: sessions by a string, utterances by their number within the session."""

from typing import NewType

__all__ = ["SessionId", "UtteranceId"]

SessionId = NewType("SessionId", str)
"""Unique over the whole store; made outside the domain."""

UtteranceId = NewType("UtteranceId", int)
"""Counts from 1 within one session, in the order in which the utterances were begun."""
