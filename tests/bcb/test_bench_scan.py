"""`bcb bench scan`: everyone computes the same, and what they keep is counted right."""

import re

import pytest
import torch

from bcb.bench.growth import peak_growth
from bcb.bench.kept import kept_for_backward
from bcb.bench.pinned import pinned
from bcb.bench.scanning import family
from bcb.bench.scanning.family import Size, errors
from bcb.bench.scanning.results import goals, panels, tables
from bcb.bench.scanning.rounds import BOTH, FORWARD, Limits, run_rounds
from bcb.bench.scanning.s6 import S6
from bcb.bench.scanning.ssd import SSD

SMALL = Size(2, 9, 4, channels=16)


ENTRANTS = [(kind, name) for kind in (S6, SSD) for name in kind.contestants]


@pytest.mark.parametrize(("kind", "name"), ENTRANTS, ids=lambda x: getattr(x, "name", x))
@pytest.mark.parametrize("size", [SMALL, Size(1, 70, 8, channels=128)], ids=str)
def test_every_contestant_computes_the_recurrence(kind, name, size):
    entrant = kind.contestants[name]
    if entrant.missing:
        pytest.skip(f"{entrant.missing} isn't installed")
    y, gradients = errors(kind, entrant.scan, size)
    assert y < 1e-6
    assert gradients < 1e-4  # that of A is a sum over all steps which nearly cancels


def measure(families, sizes, rounds, limits):
    with pinned(1):
        return run_rounds(families, sizes, rounds, limits, lambda done, total: None)


@pytest.fixture(scope="module")
def records():
    return measure((S6, SSD), [Size(2, 4, 4, channels=16), SMALL], 2, Limits())


def test_all_are_measured_in_every_round(records):
    assert len(records) == 2 * 2 * sum(len(kind.contestants) - len(kind.skipped()) for kind in (S6, SSD))
    for record in records:
        assert len(record.seconds) == 2
        assert record.microseconds.median > 0
        assert (record.kept is None) == (record.what == FORWARD)


def test_ours_keeps_its_inputs_and_a_state_of_each_chunk(records):
    ours = next(r for r in records if (r.contestant, r.size, r.what) == ("ours", SMALL, BOTH) and r.family == S6.name)
    loop = next(r for r in records if (r.contestant, r.size, r.what) == ("torch loop", SMALL, BOTH))
    given = S6.inputs(SMALL).values()
    assert ours.kept.of_inputs == 4 * sum(tensor.numel() for tensor in given)
    assert 0 < ours.kept.more < loop.kept.more


def test_the_tables_have_a_row_for_each_size_and_a_column_for_each_contestant(records):
    found = {(S6.name, "ours"): (1e-7, 2e-6)}
    shown = tables(records, found, SMALL)
    times = next(table for table in shown if table.title == f"{S6.name}, {BOTH}: µs per token")
    assert times.columns[:2] == ["batch·slots × L × state", "ours"]
    assert [row[0] for row in times.rows] == ["2 × 4 × 4", "2 × 9 × 4"]
    for table in shown:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert {goal.found for goal in goals(records, found)} == {None, 2e-6}  # their sizes weren't measured
    for panel in panels(records):
        assert panel.lines[0].name == "ours"
        assert all(len(line.points) == 2 for line in panel.lines)


@pytest.mark.parametrize(("limits", "why"), [(Limits(seconds=1e-9), "s$"), (Limits(bytes=1), "GiB$")], ids=str)
def test_what_would_take_too_much_is_left_out_by_what_it_took_before(limits, why):
    known, judged = (Size(1, length, 4, channels=16) for length in (2, 8))
    found = measure((S6,), [judged, known], 1, limits)
    for record in found:
        if record.size == known:
            assert record.seconds
        elif record.what == BOTH:
            assert re.search(why, record.left_out)
            assert not record.seconds
    shown = tables(found, {(S6.name, "ours"): (0, 0)}, SMALL)
    times = next(table for table in shown if table.title == f"{S6.name}, {BOTH}: µs per token")
    assert all(cell.startswith("left out: about") for cell in times.rows[1][1:])


def test_scan_prints_one_document_and_draws(bcb, folder):
    done = bcb("bench", "scan", "--quick", "--threads", 1, "--json", "--figure", folder / "scan.svg")
    assert done.code == 0, done.err
    assert done.json["bench"] == "scan"
    assert done.json["threads"] == 1
    assert {(x["family"], x["contestant"]) for x in done.json["accuracy"]} == {
        (kind.name, name) for kind in (S6, SSD) for name, entrant in kind.contestants.items() if not entrant.missing
    }
    for run in done.json["runs"]:
        assert run["microseconds_per_token"]["median"] > 0
    assert "torch loop" in (folder / "scan.svg").read_text()


def test_what_is_not_installed_is_left_out_and_named(bcb, monkeypatch, folder):
    monkeypatch.setattr(family, "find_spec", lambda package: None)
    page = folder / "page.md"
    page.write_text("<!-- bench scan -->\n<!-- end of bench scan -->\n")
    done = bcb("bench", "scan", "--quick", "--page", page)
    assert done.code == 0, done.err
    assert "mambapy is left out: it needs mambapy (pip install 'bcb[bench]')" in done.err
    text = page.read_text()
    assert "thread" in text
    assert "| batch·slots × L × state | ours | associative_scan | torch loop |" in text


def test_a_storage_that_is_kept_counts_once_and_inputs_apart():
    x, w = torch.ones(10, requires_grad=True), torch.ones(10, requires_grad=True)
    y, kept = kept_for_backward(lambda: (x * w).exp()[:5] * x[:5], (x, w))
    assert y.shape == (5,)
    assert (kept.of_inputs, kept.more) == (80, 40)  # x, w; what exp gave, although five of it are used
    assert kept.all == 120


def test_peak_growth_sees_what_was_freed_again():
    def work():
        return float(torch.ones(10_000_000).sum())

    work()
    result, growth = peak_growth(work)
    assert result == 1e7
    if growth is not None:
        assert 38e6 < growth < 80e6
