"""`bcb inspect`: what a store is."""

import dataclasses

import click

from bcb import options as opt

MOST = 12  # labels that are listed


@click.command()
@click.argument("store", type=opt.STORE)
@opt.json_option
def inspect(store: str, as_json: bool) -> None:
    """Say what a store holds, how big it is, and how its labels are spread.

    A store that isn't all there is described as well, and INCOMPLETE is said (with --json, "complete": false); the exit
    code is 0 then too. bcb verify is what fails.

    \b
    Example:
      bcb inspect data/frequent-640
    """
    import json

    from bcb.output import print_json, print_table, size_text
    from generators.kinds import kind_of
    from generators.store import describe
    from generators.store.opening import completing

    found = describe(store)
    spec, kind = found.spec, kind_of(found.spec)
    if as_json:
        document = {
            "path": str(store),
            "spec": json.loads(spec.to_json()),
            "fingerprint": spec.fingerprint,
            "length": kind.length(spec),
            "complete": found.complete,
            "splits": {s.split: dataclasses.asdict(s) for s in found.splits},
        }
        print_json(document)
        return
    first, *others = kind.summary(spec)
    click.echo("\n".join([f"{store}: {first}", *others]))
    click.echo(f"fingerprint {spec.fingerprint}\n")
    rows = [
        [
            s.split,
            f"{s.episodes:,}",
            size_text(s.bytes_on_disk),
            size_text(s.raw_bytes),
            "yes" if s.missing is None else s.missing,
        ]
        for s in found.splits
    ]
    print_table("", ["split", "episodes", "on disk", "uncompressed", "complete"], rows, words=(4,))
    if not found.complete:
        splits = ", ".join(s.split for s in found.splits if s.missing is not None)
        click.echo(f"INCOMPLETE: {splits}; {completing(spec, store)}\n")
    label, balanced = kind.label(spec), [s for s in found.splits if s.balance]
    if label and balanced:
        values = [value for value, name in enumerate(label.names) if name]
        heading = label.heading
        if len(values) > MOST:
            values = sorted(values, key=lambda value: -sum(s.balance[value] * s.episodes for s in balanced))[:MOST]
            heading += f", the {MOST} most frequent of {len(label.names)}"
        rows = [[str(label.names[value]), *(f"{s.balance[value]:.1%}" for s in balanced)] for value in values]
        print_table(heading, [label.column, *(s.split for s in balanced)], rows)
