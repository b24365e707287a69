"""The presets of `bcb stress`, as values in a table."""

from dataclasses import dataclass, field

ALL = ("slotssm", "slotrnn", "slottransformer", "oc-slotssm", "rim", "transformer", "single-split", "single")


@dataclass(frozen=True)
class StressPreset:
    """A matrix. Every part of it can be said otherwise.

    base:    the preset (`bcb list presets`) whose world, patches, model sizes and recipe all cells have.
    lengths: to train at, tests: to test at, in context steps.
    init:    rule → the rule whose cell a cell of it starts from.
    start:   the preset whose bundled weights the others start from; None for none.
    """

    summary: str
    base: str
    lengths: tuple[int, ...]
    tests: tuple[int, ...]
    models: tuple[str, ...] = ALL
    rules: tuple[str, ...] = ("earliest", "frequent")
    seeds: int = 3
    # Frequent starts from earliest, as in `make weights`: the balls are learned once, and half the steps are enough.
    init: dict[str, str] = field(default_factory=lambda: {"frequent": "earliest"})
    start: str | None = None


STRESS: dict[str, StressPreset] = {
    "recall": StressPreset(
        summary="an hour on two cores: who still knows what ten frames said, 150 frames later? tells models apart",
        base="recall",
        rules=("frequent",),
        lengths=(20,),
        tests=(10, 20, 40, 80, 160),
        seeds=1,
        init={},
        start="small",
    ),
    "small": StressPreset(
        summary="ten hours on two cores, three with --seeds 1: from nothing, up to eight times the length trained at",
        base="small",
        lengths=(10,),
        tests=(10, 20, 40, 80),
    ),
    "paper": StressPreset(
        summary="a GPU: the paper's models at its lengths of 8×8 patches, and up to 8 times as long",
        base="paper-640",
        lengths=(320, 640),
        tests=(320, 640, 1280, 2560, 5120),
    ),
}
