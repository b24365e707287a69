"""Groups of commands that are imported when they are called, not when their names are shown."""

import importlib
from collections.abc import Mapping

import click

from bcb.suggest import suggestion

Table = Mapping[str, tuple[str, str]]  # name → (where the command is, "module:name"; its line in the group's help)


class LazyGroup(click.Group):
    """A group of the commands in a table. Its help shows the table's lines, so it loads none of them."""

    def __init__(self, *args, table: Table, **kwargs):
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module, name = self.table[cmd_name][0].split(":")
        return getattr(importlib.import_module(module), name)

    def resolve_command(self, ctx: click.Context, args: list[str]):
        if args and args[0] not in self.table and not args[0].startswith("-"):
            ctx.fail(f"no command {args[0]!r}; {suggestion(args[0], self.table)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context):
        """As ever; an option without its value says of which command it is, and what it wants."""
        try:
            return super().invoke(ctx)
        except click.BadOptionUsage as error:
            command = self.get_command(ctx, ctx.invoked_subcommand or "")
            if error.ctx or not command:
                raise
            within = click.Context(command, info_name=command.name, parent=ctx)
            wants = {
                name: o.help for o in command.params if isinstance(o, click.Option) and not o.is_flag for name in o.opts
            }
            name = error.option_name
            says = f"{name} wants a value: {wants[name]}" if name in wants else error.message
            raise click.UsageError(says, within) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])
