"""`--markdown`: the tables for a README, and the figure that lies beside them."""

from collections.abc import Sequence
from pathlib import Path

from bcb.bench.tables import Table, check_mark, write_marked
from bcb.names import for_markdown
from bcb.report.curves import ACCURACY, BASELINES, MEMORY, Curve, Group, baseline, curves, groups, names_of
from bcb.report.figures import accuracy_figure
from bcb.report.trial import Trial

MARK = "report"


def check_markdown(path: Path) -> None:
    """Raise ValueError where a file is there that has no place for a report; it would be lost."""
    if path.exists():
        check_mark(path, MARK)
    elif path.with_suffix(".svg").exists():
        raise ValueError(
            f"{path.with_suffix('.svg')} is there, and would be replaced by the figure of --markdown {path}"
        )
    if path.suffix == ".svg":
        raise ValueError(f"--markdown {path} would be the figure's own name; choose one that ends in .md")


def write_markdown(path: Path, trials: Sequence[Trial], head: str) -> Path:
    """The tables, between the marks of a file that is there or in a new one, and the figure beside it: its path."""
    check_markdown(path)
    figure = path.with_suffix(".svg")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(figure, accuracy_figure(trials))
    text = markdown(trials, head, figure.name)
    if path.exists():
        write_marked(path, MARK, text)
    else:
        replace_text(path, f"<!-- {MARK} -->\n\n{text}\n\n<!-- end of {MARK} -->\n")
    return figure


def replace_text(path: Path, text: str) -> None:
    """Whole, or not at all."""
    from slotssm.checkpoint import replace_file

    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def markdown(trials: Sequence[Trial], head: str, figure: str) -> str:
    """The figure, what was tested, and the tables."""
    parts = [f"![Accuracy against the length of the context, for every model]({figure})", head]
    for group in groups(trials):
        parts += [table.markdown() for table in tables(group, trials)]
    return "\n\n".join(parts)


def tables(group: Group, trials: Sequence[Trial]) -> list[Table]:
    """Accuracy and effective memory at each length; names of all trials, so that they are called alike everywhere."""
    names = names_of(trials)
    found = []
    for metric, what, digits in ((ACCURACY, ACCURACY, 3), (MEMORY, "effective memory, frames", 1)):
        mine = curves(group, metric, names)
        base = [curve for name in BASELINES if (curve := baseline(group, name, metric))]
        if metric == MEMORY:
            base = [curve for curve in base if curve.name == "oracle"]
        if mine:
            rows = [_row(curve, group, digits, for_markdown(curve.name)) for curve in mine]
            rows += [_row(curve, group, digits, f"*{curve.name}*") for curve in base]
            columns = ["model", "trained at", *(f"{frames} frames" for frames in group.frames), "seeds"]
            found.append(Table(f"{for_markdown(group.title)}: {what}", columns, rows))
    return found


def _row(curve: Curve, group: Group, digits: int, name: str) -> list[str]:
    points = [curve.at(frames) for frames in group.frames]
    ours = curve.name not in BASELINES
    trained = f"{curve.train_frames}" if curve.train_frames else "–" * ours
    return [name, trained, *(p.text(digits) if p else "–" for p in points), curve.seeds * ours]
