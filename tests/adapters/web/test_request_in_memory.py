"""What is uploaded stays in memory, however large it is."""

from io import BytesIO

from flask import Flask, Response, request

from realtime_mlx_stt.adapters.web.request_in_memory import RequestInMemory

LARGE = 3_000_000
"""Werkzeug itself writes what is larger than half a megabyte to a file."""


def test_a_large_upload_is_written_to_no_file() -> None:
    app = Flask("uploads")
    app.request_class = RequestInMemory
    kept: list[object] = []

    @app.post("/")
    def upload() -> Response:
        part = request.files["file"]
        kept.append(part.stream)
        return Response(str(len(part.read())))

    # By hand, because Werkzeug's client writes a large form to a file as well.
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="talk.wav"\r\n\r\n'
    form = head + bytes(LARGE) + b"\r\n--x--\r\n"
    answer = app.test_client().post("/", data=form, content_type="multipart/form-data; boundary=x")
    assert answer.text == str(LARGE)
    assert [type(stream) for stream in kept] == [BytesIO]
