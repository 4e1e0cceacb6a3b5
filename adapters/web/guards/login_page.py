"""Makes the page that asks a person for the server's token."""

import hashlib
from base64 import b64encode
from html import escape
from typing import Final

from flask import Response

__all__ = ["login_page"]

_STYLE: Final = """
:root { color-scheme: light dark; --accent: light-dark(#0b736b, #5cc9bd); --line: light-dark(#8b877f, #72757b) }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.5 system-ui, sans-serif;
  color: light-dark(#1d1c1a, #ecebe8); background: light-dark(#f7f6f3, #121315) }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 2rem; border-radius: 12px;
  background: light-dark(#fff, #191b1e) }
h1 { margin: 0; font-size: 1.375rem; line-height: 1.25 }
p { margin: 1rem 0 0 }
[role=alert] { color: light-dark(#a92b20, #ff9a8d); font-weight: 600 }
input, button { box-sizing: border-box; width: 100%; min-height: 2.75rem; margin-top: .25rem; padding: 0 1rem;
  font: inherit; border: 1px solid var(--line); border-radius: 10px; color: inherit; background: none }
button { border: 0; font-weight: 600; color: light-dark(#fff, #04211e); background: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
"""
_STYLE_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Without the token the page can fetch nothing, so its style is part of it; the hash allows that style alone."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Token needed</title>
<style>{style}</style>
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
    page = _PAGE.format(style=_STYLE, path=escape(one_slash), complaint=_COMPLAINT if was_wrong else "")
    headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    return Response(page, 401, headers, content_type="text/html; charset=utf-8")
