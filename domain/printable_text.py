"""Text that can be printed, stored and sent, of what the system calls a name and need not be text."""

__all__ = ["printable"]


def printable(text: str) -> str:
    """The text itself, or if it holds bytes that Python could not read (PEP 383), what they are in UTF-8.

    What they are not even there becomes U+FFFD.
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
