"""`bcb audit`: is a dataset a valid test of memory?"""

import click

from bcb import options as opt


@click.command()
@click.argument("what", metavar="STORE|SPEC")
@opt.rule_option
@opt.length_option
@opt.context_frames_option
@click.option("--seed", type=opt.COUNT, help="Of the episodes (0); not of a store.")
@opt.set_option
@click.option("--episodes", type=opt.Whole(2), default=2000, show_default=True, help="At most, of each split.")
@opt.json_option
def audit(
    what: str,
    rule: str | None,
    length: int | None,
    context_frames: int | None,
    seed: int | None,
    sets: tuple[str, ...],
    episodes: int,
    as_json: bool,
) -> int:
    """Check that a dataset is a valid test of memory: that its answers are right, and need the past.

    STORE|SPEC is a store, a preset's name (`bcb list presets`), or a spec.json as `bcb inspect --json` shows it, whose
    episodes are made on the fly. Each line has a number, what it is held to, and a verdict: ok, warning or FAIL. Exit
    code 0 without a FAIL, 1 with one, 2 when it can't be checked.

    \b
    Example:
      bcb audit small --rule frequent
      bcb audit data/frequent-640 --json
      bcb audit small --rule earliest --set delay=4 --episodes 1000
    """
    from bcb.auditing import data_of, sources_of
    from bcb.output import print_json, print_table, remark
    from bcb.progress import progress_bar
    from bcb.specs import SpecFlags
    from eval.audit import FAIL, VERDICTS, WARNING, audit, worst

    flags = SpecFlags(rule=rule, length=length, context_frames=context_frames, seed=seed)
    sources = sources_of(what, flags, sets, episodes)
    with progress_bar("reading") as report:
        data = data_of(sources, episodes, report)
    found = audit(data)
    lines = [line for of_check in found.values() for line in of_check]
    verdict, spec = worst(lines), sources[0].spec
    if as_json:
        document = {
            "data": what,
            "rule": spec.rule,
            "length": spec.length,
            "fingerprint": spec.fingerprint,
            "episodes": {split: len(facts) for split, facts in data.splits.items()},
            "verdict": verdict,
            "lines": [{"check": check} | line.to_json() for check, of_check in found.items() for line in of_check],
        }
        print_json(document)
        return int(verdict == FAIL)
    rows = []
    for check, of_check in found.items():
        rows.append([f"[bold]{check}[/]", "", "", "", ""])
        rows += [[_words(line), *_numbers(line), _colored(line.verdict)] for line in of_check]
    print_table("", ["what (held to)", "found", "95 %", "p", "verdict"], rows, words=(0,))
    number = {verdict: sum(line.verdict == verdict for line in lines) for verdict in VERDICTS}
    result = "is no valid test of memory" if verdict == FAIL else "is a valid test of memory"
    notes = f"{len(lines)} lines, {number[FAIL]} FAIL, {number[WARNING]} warning{'s'[: number[WARNING] != 1]}"
    remark(f"{what}, rule {spec.rule}, length {spec.length}, {result}: {notes}")
    return int(verdict == FAIL)


def _words(line) -> str:
    """What was looked at, what it is held to, and what there is to say."""
    return f"{line.what} [dim]({line.bound})[/]" + (f"; {line.remark}" if line.remark else "")


def _numbers(line) -> list[str]:
    """The value, its interval, and how likely so much is by chance."""
    interval = "" if line.low != line.low else f"[{line.low:.3f}, {line.high:.3f}]"
    whole = float(line.value).is_integer()
    value = f"{line.value:.0f}" if whole else f"{line.value:.2g}" if abs(line.value) < 0.01 else f"{line.value:.3f}"
    return ["–" if line.value != line.value else value, interval, "" if line.p is None else f"{line.p:.1g}"]


def _colored(verdict: str) -> str:
    style = {"ok": "green", "warning": "yellow", "FAIL": "bold red"}[verdict]
    return f"[{style}]{verdict}[/]"
