"""`bcb bench`: a group, one file in `bcb/bench` for each bench."""

import click

from bcb.lazy import LazyGroup

BENCHES = {
    "generate": ("bcb.bench.generate:generate", "Making episodes: beside a plain script and the bare physics."),
    "load": ("bcb.bench.load:load", "Loading episodes into torch: beside other formats and readers."),
    "scan": ("bcb.bench.scan:scan", "The scans: beside mambapy, transformers and torch."),
    "latency": ("bcb.bench.latency:latency", "How long all models read, and what they hold, as sequences grow."),
    "step": ("bcb.bench.step:step", "Training a SlotSSM: beside the same model in plain torch."),
}


@click.group(cls=LazyGroup, table=BENCHES, invoke_without_command=True)
@click.pass_context
def bench(ctx: click.Context) -> None:
    """Measure how fast bcb is, beside what else there is.

    All contestants run in turn, several rounds; what is printed are medians over the rounds, with the lowest and
    the highest. Measure on a machine that does nothing else.

    \b
    Example:
      bcb bench generate
      bcb bench load --json
      bcb bench scan --figure scan.svg
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
