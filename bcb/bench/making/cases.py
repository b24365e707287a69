"""What `bcb bench generate` measures."""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import bcb

SHORT, LONG = 11, 640  # frames of an episode, the target included
# Episodes that each worker of a contestant makes: one to three seconds of work.
EPISODES = {
    SHORT: {"ours": 8192, "plain": 512, "bare": 8192},
    LONG: {"ours": 512, "plain": 32, "bare": 256},
}
LONG_RUNS = ((1_000_000, 1), (SHORT, 100_000))  # (frames, episodes), to see what memory they take
QUICK_EPISODES, QUICK_FRAMES = 4, 1000
# Of scenes, by preset: frames of an episode, and episodes that each worker makes. A picture takes milliseconds.
SCENES = {
    "movi-a-like": (24, {"physics": 64, "mujoco-rgb": 16, "mujoco-all": 16, "pictures": 16, "store": 16}),
    "snitch": (300, {"physics": 128, "mujoco-rgb": 2, "mujoco-all": 2, "pictures": 2, "store": 2}),
}


@dataclass(frozen=True)
class Case:
    """A contestant at one size. frames: of an episode, target included.   episodes: of all workers together."""

    contestant: str
    frames: int
    workers: int
    episodes: int

    @property
    def what(self) -> str:
        """What is made, in a table's column of frames."""
        return str(self.frames)

    def command(self, out: Path) -> list[str]:
        """The contestant's command line; it writes below `out`. Raises ValueError where its script isn't there."""
        script = ["-m", "bcb.bench.making.ours"] if self.contestant == "ours" else [str(_script(self.contestant))]
        sizes = {"frames": self.frames, "episodes": self.episodes, "workers": self.workers, "out": out}
        return [sys.executable, *script, *(word for name, size in sizes.items() for word in (f"--{name}", str(size)))]


@dataclass(frozen=True)
class SceneCase(Case):
    """A contestant on scenes. preset: of what they are."""

    preset: str

    @property
    def what(self) -> str:
        return f"{self.frames} ({self.preset})"

    def command(self, out: Path) -> list[str]:
        """The command line of a run of `bcb.bench.making.scenes`; it writes below `out`."""
        options = asdict(self) | {"out": out}
        words = (word for name, value in options.items() for word in (f"--{name}", str(value)))
        return [sys.executable, "-m", "bcb.bench.making.scenes", *words]


def cases(workers: int, quick: bool) -> list[Case]:
    """Every contestant at every length, with one worker and with all."""
    return [
        Case(name, frames, count, (QUICK_EPISODES if quick else episodes) * count)
        for frames, contestants in EPISODES.items()
        for count in sorted({1, workers})
        for name, episodes in contestants.items()
    ]


def long_cases(workers: int, quick: bool) -> list[Case]:
    """One very long episode, which one worker makes, and very many short ones, by one worker and by all."""
    return [
        Case("ours", min(frames, QUICK_FRAMES) if quick else frames, count, min(episodes, 10) if quick else episodes)
        for frames, episodes in LONG_RUNS
        for count in sorted({1, min(workers, episodes)})
    ]


def scene_cases(workers: int, quick: bool) -> list[SceneCase]:
    """Every contestant on the scenes of every preset, with one worker and with all."""
    return [
        SceneCase(name, min(frames, 2) if quick else frames, count, (1 if quick else episodes) * count, preset)
        for preset, (frames, contestants) in SCENES.items()
        for count in sorted({1, workers})
        for name, episodes in contestants.items()
    ]


def _script(name: str) -> Path:
    folder = Path(bcb.__file__).parents[1] / "benchmarks"
    if not (folder / f"{name}.py").is_file():
        raise ValueError(
            f"bcb bench generate compares with scripts that aren't installed with bcb ({folder} is not there); "
            "run it in a clone of bcb's repository"
        )
    return folder / f"{name}.py"
