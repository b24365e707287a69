"""The presets of `bcb stress`, as values in a table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StressPreset:
    """A matrix. Every part of it can be said otherwise.

    base:    the preset (`bcb list presets`) whose world, patches, model sizes and recipe all cells have.
    lengths: to train at, tests: to test at, in context steps.
    init:    rule → the rule whose cell a cell of it starts from.
    """

    summary: str
    base: str
    models: tuple[str, ...]
    rules: tuple[str, ...]
    lengths: tuple[int, ...]
    tests: tuple[int, ...]
    seeds: int
    init: dict[str, str]


# Frequent starts from earliest, as in `make weights`: the balls are learned once, and half the steps are enough.
STRESS: dict[str, StressPreset] = {
    "small": StressPreset(
        summary="hours on two cores: SlotSSM and Single State SSM, up to 16 times the length trained at",
        base="small",
        models=("slotssm", "single"),
        rules=("earliest", "frequent"),
        lengths=(5, 10),
        tests=(5, 10, 20, 40, 80),
        seeds=3,
        init={"frequent": "earliest"},
    ),
    "paper": StressPreset(
        summary="a GPU: the paper's models at its lengths of 8×8 patches, and up to 8 times as long",
        base="paper-640",
        models=("slotssm", "single", "single-split", "slottransformer", "transformer", "slotrnn", "rim", "oc-slotssm"),
        rules=("earliest", "frequent"),
        lengths=(320, 640),
        tests=(320, 640, 1280, 2560, 5120),
        seeds=3,
        init={"frequent": "earliest"},
    ),
}
