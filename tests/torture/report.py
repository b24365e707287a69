"""The page of a run of torture: what was done, how often, when and where."""

from datetime import date
from pathlib import Path

from bcb.bench.machine import machine
from bcb.bench.tables import Table
from bcb.output import size_text

HEAD = """\
# Torture

What is done to stores on purpose, and how often, before anyone does it by accident. `make torture` does it again and
writes this page; the daily tests do a little of it. Everything goes through the command line, on stores of 13 small
episodes in 7 shards. Every row ended with the very bytes of an undisturbed run and no file besides, or the
page would not have been written.
"""
KILLS = """\
SIGKILL at a random instant, half of the times among all the changes that a run makes in its folder, half among its
commits; then the same commands again. The columns say how many were killed, how many of these went on after a kill,
which of their processes died, and what lay there then. Readers had all of a split or were refused, and no committed
file was made again.
"""
DAMAGE = """\
One file of a whole store spoilt, half of the times uniformly over its files, half over its bytes: `bcb verify` named it
(or its shard), and `bcb verify --repair` brought back the same bytes and touched no other file.
"""
MEDDLING = """\
Something spoilt while the store is half made: readers had the truth or were refused, the run ended well or in one clear
line, and the next run made the store whole.
"""
DISK = """\
A disk in memory that fills, or is read-only: one clear line, what was committed stayed, and with room again the run
went on. The columns say whether shards were committed already.
"""
VICTIMS, LEFT = ["all", "the driver", "a worker"], ["nothing", "as before", "metadata", "some shards", "all shards"]
SECTIONS = {  # in the tests' tally: what stands above the table, and its columns
    "kills": (KILLS, ["killed", "again", *VICTIMS, *LEFT]),
    "damage": (DAMAGE, ["flipped", "without byte", "cut at byte", "one byte more", "missing"]),
    "meddling": (MEDDLING, ["flipped", "cut", "missing", "folder gone", "store gone"]),
    "disk": (DISK, ["no shard", "some shards"]),
}


def write_report(page, seed, tally) -> None:
    """Write the page. tally: numbers by section, row and column."""
    here = machine(["bcb", "numpy", "pymunk"])
    versions = ", ".join(f"{name} {version}" for name, version in here["versions"].items())
    parts = [
        HEAD,
        f"{date.today().isoformat()}, seed {seed}; {here['processor']}, {here['cores']} cores, "
        f"{size_text(here['memory'])}, {here['system']}; Python {here['python']}, {versions}.\n",
    ]
    for name, (text, columns) in SECTIONS.items():
        rows = {row: [counts[column] for column in columns] for row, counts in tally[name].items()}
        rows["together"] = [sum(column) for column in zip(*rows.values(), strict=True)]
        cells = [[row, *(f"{number:,}" if number else "–" for number in counts)] for row, counts in rows.items()]
        parts += [text, Table(name.capitalize(), ["", *columns], cells).markdown() + "\n"]
    Path(page).write_text("\n".join(parts), encoding="utf-8")
