"""Draws docs/live-display.svg: what `make demo` shows while the last utterance is spoken, from a real session.

Run it as ``python -m docs.live_display_picture``; it takes as long as the clip.
"""

import io
from pathlib import Path
from typing import Final

from rich.console import Console

from realtime_mlx_stt.adapters.cli.live_display import LiveDisplay
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.composition.services import open_container_services
from realtime_mlx_stt.domain.events import HypothesisRevised
from realtime_mlx_stt.ports.audio_source import FileRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

_ROOT: Final = Path(__file__).parents[1]
_PICTURE: Final = _ROOT / "docs" / "live-display.svg"
_COLUMNS: Final = 84
_FRAME: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
    <style>
    .{unique_id}-matrix {{
        font-family: "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
        font-size: {char_height}px;
        line-height: {line_height}px;
    }}
    .{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""
"""Rich's own frame asks a font of another server; a picture in a page should ask nothing of anybody."""


def main() -> None:
    """Hear the example clip as it is spoken, and draw the moment of its longest last hypothesis."""
    log = _heard()
    last = max(number for number, stored in enumerate(log) if isinstance(stored.event, HypothesisRevised))
    console = Console(file=io.StringIO(), record=True, width=_COLUMNS, highlight=False, color_system="truecolor")
    display = LiveDisplay(console)
    for stored in log[: last + 1]:
        display.show(stored)
    console.print(display.now())
    svg = console.export_svg(title="make demo", code_format=_FRAME, unique_id="live-display")
    _PICTURE.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


def _heard() -> list[StoredEvent]:
    log: list[StoredEvent] = []
    with open_container_services(is_ephemeral=True) as services:
        config = PipelineConfig(source=FileRequest(path=_ROOT / "examples" / "speech.wav", speed=1.0))
        services.orchestrator.wait(services.orchestrator.start_pipeline(config, log.append))
    return log


if __name__ == "__main__":
    main()
