"""The page that asks a person for the server's token."""

from html import escape
from typing import Final

from flask import Response

__all__ = ["login_page"]

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Token needed</title>
</head>
<body>
<main>
<h1>This server asks for a token</h1>
<p>Whoever started it has chosen one, or finds it where <code>stt serve</code> prints the address.</p>
{complaint}<form method="get" action="{path}">
<p><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus></p>
<p><button>Go on</button></p>
</form>
</main>
</body>
</html>
"""
_COMPLAINT: Final = '<p role="alert">That was not the token.</p>\n'


def login_page(path: str, *, was_wrong: bool) -> Response:
    """The page, with status 401; its form leads back to ``path``."""
    one_slash = "/" + path.lstrip("/\\")
    page = _PAGE.format(path=escape(one_slash), complaint=_COMPLAINT if was_wrong else "")
    headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
    return Response(page, 401, headers, content_type="text/html; charset=utf-8")
