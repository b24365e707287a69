"""`bcb bench latency`: processes that read, and what they say."""

from argparse import Namespace
from dataclasses import dataclass

import pytest
import torch

from bcb.bench.latencies import rounds
from bcb.bench.latencies.reader import at_once, one_more, state_bytes
from bcb.bench.latencies.results import document, panels, tables
from bcb.bench.latencies.rounds import AT_ONCE, ONE_MORE, Plan, run_rounds
from slotssm.models import MODELS

PLAN = Plan("small", 2, 1, (4, 8, 16), (4, 100), seconds=10.0)


def test_latency_says_how_long_a_model_read_and_what_it_holds(bcb, folder):
    done = bcb("bench", "latency", "--quick", "--threads", 1, "--model", "slotrnn", "--json", "--figure", "f.svg")
    assert done.code == 0, done.err
    assert [(run["what"], run["length"]) for run in done.json["runs"]] == [
        (what, length) for what in (AT_ONCE, ONE_MORE) for length in (4, 8)
    ]
    for run in done.json["runs"]:
        assert run["milliseconds"]["median"] > 0
        assert run["parameters"] > 1000
    states = {run["state_bytes"] for run in done.json["runs"] if run["what"] == ONE_MORE}
    assert len(states) == 1
    assert states.pop() > 0
    assert "slotrnn" in (folder / "f.svg").read_text()


def test_a_model_that_is_not_there_is_named(bcb):
    done = bcb("bench", "latency", "--model", "slotsm")
    assert done.code == 2
    assert "slotssm" in done.err


@pytest.fixture
def told(monkeypatch):
    """Readers that take the square of the length, in milliseconds, and stop before 100 steps."""
    calls = []

    def read(plan, model, what, lengths, times):
        calls.append((model, what, tuple(lengths)))
        points = [
            {
                "length": n,
                "seconds": [n * n / 1e3] * (1 if what == AT_ONCE else times),
                "peak" if what == AT_ONCE else "state": n,
            }
            for n in lengths
            if n < 100
        ]
        return {"parameters": 7, "points": points, "stopped": "more than 1 GiB"}

    monkeypatch.setattr(rounds, "_read", read)
    return calls


def test_models_take_turns_and_what_would_be_too_long_is_left_out(told):
    short = Plan("small", 2, 1, (4, 8, 16), (4, 100), seconds=0.1)
    found = run_rounds(short, ["a", "b"], 2, lambda done, total: None)
    assert [call[0] for call in told[:4]] == ["a", "b", "a", "b"]
    by_key = {(r.model, r.what, r.length): r for r in found}
    assert by_key["a", AT_ONCE, 8].seconds == [0.064, 0.064]
    assert by_key["a", AT_ONCE, 16].left_out == "may take 0 s"
    assert ("a", AT_ONCE, (16,)) not in told
    assert by_key["b", ONE_MORE, 4].seconds == [0.016, 0.016]
    assert by_key["b", ONE_MORE, 100].left_out == "more than 1 GiB"


def test_tables_and_curves_show_what_was_measured(told):
    found = run_rounds(PLAN, ["a", "b"], 3, lambda done, total: None)
    once, memory, one, state = tables(found)
    assert once.columns == ["model", "parameters", "L = 4", "L = 8", "L = 16"]
    assert once.rows[0] == ["a", "7", "16.0", "64.0", "256"]
    assert memory.rows[1][-1] == "16 B"
    assert one.rows[1] == ["b", "7", "16.0", "left out: more than 1 GiB"]
    assert state.rows[0][2:] == ["4 B", "left out: more than 1 GiB"]
    assert [len(panel.lines) for panel in panels(found)] == [2, 2, 2, 2]
    assert document(found, {})["runs"][0]["peak_growth"] == 4


def test_the_bytes_of_a_state_are_those_of_its_storages():
    @dataclass
    class Held:
        keys: torch.Tensor
        times: list[int]

    cache = torch.zeros(100)
    state = (3, [Held(cache[:10], [1]), {"again": cache}], None, torch.zeros(5))
    assert state_bytes(state) == 420


def test_a_reader_stops_when_its_time_is_over():
    model = MODELS["slotrnn"].build(MODELS["slotrnn"].config(image_size=16, width=8, heads=2, hidden=8))
    args = Namespace(rounds=2, seconds=60.0, lengths=[3, 5])
    seen = torch.zeros(1, 2, 16, 16, dtype=torch.uint8)
    points = list(one_more(model, seen, args))
    assert [(point["length"], len(point["seconds"])) for point in points] == [(3, 2), (5, 2)]
    assert [point["length"] for point in at_once(model, seen, args)] == [3, 5]
    args.seconds = 0.0
    with pytest.raises(TimeoutError, match="over 0 s"):
        list(one_more(model, seen, args))
