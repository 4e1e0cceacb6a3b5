"""The codes with which connections are closed; the reason says more."""

from enum import IntEnum

from realtime_mlx_stt.adapters.web.problems import http_status
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["CloseCode", "close_code_of"]


class CloseCode(IntEnum):
    """Codes of RFC 6455, and from 4000 on codes of this product: 4000 and the status that HTTP would have."""

    NORMAL = 1000
    """All was said: the session is over."""

    GOING_AWAY = 1001
    """The server is about to end."""

    PROTOCOL_ERROR = 1002
    """The client's frames break RFC 6455."""

    NOTHING_SAID = 1005
    """Never sent: the client closed without a code."""

    LOST = 1006
    """Never sent: the connection was lost."""

    INVALID_TEXT = 1007
    """A text is not UTF-8."""

    MESSAGE_TOO_BIG = 1009
    """A message is longer than the server takes."""

    INTERNAL_ERROR = 1011
    """A defect of the server; its log has it."""

    TRY_AGAIN_LATER = 1013
    """As many streams are open as the server allows."""

    TOO_SLOW = 4008
    """The client reads too slowly; the reason says after which event it may resume."""

    BAD_MESSAGE = 4400
    """What the client sent is no message of the protocol."""

    NOT_FOUND = 4404
    """There is no such session."""

    IDLE = 4408
    """For long no sign of life came from the client."""

    CONFLICT = 4409
    """The session cannot do that in its present state."""

    TOO_MANY_SESSIONS = 4429
    """As many sessions are running as the server allows."""

    DEFECT = 4500
    """The session cannot be started or read, for a reason on the server's side."""


def close_code_of(error: RealtimeSttError) -> CloseCode:
    """The code with which a stream is closed that cannot go on because of the error."""
    status = http_status(error)
    if 4000 + status in list(CloseCode):
        return CloseCode(4000 + status)
    return CloseCode.BAD_MESSAGE if status < 500 else CloseCode.DEFECT
