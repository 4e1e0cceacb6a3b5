"""Answers a body that breaks HTTP's rules as a bad request; the error appears only when a route reads the body."""

from flask import Flask
from gunicorn.http.errors import ParseException

from realtime_mlx_stt.adapters.web.problems import BadRequestError, answer_as

__all__ = ["register"]


def register(app: Flask) -> None:
    """Answer such errors in the shape of the request's path; gunicorn closes the connection after the answer."""
    answer_as(
        app,
        ParseException,
        lambda error: BadRequestError(f"The body of the request breaks HTTP's rules: {error}."),
    )
