"""Answers a body that breaks HTTP's rules as a bad request; the error appears only when a route reads the body."""

from flask import Flask, Response
from gunicorn.http.errors import ParseException

from realtime_mlx_stt.adapters.web.problems import BadRequestError

__all__ = ["register"]


def register(app: Flask) -> None:
    """Answer such errors in the shape of the request's path; gunicorn closes the connection after the answer."""

    def refuse(error: ParseException) -> Response:
        refusal = BadRequestError(f"The body of the request breaks HTTP's rules: {error}.")
        return app.make_response(app.handle_user_exception(refusal))

    app.register_error_handler(ParseException, refuse)
