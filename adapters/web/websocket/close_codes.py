"""The codes with which connections are closed; the reason says more."""

from enum import IntEnum

from realtime_mlx_stt.adapters.web.problems import http_status
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["CloseCode", "close_code_of"]


class CloseCode(IntEnum):
    """Codes of RFC 6455, and from 4000 on codes of this product: 4000 and the status that HTTP would have.

    ``normal``: all was said: the session is over.
    ``going_away``: the server is about to end.
    ``protocol_error``: the client's frames break RFC 6455.
    ``nothing_said``: never sent: the client closed without a code.
    ``lost``: never sent: the connection was lost.
    ``invalid_text``: a text is not UTF-8.
    ``message_too_big``: a message is longer than the server takes.
    ``internal_error``: a defect of the server; its log has it.
    ``try_again_later``: as many streams are open as the server allows.
    ``too_slow``: the client reads too slowly; the reason says after which event it may resume.
    ``bad_message``: what the client sent is no message of the protocol.
    ``not_found``: there is no such session.
    ``idle``: for long no sign of life came from the client.
    ``conflict``: the session cannot do that in its present state.
    ``too_many_sessions``: as many sessions are running as the server allows.
    ``defect``: the session cannot be started or read, for a reason on the server's side.
    """

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    NOTHING_SAID = 1005
    LOST = 1006
    INVALID_TEXT = 1007
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    TRY_AGAIN_LATER = 1013
    TOO_SLOW = 4008
    BAD_MESSAGE = 4400
    NOT_FOUND = 4404
    IDLE = 4408
    CONFLICT = 4409
    TOO_MANY_SESSIONS = 4429
    DEFECT = 4500


def close_code_of(error: RealtimeSttError) -> CloseCode:
    """The code with which a stream is closed that cannot go on because of the error."""
    status = http_status(error)
    if 4000 + status in list(CloseCode):
        return CloseCode(4000 + status)
    return CloseCode.BAD_MESSAGE if status < 500 else CloseCode.DEFECT
