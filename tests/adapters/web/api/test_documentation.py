"""The document and its page say what there is, without a script and without a word to anybody else."""

import re
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from tests.adapters.web.api.api_rig import API, ApiRig

from realtime_mlx_stt.adapters.web.api.problem_kinds import problem_kinds, problems_of
from realtime_mlx_stt.adapters.web.api.profile_types import (
    AudioSection,
    SettingsOfProfile,
    TranscriptionSection,
    VadSection,
    WakeWordSection,
)
from realtime_mlx_stt.adapters.web.api.routes import operations
from realtime_mlx_stt.adapters.web.api.schema_words import references, schema_words
from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.application.profiles.keys import known_keys
from realtime_mlx_stt.domain.events import EVENT_TYPES

SECTIONS: Final = {
    "profile": SettingsOfProfile,
    "transcription": TranscriptionSection,
    "vad": VadSection,
    "wake_word": WakeWordSection,
    "audio": AudioSection,
}


@pytest.fixture
def document(api: ApiRig) -> dict[str, Any]:
    described: dict[str, Any] = api.get("/openapi.json").get_json()
    return described


def test_the_document_is_the_same_at_both_addresses(api: ApiRig, document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert api.client.get("/openapi.json").get_json() == document


def test_every_route_of_the_api_is_described(api: ApiRig, document: dict[str, Any]) -> None:
    undescribed = {"/openapi.json", "/docs"}
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in api.web.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if str(rule.endpoint).startswith("api.")
    }
    watching = {("/health", "get"), ("/ready", "get"), ("/metrics", "get")}
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert watching < described
    described -= watching
    assert {(path, method) for path, method in routes if path.removeprefix(API) not in undescribed} == described
    assert len(described) > 20


def test_every_reference_leads_to_a_schema_and_every_event_has_one(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert {each.removeprefix("#/components/schemas/") for each in references(document)} <= schemas.keys()
    for event in EVENT_TYPES:
        properties = schemas[f"{event.__name__}Envelope"]["properties"]
        assert properties["type"] == {"enum": [event.type]}
        assert properties["data"] == {"$ref": f"#/components/schemas/{event.__name__}"}


def test_what_a_field_means_is_said_where_the_field_is_described(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    started = schemas["SessionStarted"]
    assert started["description"] == "A session began to take audio; the first event of every session."
    assert started["properties"]["source"]["description"] == "What it listens to: a device, a file, a client."
    assert started["properties"]["settings"] == {"$ref": "#/components/schemas/SessionSettings"}
    pushed = schemas["PushSource"]["properties"]
    assert pushed["channels"]["description"] == pushed["sample_rate_hz"]["description"]


def test_what_is_said_of_values_stays_with_the_type(document: dict[str, Any]) -> None:
    assert "``rejected``: it was not speech" in document["components"]["schemas"]["UtteranceStatus"]["description"]


def test_every_problem_of_an_operation_is_one_that_there_is(api: ApiRig) -> None:
    kinds = problem_kinds()
    table = operations(api.web.app.extensions["realtime_mlx_stt"])
    assert {code for operation in table for code in problems_of(operation)} <= kinds.keys()


@pytest.mark.parametrize("section", SECTIONS)
def test_the_sections_of_profiles_are_described_with_all_their_keys(section: str) -> None:
    assert set(SECTIONS[section].__struct_fields__) == known_keys(section)


def test_a_server_with_a_token_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    api = ApiRig(tmp_path_factory.mktemp("models"), ServerConfig(auth_token="secret"))
    document = api.get("/openapi.json", headers={"Authorization": "Bearer secret"}).get_json()
    assert document["security"] == [{"token": []}]
    api.close()


class PageParts(HTMLParser):
    """What a page has that matters here."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.addresses.append(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(name)


@pytest.mark.parametrize("path", ["/docs", f"{API}/docs"])
def test_the_page_needs_no_script_and_nothing_from_elsewhere(api: ApiRig, path: str) -> None:
    answer = api.client.get(path)
    page = PageParts()
    page.feed(answer.text)
    assert answer.content_type == "text/html; charset=utf-8"
    assert {"script", "style", "iframe", "img"}.isdisjoint(page.tags)
    assert page.inline == []
    own = [address for address in page.addresses if address.startswith("#")]
    assert {address[1:] for address in own} <= set(page.ids)
    others = set(page.addresses) - set(own)
    assert others == {"/docs/reference.css", f"{API}/openapi.json"}
    assert len(page.ids) == len(set(page.ids))
    for address in others:
        assert api.client.get(address).status_code == 200


def test_the_page_shows_every_operation_with_a_call_and_follows_the_scheme(api: ApiRig) -> None:
    text = api.client.get("/docs").text
    for operation in operations(api.web.app.extensions["realtime_mlx_stt"]):
        assert f'id="{operation.name}"' in text
        assert f"{API}{operation.path}" in text
    assert "`" not in text
    assert "prefers-color-scheme: dark" in api.client.get("/docs/reference.css").text


def test_what_was_redoc_leads_to_the_page(api: ApiRig) -> None:
    answer = api.client.get("/redoc")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/docs")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 5}, "integer, ≥ 1, ≤ 5"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Word"}}, "list of Word"),
        ({"enum": ["a", "b"]}, '"a" or "b"'),
        ({}, "anything"),
    ],
)
def test_a_schema_is_said_in_a_few_words(schema: dict[str, Any], words: str) -> None:
    assert schema_words(schema) == words
