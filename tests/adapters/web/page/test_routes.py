"""The page's files are served as they are packaged, guarded by a strict policy, and nothing else is."""

import re
from pathlib import Path

import pytest
from tests.adapters.web.rig import WebRig

import realtime_mlx_stt.adapters.web.page
from realtime_mlx_stt.adapters.web.page.routes import CONTENT_SECURITY_POLICY, PAGE_FILES

FOLDER = Path(realtime_mlx_stt.adapters.web.page.__path__[0])
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}


def test_every_packaged_file_is_in_the_table() -> None:
    packaged = {
        str(path.relative_to(FOLDER))
        for path in FOLDER.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert packaged == set(PAGE_FILES)


@pytest.mark.parametrize("name", PAGE_FILES)
def test_a_file_is_served_with_its_type_its_tag_and_the_policy(name: str) -> None:
    answer = WebRig().client.get(f"/page/{name}")
    assert answer.status_code == 200
    assert answer.data == (FOLDER / name).read_bytes()
    assert answer.headers["Content-Type"] == CONTENT_TYPES[Path(name).suffix]
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["ETag"]


def test_the_page_itself_is_at_the_root() -> None:
    client = WebRig().client
    assert client.get("/").data == client.get("/page/index.html").data == (FOLDER / "index.html").read_bytes()


def test_a_browser_that_has_the_file_is_told_so() -> None:
    client = WebRig().client
    tag = client.get("/").headers["ETag"]
    again = client.get("/", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/", headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_policy_lets_no_inline_code_and_no_other_server_in() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count('<script type="module" src="/page/')


@pytest.mark.parametrize(
    "path",
    [
        "/page/",
        "/page/routes.py",
        "/page/__init__.py",
        "/page/../routes.py",
        "/page/scripts/../../routes.py",
        "/page/%2e%2e/routes.py",
        "/page/..%2froutes.py",
        "/page//etc/passwd",
        "/page/scripts",
        "/page/scripts/main.js/",
        "/page/INDEX.HTML",
        "/page/index.html%00.js",
    ],
)
def test_no_path_leads_to_anything_else(path: str) -> None:
    assert WebRig().client.get(path).status_code == 404


def test_the_files_are_only_read() -> None:
    client = WebRig().client
    assert client.post("/").status_code == 405
    assert client.delete("/page/index.html").status_code == 405


def test_every_address_in_the_page_and_its_modules_is_served() -> None:
    client = WebRig().client
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    addresses = [part.split('"')[0].split("#")[0] for part in page.split('="/page/')[1:]]
    assert len(addresses) > 5
    assert {client.get(f"/page/{address}").status_code for address in addresses} == {200}


def test_modules_import_only_modules_that_are_there() -> None:
    imported = {
        imported
        for name in PAGE_FILES
        if name.endswith(".js")
        for imported in re.findall(r' from "(.*?)"', (FOLDER / name).read_text(encoding="utf-8"))
    }
    assert len(imported) > 5
    assert {name for name in imported if name.replace("./", "scripts/") not in PAGE_FILES} == set()


def test_modules_are_small() -> None:
    long = [name for name in PAGE_FILES if name.endswith(".js") and _lines(name) > 300]
    assert long == [], "cut the module in two"


def _lines(name: str) -> int:
    return (FOLDER / name).read_text(encoding="utf-8").count("\n")
