"""Groups of commands, as ``stt`` itself and some of its commands are."""

from difflib import get_close_matches

import click

__all__ = ["CommandGroup"]


class CommandGroup(click.Group):
    """A group that offers the near matches of a command it does not have; click does so only since 8.4."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first of ``args`` names.

        Raises:
            click.UsageError: there is none; options are not looked for here.
        """
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and self.get_command(ctx, name) is None:
            commands = self.list_commands(ctx)
            near = get_close_matches(name, commands)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(commands)}."
            ctx.fail(f"No such command '{name}'. {hint}")
        return super().resolve_command(ctx, args)
