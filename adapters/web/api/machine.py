"""Describes the server's machine: its microphones, its wake words, and whether all is well."""

import msgspec

from realtime_mlx_stt.adapters.web.api.operations import JSON, Answer, Operation
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.application.diagnosis import Verdict, diagnose, profile_check
from realtime_mlx_stt.domain.wake_word_names import spoken
from realtime_mlx_stt.ports.audio_devices import InputDevice

__all__ = ["DeviceList", "Diagnoses", "DiagnosisView", "MachineResources", "WakeWordItem", "WakeWordList"]


class DeviceList(msgspec.Struct, frozen=True, kw_only=True):
    """The microphones of the server."""

    devices: tuple[InputDevice, ...]


class WakeWordItem(msgspec.Struct, frozen=True, kw_only=True):
    """A word that can be heard; ``spoken`` is how one would say it."""

    name: str
    spoken: str


class WakeWordList(msgspec.Struct, frozen=True, kw_only=True):
    """The words that can be heard."""

    wake_words: tuple[WakeWordItem, ...]


class DiagnosisView(msgspec.Struct, frozen=True, kw_only=True):
    """How one part is; ``remedy`` is what mends it, null when all is well."""

    part: str
    verdict: Verdict
    text: str
    remedy: str | None


class Diagnoses(msgspec.Struct, frozen=True, kw_only=True):
    """How every part is; ``is_usable`` unless one that is needed is broken."""

    is_usable: bool
    parts: tuple[DiagnosisView, ...]


class MachineResources:
    """Shows what the machine has. Thread-safe."""

    def __init__(self, context: WebContext) -> None:
        self._services = context.services
        self._profile = context.config.default_profile

    def operations(self) -> tuple[Operation, ...]:
        """The part of the table that is about this."""
        return (
            Operation(
                method="GET",
                path="/devices",
                name="list_devices",
                group="Machine",
                summary="List the microphones of the server",
                handle=self.devices,
                answers=(Answer(meaning="In the sound system's order.", media={JSON: DeviceList}),),
                problems=("audio-source",),
            ),
            Operation(
                method="GET",
                path="/wake-words",
                name="list_wake_words",
                group="Machine",
                summary="List the wake words that can be heard",
                handle=self.wake_words,
                answers=(Answer(meaning="In alphabetical order.", media={JSON: WakeWordList}),),
                problems=("wake-word",),
            ),
            Operation(
                method="GET",
                path="/doctor",
                name="diagnose",
                group="Machine",
                summary="Find out whether all is well, as `stt doctor --profile` does",
                handle=self.diagnose,
                answers=(Answer(meaning="How every part is.", media={JSON: Diagnoses}),),
            ),
        )

    def devices(self) -> DeviceList:
        """The microphones."""
        return DeviceList(devices=self._services.devices.inputs())

    def wake_words(self) -> WakeWordList:
        """The words that can be heard."""
        words = self._services.wake_words.words()
        return WakeWordList(wake_words=tuple(WakeWordItem(name=word, spoken=spoken(word)) for word in words))

    def diagnose(self) -> Diagnoses:
        """How every part is, and the profile from which sessions start."""
        services = self._services
        profile = profile_check(self._profile, services.orchestrator.profiles, services.models)
        parts = tuple(
            DiagnosisView(
                part=diagnosis.part,
                verdict=diagnosis.finding.verdict,
                text=diagnosis.finding.text,
                remedy=diagnosis.finding.remedy,
            )
            for diagnosis in diagnose((*services.checks, profile))
        )
        return Diagnoses(is_usable=all(part.verdict is not Verdict.BROKEN for part in parts), parts=parts)
