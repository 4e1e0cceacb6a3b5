"""Joins the pieces of a client's messages, up to the limit."""

from wsproto.events import BytesMessage, TextMessage

__all__ = ["MessageAssembly", "MessageTooBigError"]


class MessageTooBigError(Exception):
    """A message is longer than it may be; nothing of it is kept."""


class MessageAssembly:
    """The message that is being received. For one thread."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._received = bytearray()

    def add(self, piece: TextMessage | BytesMessage) -> str | bytes | None:
        """The whole message if this was its last piece.

        Raises:
            MessageTooBigError: it would be longer than ``most_bytes``.
        """
        # Bytes even of a text, so that a message in a million pieces costs no more than one in one piece.
        self._received += piece.data.encode() if isinstance(piece, TextMessage) else piece.data
        if len(self._received) > self._most_bytes:
            self._received.clear()
            raise MessageTooBigError
        if not piece.message_finished:
            return None
        whole = bytes(self._received)
        self._received.clear()
        return whole.decode() if isinstance(piece, TextMessage) else whole
