"""The command line: one table of commands, and one place where mistakes become messages.

To add a command: one file in `bcb/commands`, one line in `COMMANDS`.
"""

import os
import sys
from collections.abc import Sequence

import click

from bcb.lazy import LazyGroup

# name → (where the command is, its line in `bcb --help`). The line stands here so that help loads nothing.
COMMANDS = {
    "generate": ("bcb.commands.generate:generate", "Make the episodes of a dataset and store them."),
    "finalize": ("bcb.commands.finalize:finalize", "End a store that was made in shares (generate --shards)."),
    "import": ("bcb.commands.import_:import_", "Make a store of a real data set: MOVi, CATER, CLEVRER, videos."),
    "inspect": ("bcb.commands.inspect:inspect", "Say what a store holds, how big it is, and its labels."),
    "verify": ("bcb.commands.verify:verify", "Check a store: schema, hashes, answers and episodes made again."),
    "audit": ("bcb.commands.audit:audit", "Check that a dataset is a valid test of memory."),
    "view": ("bcb.commands.view:view", "Draw an episode as a contact sheet (PNG) or an animation (GIF)."),
    "train": ("bcb.commands.train:train", "Train a model on a store or a preset."),
    "evaluate": ("bcb.commands.evaluate:evaluate", "Run a model and score it; alone, the bundled weights."),
    "score": ("bcb.commands.score:score", "Score anyone's predictions."),
    "leaderboard": ("bcb.commands.leaderboard:leaderboard", "Score the predictions in a folder again, and rank them."),
    "stress": ("bcb.commands.stress:stress", "Train and test models at each of many lengths, in one table."),
    "report": ("bcb.commands.report:report", "Say how far back models remember, in one page."),
    "bench": ("bcb.commands.bench:bench", "Measure how fast bcb is, beside what else there is."),
    "export": ("bcb.commands.export:export", "Write a store in a format that others load without asking."),
    "list": ("bcb.commands.list:list_", "List models, rules, presets, bundled weights and all else."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, help="Print the version.")
@click.option("--traceback", is_flag=True, help="Show where an error came from (to report a bug).")
@click.pass_context
def cli(ctx: click.Context, version: bool, traceback: bool) -> None:
    """Blinking Color Balls: how far back does a sequence model really remember?

    \b
    Example:
      bcb generate --rule frequent --length 640
      bcb view data/frequent-640 --episode 3 -o episode.png
      bcb evaluate --model slotssm
    """
    if version:
        from importlib.metadata import version as installed

        click.echo(f"bcb {installed('bcb')}")
    elif ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; a user's mistake is one line on stderr and a 2.

    Our libraries raise ValueError (or a subclass) for whatever a user can get wrong, and OSError comes from
    paths and disks. Anything else is a bug and keeps its traceback.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    try:
        code = cli.main(args=argv, prog_name="bcb", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "bcb"
        return _report(f"{error.format_message()} (see `{command} --help`)")
    except click.ClickException as error:
        return _report(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        again = " The same command goes on." if argv and argv[0] in ("generate", "train", "stress") else ""
        print(f"Interrupted.{again}", file=sys.stderr)
        return 130
    except OSError as error:
        if "--traceback" in argv:
            raise
        return _report(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
    except ValueError as error:
        if "--traceback" in argv:
            raise
        return _report(str(error))
    return code if isinstance(code, int) else 0


def _report(message: str) -> int:
    print("Error:", " ".join(message.split()), file=sys.stderr)
    return 2


def main() -> None:
    """The `bcb` command."""
    code = run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output (`| head`) has left; nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
