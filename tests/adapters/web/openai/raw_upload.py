"""A client that uploads a sound and does not care for the answer."""

import io
import socket
from collections.abc import Mapping
from typing import Final

__all__ = ["upload"]

_BOUNDARY: Final = "frontier"
_SECONDS: Final = 10.0


def upload(address: str, sound: bytes, fields: Mapping[str, str], token: str = "any") -> socket.socket:
    """A connection that has sent its form and has read nothing."""
    form = io.BytesIO()
    for name, value in fields.items():
        form.write(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    form.write(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'.encode())
    form.write(sound + f"\r\n--{_BOUNDARY}--\r\n".encode())
    heads = {
        "Host": address,
        "Authorization": f"Bearer {token}",
        "Content-Length": str(form.tell()),
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in heads.items())
    host, port = address.split(":")
    client = socket.create_connection((host, int(port)), timeout=_SECONDS)
    client.sendall(f"POST /v1/audio/transcriptions HTTP/1.1\r\n{head}\r\n".encode() + form.getvalue())
    return client
