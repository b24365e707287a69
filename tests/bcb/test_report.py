"""`bcb report`: what it gathers, draws and writes. No training: the folders of bcb stress are made up."""

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bcb.presets import PRESETS
from bcb.report.chart import GAP, WIDTH, _spread
from bcb.report.curves import ACCURACY, Point, ages, curves, groups, names_of
from bcb.report.figures import accuracy_figure
from bcb.report.gather import checked, gather
from bcb.report.markdown import markdown
from bcb.report.player import encoded, right_balls
from bcb.report.trial import name_of, recipe_of
from bcb.words import data_words
from generators.episode import make_episode, targets

BASELINES = {"oracle": 1, "chance": 0.2, "white": 0}
SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</script></title><img src=x onerror=alert(1)>|`[a](b)"


def estimate(value: float, n: int = 100) -> dict:
    return {"value": value, "low": value - 0.05, "high": value + 0.05, "n": n}


def result(rule: str, frames: int, accuracy: float) -> dict:
    """A record as `bcb evaluate --json` has it, of no data that is."""
    memory = {"effective_memory": estimate(accuracy * frames), "effective_memory_share": estimate(accuracy)}
    oracle = {"effective_memory": estimate(frames), "effective_memory_share": estimate(1)}
    return {
        "rule": rule, "length": frames, "context_frames": frames, "patches_per_side": 1, "preset": None,
        "fingerprint": f"{frames:064x}", "split": "test", "episodes": 50,
        "metrics": {"painted_accuracy": estimate(accuracy), "foreground_iou": estimate(0.8)},
        "by_age": {str(age): estimate(accuracy, 40) for age in range(1, frames + 1)},
        "baselines": {name: {"painted_accuracy": estimate(v)} for name, v in BASELINES.items()},
        "memory": {"metrics": memory, "baselines": {"oracle": oracle}, "windowed_oracle": [0.2] * frames},
    }  # fmt: skip


def stressed(out: Path, models=("slotssm", "single"), rules=("earliest",), seeds=(0, 1), tests=(4, 8)) -> Path:
    """A folder as `bcb stress` leaves it, less the weights; accuracy falls with length, and differs with the seed."""
    out.mkdir(parents=True)
    world = {"name": "bouncing", "balls": 2, "size": 16, "radius": [2.5, 2.5], "speed": [1.0, 2.0]}
    spec = {"rule": "earliest", "context_frames": 4, "patches_per_side": 1, "colors": 5, "seed": 0, "version": 1}
    spec["world"] = world
    common = {"base": "small", "settings": {}, "init": {}, "data_seed": 0, "episodes": None, "preset": {"spec": spec}}
    matrix = {
        "models": list(models),
        "rules": list(rules),
        "lengths": [4],
        "test_lengths": list(tests),
        "seeds": list(seeds),
    }
    plan = {"format": "bcb-stress", "bcb": "0.1.0", "fingerprint": "f", "common": common, "matrix": matrix}
    (out / "plan.json").write_text(json.dumps(plan))
    for i, model in enumerate(models):
        for rule in rules:
            for seed in seeds:
                folder = out / f"cells/{i}-{rule}-4-seed{seed}"
                folder.mkdir(parents=True)
                cell = {"model": model, "rule": rule, "length": 4, "seed": seed}
                trained = {"context_frames": 4, "patches_per_side": 1, "parameters": 1000, "steps": 7, "minutes": 1.5}
                (folder / "trained.json").write_text(json.dumps({"cell": cell} | trained))
                for frames in tests:
                    found = result(rule, frames, 0.9 - 0.1 * i - 0.02 * frames - 0.04 * seed)
                    test = {"cell": cell, "test_length": frames, "data_seed": 0, "seconds": 1, "result": found}
                    (folder / f"test-{frames}.json").write_text(json.dumps(test))
    return out


@pytest.fixture
def run(mine) -> str:
    """An untrained run that says all that a trained one does."""
    config = json.loads((mine / "run/config.json").read_text())
    config |= {"train": {"seed": 3}, "versions": {"torch": "2"}}
    (mine / "run/config.json").write_text(json.dumps(config))
    (mine / "run/metrics.jsonl").write_text(json.dumps({"step": 7, "minutes": 1.5}) + "\n")
    return "run"


class Elements(HTMLParser):
    """Every element of a page with its attributes, and all text outside of scripts and styles."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.text, self.code = "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.code = tag in ("script", "style")

    def handle_endtag(self, tag):
        self.code = False

    def handle_data(self, data):
        self.text += data * (not self.code)

    def named(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.found if name == tag]


def test_several_seeds_are_a_mean_and_their_ends_and_one_seed_its_interval(folder):
    stressed(folder / "two")
    stressed(folder / "one", models=("rim",), seeds=(0,))
    [group] = groups(gather(["two", "one"], folder, 1).trials)
    names = names_of(group.trials)
    assert list(names.values()) == ["slotssm", "single", "rim"]  # as in the table of models
    found = {curve.name: curve for curve in curves(group, ACCURACY, names)}
    assert found["slotssm"].at(4).text() == "0.800 [0.780, 0.820]"
    assert found["rim"].at(8).text() == "0.740 [0.690, 0.790]"
    svg = ElementTree.fromstring(accuracy_figure(group.trials))
    assert len(list(svg.iter(f"{SVG}circle"))) == 2 * 2 * 2  # models × lengths × seeds
    texts = [text.text for text in svg.iter(f"{SVG}text")]
    assert {"slotssm", "single", "rim", "oracle", "chance", "white", "4", "8"} <= set(texts)


def test_a_panel_for_each_rule_and_a_model_at_two_lengths_is_told_apart(folder):
    stressed(folder / "both", rules=("earliest", "frequent"))
    trials = gather(["both"], folder, 1).trials
    assert [group.rule for group in groups(trials)] == ["earliest", "frequent"]
    more = [replace(trial, train_frames=2, train_length=2) for trial in trials if trial.model == "single"]
    assert list(names_of([*trials, *more]).values()) == ["slotssm", "single (2)", "single (4)"]
    elsewhere = [replace(trial, data="other") for trial in more]
    assert names_of([*trials, *elsewhere])["single", 2] == names_of([*trials, *elsewhere])["single", 4] == "single"


def test_a_run_has_the_scores_of_evaluate(bcb, folder, run):
    [trial] = gather([run], folder / "kept", 3).trials
    assert (trial.model, trial.rule, trial.train_seed, trial.train_frames) == ("slotssm", "frequent", 3, 4)
    done = bcb(*trial.command.split()[1:], "--json")
    assert done.code == 0, done.err
    [said] = done.json["results"]
    assert {name: trial.metrics[name] for name in said["metrics"]} == said["metrics"]
    assert trial.metrics["memory.effective_memory"] == said["memory"]["metrics"]["effective_memory"]
    assert trial.fingerprint == said["fingerprint"] == trial.spec.fingerprint
    whole = ages([trial], [1, trial.test_frames + 1])[0].seeds[0]  # all ages are all balls
    assert whole["value"] == pytest.approx(said["metrics"][ACCURACY]["value"])
    assert whole["n"] == said["metrics"][ACCURACY]["n"]


def test_records_of_evaluate_and_score_are_read(bcb, folder, run):
    (folder / "e.json").write_text(bcb("evaluate", "--model", run, "--episodes", 3, "--json").out)
    (folder / "s.json").write_text(bcb("score", "predictions", "--data", "store", "--json").out)
    mine, theirs = gather(["e.json", "s.json"], folder, 1).trials
    assert (mine.model, theirs.model) == ("run", "perfect")
    assert theirs.metrics[ACCURACY]["value"] == 1
    assert theirs.train_frames is None
    done = bcb("report", "e.json", "s.json", "-o", "r.html")
    assert done.code == 0, done.err
    assert "perfect" in (folder / "r.html").read_text()


def test_what_is_named_twice_counts_once_and_other_episodes_are_noted(folder):
    stressed(folder / "a")
    stressed(folder / "b", models=("rim",))
    test = folder / "b/cells/0-earliest-4-seed0/test-8.json"
    document = json.loads(test.read_text())
    document["result"]["episodes"] = 7
    test.write_text(json.dumps(document))
    found = gather(["a", "a", "b"], folder, 1)
    assert len(found.trials) == 8 + 4
    assert sum(note.startswith("8 of the tests were given twice") for note in found.notes) == 1
    [note] = [note for note in found.notes if "other episodes" in note]
    assert "rim" in note


def test_the_page_has_all_its_parts_and_asks_for_nothing(bcb, folder, run):
    stressed(folder / "s", rules=("earliest", "frequent"))
    done = bcb("report", "s", run, "-o", "new/r.html", "--episodes", 2, "--test-episodes", 3, "--title", "Mine & yours")
    assert done.code == 0, done.err
    text = (folder / "new/r.html").read_text()
    page = Elements(text)
    assert "Mine & yours" in page.text
    for part in ("accuracy", "memory", "age", "cost", "player", "protocol"):
        assert f'<section id="{part}">' in text
    assert not [attributes for _, attributes in page.found if {"src", "srcset"} & attributes.keys()]
    assert all(link["href"].startswith("#") for link in page.named("a"))
    assert "@import" not in text
    assert "url(" not in text
    assert "0.800 [0.780, 0.820]" in text
    assert f"{8:064x}"[:16] in page.text  # a fingerprint
    assert "bcb stress --base small --models slotssm,single --rule earliest,frequent" in page.text
    assert "bcb evaluate --model run --episodes 3" in page.text
    data = json.loads(re.search(r'id="player-data">(.*?)</script>', text, re.DOTALL)[1])
    [played] = data["groups"]
    assert [len(played["episodes"]), played["models"][0]["name"], played["models"][0]["slots"]] == [2, "slotssm", 2]
    bare = bcb("report", "s", "-o", "bare.html", "--no-latency")
    assert bare.code == 0, bare.err
    assert not Elements((folder / "bare.html").read_text()).named("script")  # nothing to play, so no script at all


def test_names_of_strangers_are_text_everywhere(bcb, folder, run):
    stressed(folder / "s", models=(EVIL,))
    (folder / "s/cells/broken").mkdir()
    failed = {"cell": {"model": EVIL, "rule": EVIL, "length": 4, "seed": 0}, "error": EVIL, "traceback": ""}
    (folder / "s/cells/broken/failed.json").write_text(json.dumps(failed))
    done = bcb("report", "s", run, "-o", "r.html", "--markdown", "r.md", "--title", EVIL, "--episodes", 1,
               "--test-episodes", 2, "--no-latency")  # fmt: skip
    assert done.code == 0, done.err
    page = Elements((folder / "r.html").read_text())
    assert not page.named("img")
    assert len(page.named("script")) == 2  # the data, and ours
    assert page.text.count(EVIL) > 5
    assert not [name for _, attributes in page.found for name in attributes if name.startswith("on")]
    [svg] = [folder / "r.svg"]
    assert EVIL in [title.text for title in ElementTree.parse(svg).iter(f"{SVG}title")]
    for line in (folder / "r.md").read_text().splitlines():
        assert "<img" not in line
        if line.startswith("| &lt;"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6  # no cell more than the others have


def test_the_tables_stand_between_their_marks_and_nothing_else_is_touched(bcb, folder):
    stressed(folder / "s")
    (folder / "mine.md").write_text("all mine\n")
    done = bcb("report", "s", "--markdown", "mine.md")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "<!-- report -->" in done.err
    assert (folder / "mine.md").read_text() == "all mine\n"
    assert not (folder / "mine.svg").exists()
    (folder / "mine.md").write_text("before\n<!-- report -->\nold\n<!-- end of report -->\nafter\n")
    for _ in range(2):
        assert bcb("report", "s", "--markdown", "mine.md").code == 0
    text = (folder / "mine.md").read_text()
    assert text.startswith("before\n<!-- report -->\n\n![")
    assert text.endswith("\n<!-- end of report -->\nafter\n")
    assert "(mine.svg)" in text
    assert "| slotssm | 4 | 0.800 [0.780, 0.820] | 0.720 [0.700, 0.740] | 2 |" in text
    assert "old" not in text
    assert bcb("report", "s", "--markdown", "new.md").code == 0
    assert (folder / "new.md").read_text().startswith("<!-- report -->\n")
    assert bcb("report", "s", "--markdown", "new.md").code == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere", "-o", "r.html"], "'nowhere'"),
        (["./nowhere", "-o", "r.html"], "nowhere"),
        (["empty", "-o", "r.html"], "no folder of bcb stress"),
        (["notes.txt", "-o", "r.html"], "notes.txt"),
        (["list.json", "-o", "r.html"], "no record"),
        (["half.json", "-o", "r.html"], "half.json can't be read (KeyError('fingerprint'))"),
        (["text.json", "-o", "r.html"], "'long'"),
        (["null.json", "-o", "r.html"], "no scores of colours"),
        (["many.json", "-o", "r.html"], "parameters is 'many'"),
        (["negative.json", "-o", "r.html"], "-5 episodes"),
        (["seven.json", "-o", "r.html"], "painted_accuracy is 7.0"),
        (["nothing.json", "-o", "r.html"], "it has no results"),
        (["picture.png", "-o", "r.html"], "picture.png is no record"),
        (["seven.json", "-o", "seven.json"], "is read, so it can't be written"),
        (["s", "-o", "x.md", "--markdown", "x.md"], "written twice"),
        (["s", "--markdown", "drawing.md"], "drawing.svg is there"),
        (["video.json", "-o", "r.html"], "blinking"),
        (["strange", "-o", "r.html"], "not of bcb stress"),
        (["damaged", "-o", "r.html"], "damaged"),
        (["untested", "-o", "r.html"], "no finished tests"),
        (["slotssm-video-small-none", "-o", "r.html"], "videos"),
        (["slotssm-smal-earliest", "-o", "r.html"], "did you mean"),
        (["s"], "--markdown"),
        (["-o", "r.html"], "RUNS"),
        (["s", "-o", "empty"], "empty"),
        (["s", "-o", "notes.txt/r.html"], "notes.txt"),
        (["s", "--markdown", "notes.txt/r.md"], "notes.txt"),
        (["s", "--markdown", "r.svg"], ".md"),
        (["s", "-o", "r.html", "--episodes", "-1"], "-1"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(bcb, folder, args, says):
    stressed(folder / "s")
    stressed(folder / "untested", tests=())
    (folder / "empty").mkdir()
    (folder / "strange").mkdir()
    (folder / "strange/plan.json").write_text("{}")
    (folder / "notes.txt").write_text("notes")
    (folder / "list.json").write_text("[]")
    whole = result("earliest", 4, 0.5)
    half = {name: value for name, value in whole.items() if name != "fingerprint"}
    seven = whole | {"metrics": {ACCURACY: estimate(7.0)}}
    for name, record in (
        ("half", half),
        ("text", whole | {"length": "long"}),
        ("video", {"metrics": {"mse": {}}}),
        ("null", whole | {"metrics": None}),
        ("negative", whole | {"episodes": -5}),
        ("seven", seven),
        ("many", whole),
    ):
        (folder / f"{name}.json").write_text(json.dumps({"model": "m", "results": [record], "parameters": None}))
    (folder / "many.json").write_text(json.dumps({"model": "m", "results": [whole], "parameters": "many"}))
    (folder / "nothing.json").write_text('{"results": []}')
    (folder / "picture.png").write_bytes(bytes(range(256)))
    (folder / "drawing.svg").write_text("mine")
    stressed(folder / "damaged")
    (folder / "damaged/plan.json").write_text('{"format": "bcb-stress"}')
    before = sorted(folder.rglob("*"))
    done = bcb("report", *args)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: ")
    assert done.err.count("\n") == 1
    assert says in done.err
    assert sorted(folder.rglob("*")) == before


def decoded(text: str) -> np.ndarray:
    """What the page's script does."""
    import base64

    pairs = np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(-1, 2)
    return np.repeat(pairs[:, 0], pairs[:, 1])


def test_frames_come_back_as_they_were():
    rng = np.random.default_rng(0)
    for shape, classes in (((3, 8, 8), 9), ((2, 40, 40), 2), ((1, 1, 1), 3)):
        frames = rng.integers(classes, size=shape).astype(np.uint8)
        assert (decoded(encoded(frames)) == frames.ravel()).all()
    same = np.zeros((4, 32, 32), dtype=np.uint8)
    assert (decoded(encoded(same)) == 0).all()
    assert len(decoded(encoded(same))) == same.size


def test_right_balls_are_those_that_the_score_counts(things):
    from eval.metrics import METRICS
    from eval.truth import truth_from
    from generators.source import SpecSource, View
    from tests.bcb.conftest import TINY

    rng = np.random.default_rng(0)
    source = SpecSource(TINY, "test", 3)
    for index in range(3):
        episode = make_episode(TINY, "test", index)
        images = targets(episode)
        assert all(r in (1, -1) for row in right_balls(images, episode) for r in row)
        damaged = np.where(rng.random(images.shape) < 0.6, rng.integers(7, size=images.shape), images).astype(np.uint8)
        for t, row in enumerate(right_balls(damaged, episode)):
            truth = truth_from(View(source, t + 1), [index])
            sums = METRICS[ACCURACY].sums(damaged[t][None], truth)
            counted = [r for r in row if r >= 0]
            assert (sum(counted), len(counted)) == (sums.numerator[0], sums.denominator[0])


def test_names_beside_lines_never_lie_over_each_other():
    rng = np.random.default_rng(0)
    for count in (1, 2, 5, 11):
        placed = _spread(sorted(rng.uniform(34, 254, size=count).tolist()))
        assert all(b - a >= GAP - 1e-6 for a, b in pairwise(placed))
    assert _spread([50.0, 150.0]) == [50.0, 150.0]  # where there is room, right at the lines' ends


def test_values_that_round_alike_stand_alone():
    assert Point(4, [{"value": 1.0, "low": 1.0, "high": 1.0, "n": 9}]).text() == "1.000"


def recorded(path: str, *results: dict, model: str = "m") -> str:
    Path(path).write_text(json.dumps({"model": model, "results": results}))
    return path


def test_scores_of_other_data_are_another_figure_and_other_splits_are_noted(folder):
    first = result("frequent", 4, 0.9)
    other = result("frequent", 4, 0.5) | {"fingerprint": "e" * 64}
    both = gather([recorded("a.json", first), recorded("b.json", other)], folder, 1)
    assert [group.data for group in groups(both.trials)] == ["data 000000000000", "data eeeeeeeeeeee"]
    assert not both.notes
    trained_on = gather(
        [recorded("c.json", first), recorded("d.json", first | {"split": "train"}, model="n")], folder, 1
    )
    assert [group.data for group in groups(trained_on.trials)] == [
        "data 000000000000",
        "data 000000000000, train split",
    ]
    assert any("the train split" in note for note in trained_on.notes)


def test_worlds_are_told_apart_in_words():
    spec = PRESETS["small"].spec("frequent")
    fast = replace(spec, world=replace(spec.world, speed=(3.0, 4.0), mass="random"))
    words = ["32×32 pixels", "3 balls", "radius 3.5", "speed 3–4", "mass random", "5 colours"]
    assert data_words(fast) == words
    assert name_of(fast, fast.fingerprint) == ", ".join(words)
    assert name_of(spec, spec.fingerprint) == "small"


def test_trainings_that_differ_in_more_than_their_seed_are_noted(folder):
    stressed(folder / "s", models=("slotssm",))
    cell = folder / "s/cells/0-earliest-4-seed1/trained.json"
    cell.write_text(json.dumps(json.loads(cell.read_text()) | {"steps": 8}))
    found = gather(["s"], folder, 1)
    [note] = found.notes
    assert "slotssm, rule earliest" in note
    assert "different recipes" in note
    same = [replace(trial, steps=8, recipe={"lr": 0.1, "core": 1}) for trial in found.trials]
    assert not checked([*same[:2], *(replace(trial, recipe={"lr": 0.1}) for trial in same[2:])], []).notes  # of before
    assert checked([*same[:2], *(replace(trial, recipe={"lr": 0.2}) for trial in same[2:])], []).notes


def test_a_recipe_is_all_but_chance_and_machine():
    config = {"model": {"name": "m", "config": {"width": 8}}, "train": {"steps": 3, "seed": 0, "device": "auto"}}
    assert recipe_of(config) == {"width": 8, "steps": 3}
    assert recipe_of({}) == {}


def test_the_commands_of_a_stress_folder_make_what_is_shown(bcb, folder):
    stressed(folder / "s", models=("rim",), rules=("frequent",), seeds=(0,))
    stressed(folder / "t", models=("slotssm", "single"), rules=("frequent",))
    for path in (folder / "t/cells").iterdir():
        path.rename(folder / "s/cells" / f"t-{path.name}")
    plan = json.loads((folder / "s/plan.json").read_text())
    plan["common"] |= {"start": "small", "init": {"frequent": "earliest"}}
    (folder / "s/plan.json").write_text(json.dumps(plan))
    commands = {trial.model: trial.command.split() for trial in gather(["s"], folder, 1).trials}
    assert commands["slotssm"] == commands["single"] != commands["rim"]
    for model, models, seeds in (("slotssm", "single,slotssm", 2), ("rim", "rim", 1)):
        said = dict(zip(commands[model][2::2], commands[model][3::2], strict=True))
        assert set(said["--models"].split(",")) == set(models.split(","))
        assert said["--seeds"] == str(seeds)
        assert said["--rule"] == "earliest,frequent"  # whose cells it starts from
        assert (said["--init"], said["--start"]) == ("frequent=earliest", "small")
        assert (said["--lengths"], said["--test-lengths"]) == ("4", "4,8")


def test_a_stranger_s_length_takes_no_time(folder):
    record = result("frequent", 4, 0.5) | {"context_frames": 10**8, "length": 10**8}
    [trial] = gather([recorded("a.json", record)], folder, 1).trials
    assert ages([trial], [1, 10**8 + 1])[0].seeds[0]["n"] == 4 * 40


def test_where_the_end_is_dark_memory_is_left_out_and_the_page_says_why(bcb, folder):
    results = []
    for frames in (10, 40):
        spec = replace(PRESETS["recall"].spec("frequent"), context_frames=frames)
        results.append(result("frequent", frames, 0.7) | {"fingerprint": spec.fingerprint})
    for name, some in (("lit", results[:1]), ("both", results)):
        Path(f"{name}.json").write_text(json.dumps({"model": "m", "results": some}))
        done = bcb("report", f"{name}.json", "-o", f"{name}.html", "--markdown", f"{name}.md")
        assert done.code == 0, done.err
    assert "effective memory" in Path("lit.md").read_text()
    assert "no ball blinks" not in Path("lit.html").read_text()
    assert "effective memory" not in Path("both.md").read_text()
    assert "0.700" in Path("both.md").read_text()
    assert "left out for <em>rule frequent, recall</em>" in Path("both.html").read_text()


def test_the_functions_serve_other_pages(folder):
    stressed(folder / "s", rules=("earliest", "frequent"))
    trials = gather(["s"], folder, 1).trials
    text = markdown(trials, "HEAD", "f.svg")
    assert text.count("**rule ") == 4
    assert "effective memory, frames" in text
    width = ElementTree.fromstring(accuracy_figure(trials)).get("width")
    assert int(width) == 2 * WIDTH
