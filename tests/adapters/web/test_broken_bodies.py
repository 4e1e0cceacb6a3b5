"""A body that breaks HTTP's rules is its sender's mistake, whichever route reads it."""

import pytest
from gunicorn.http.errors import InvalidChunkSize
from tests.adapters.web.rig import WebRig


class BrokenBody:
    """What gunicorn hands over of a chunked body without a size."""

    def read(self, size: int) -> bytes:
        raise InvalidChunkSize(b"zz")


@pytest.mark.parametrize(
    ("path", "content_type", "kind"),
    [
        ("/api/v1/sessions", "application/json", '"code":"bad-request"'),
        ("/api/v1/sessions/upload", "audio/wav", '"code":"bad-request"'),
        ("/v1/audio/transcriptions", "multipart/form-data; boundary=x", '"type":"invalid_request_error"'),
    ],
)
def test_a_broken_body_is_a_bad_request(path: str, content_type: str, kind: str) -> None:
    rig = WebRig()
    body = {"wsgi.input": BrokenBody(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = rig.client.post(path, content_type=content_type, environ_overrides=body)
    rig.close()
    assert (answer.status_code, kind in answer.text) == (400, True), answer.text
    assert "breaks HTTP's rules" in answer.text
