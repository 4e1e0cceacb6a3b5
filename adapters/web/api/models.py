"""Lists the models, and fetches those that are not on this machine."""

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from realtime_mlx_stt.adapters.web.api.model_pulls import ModelPulls, PullState, PullStatus
from realtime_mlx_stt.adapters.web.api.operations import API_ROOT, EVENT_STREAM, JSON, Answer, Operation, Reply
from realtime_mlx_stt.adapters.web.api.server_sent_events import (
    KEEP_ALIVE,
    KEEP_ALIVE_SECONDS,
    end_frame,
    frame,
    stream_response,
    wants_stream,
)
from realtime_mlx_stt.adapters.web.client_settings import refuse_folder
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.ports.model_repository import ModelDescription

__all__ = ["LoadedModel", "ModelList", "ModelResources", "NewPull", "PullList", "PullWanted"]


class LoadedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that the server has in memory, so that a session that uses it begins at once."""

    engine: Annotated[str, Meta(description="The engine that has it.")]
    model: Annotated[str, Meta(description="The name it was asked for by.")]


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """The models known by name, those at hand first, and the ones that are loaded."""

    models: tuple[ModelDescription, ...]
    loaded: Annotated[
        tuple[LoadedModel, ...],
        Meta(description="Those in memory, of each engine the least recently used first; it is the next to go."),
    ]


class NewPull(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that is to be fetched: one that is known by name, or ``owner/name`` on the Hugging Face hub."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]


class PullList(msgspec.Struct, frozen=True, kw_only=True):
    """What is, or was lately, fetched, the oldest first."""

    pulls: tuple[PullStatus, ...]


class PullWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the state of a fetch is to be told."""

    stream: Annotated[bool, Meta(description="Asks for a stream, as `Accept: text/event-stream` does.")] = False


_OVER: Final = (PullState.DONE, PullState.FAILED)


class ModelResources:
    """Lists models and fetches them. Thread-safe."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._pulls: Final = ModelPulls(context.services)

    def operations(self) -> tuple[Operation, ...]:
        """The part of the table that is about this."""
        return (
            Operation(
                method="GET",
                path="/models",
                name="list_models",
                group="Models",
                summary="List the models that can be asked for by name",
                handle=self.list,
                answers=(Answer(meaning="Those at hand first.", media={JSON: ModelList}),),
                problems=("model-repository",),
            ),
            Operation(
                method="POST",
                path="/models/pulls",
                name="pull_model",
                group="Models",
                summary="Fetch a model",
                description="It goes on in the background. One that is being fetched already is not fetched twice.",
                handle=self.pull,
                body=NewPull,
                answers=(
                    Answer(
                        status=202,
                        meaning="It is being fetched.",
                        media={JSON: PullStatus},
                        headers={"Location": "Where its progress is shown."},
                    ),
                ),
                problems=("unknown-model", "too-many-pulls"),
                example='{"name": "tiny.en"}',
            ),
            Operation(
                method="GET",
                path="/models/pulls",
                name="list_pulls",
                group="Models",
                summary="List what is being fetched, or was lately",
                handle=self.list_pulls,
                answers=(Answer(meaning="The oldest first.", media={JSON: PullList}),),
            ),
            Operation(
                method="GET",
                path="/models/pulls/{pull_id}",
                name="show_pull",
                group="Models",
                summary="Show, or follow, how far a fetch has got",
                description="As `text/event-stream` an event `progress` for each change, then `done` or `failed`.",
                handle=self.show_pull,
                query=PullWanted,
                answers=(Answer(meaning="How far it has got.", media={JSON: PullStatus, EVENT_STREAM: None}),),
                problems=("model-pull-not-found", "too-many-streams"),
            ),
        )

    def list(self) -> ModelList:
        """The models known by name, and the loaded ones."""
        services = self._context.services
        loaded = services.orchestrator.loaded_models
        return ModelList(
            models=services.models.models(),
            loaded=tuple(LoadedModel(engine=engine, model=model) for engine, model in loaded),
        )

    def pull(self, body: NewPull) -> Reply:
        """Begin to fetch a model."""
        refuse_folder(self._context, body.name)
        status = self._pulls.begin(body.name)
        location = f"{API_ROOT}/models/pulls/{status.pull_id}"
        return Reply(value=status, status=202, headers={"Location": location})

    def list_pulls(self) -> PullList:
        """What is being fetched, or was lately."""
        return PullList(pulls=self._pulls.all())

    def show_pull(self, pull_id: str, query: PullWanted) -> object:
        """How far one has got, now or from now on."""
        status = self._pulls.status(pull_id)
        if not wants_stream(query.stream):
            return status
        return stream_response(self._context, self._frames(status), self._pulls.wake)

    def _frames(self, status: PullStatus) -> Iterator[str]:
        def closing() -> bool:
            return self._context.closing.is_begun

        while True:
            event = "progress" if status.state is PullState.RUNNING else status.state.value
            yield frame(event, msgspec.json.encode(status).decode(), status.revision)
            if status.state in _OVER:
                return
            before = status
            while status.revision == before.revision:
                if closing():
                    yield end_frame("server-closing")
                    return
                status = self._pulls.wait(status.pull_id, before.revision, KEEP_ALIVE_SECONDS, closing)
                if status.revision == before.revision and not closing():
                    yield KEEP_ALIVE
