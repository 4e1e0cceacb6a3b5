"""Turns names from the system, which need not be valid text, into text that can be printed, stored and sent."""

__all__ = ["printable"]


def printable(text: str) -> str:
    """The text with the bytes in it that Python could not decode (PEP 383, surrogate escapes) read as UTF-8.

    Bytes that are not UTF-8 either become U+FFFD.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        pass
    else:
        return text
    try:
        raw = text.encode(errors="surrogateescape")
    except UnicodeEncodeError:  # half a pair of UTF-16, which stands for no byte
        raw = text.encode(errors="surrogatepass")
    return raw.decode(errors="replace")
