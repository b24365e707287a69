"""`bcb leaderboard`: what holds is ranked, what doesn't is refused in one line, and strangers can do no harm."""

import html
import json
import os
import pickle
import re
import resource
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import google_crc32c
import numpy as np
import pytest
import zarr
from numcodecs import Zstd

from bcb.leaderboard.digest import index_digest, predictions_digest
from bcb.leaderboard.examine import Entry
from bcb.leaderboard.limits import bounded_memory
from bcb.leaderboard.rank import ranked
from bcb.names import for_markdown, for_table, plain
from bcb.presets import PRESETS
from bcb.tasks import TASKS
from eval.metrics import METRICS
from eval.predictions import read_predictions, write_predictions
from generators.source import SpecSource
from generators.spec import Spec
from tests.bcb.conftest import TINY

VIDEO = Spec(rule="none", colors=0, context_frames=5, world=replace(TINY.world, mass="random"))


def write(
    path: Path, spec: Spec = TINY, index: Sequence[int] = range(5), *, wrong: int = 0, name: str = "mine", **more
) -> None:
    """Perfect predictions but for the first `wrong` episodes, which are painted white."""
    reader = SpecSource(spec, more.get("split", "test"), max(index) + 1)
    images = np.stack([reader.episode(i).target for i in index])
    images[:wrong] = np.minimum(images[:wrong], 1)
    settings = {"fingerprint": spec.fingerprint, "split": "test", "model_name": name, "model_config": {"width": 8}}
    write_predictions(path, images, np.array(index), **(settings | more))


def set_attribute(store: Path, **values) -> None:
    group = json.loads((store / "zarr.json").read_text())
    group["attributes"] |= values
    (store / "zarr.json").write_text(json.dumps(group))


def change(record: Path, **values) -> None:
    record.write_text(json.dumps(json.loads(record.read_text()) | values))


@pytest.fixture
def enter(bcb, things):
    """enter("board/a", wrong=2): predictions with their record."""

    def call(path: str, **how) -> None:
        write(Path(path), **how)
        done = bcb("score", path, "--data", things / "store", "--record")
        assert done.code == 0, done.err
        assert done.err == f"wrote the record {path}.record.json\n"

    return call


@pytest.fixture
def board(bcb):
    """board("--episodes", 3): the JSON document of `bcb leaderboard board`, refusals as path → why."""

    def call(*args, code=0) -> tuple[list[dict], dict[str, str]]:
        done = bcb("leaderboard", "board", "--workers", 1, "--json", *args)
        assert done.code == code, done.err
        refused = {r["path"]: r["why"] for r in done.json["refused"]}
        assert done.err.count("\n") == len(refused)
        return done.json["tables"], refused

    return call


def ranks(table: dict) -> list[tuple[int, str]]:
    return [(entry["rank"], entry["path"]) for entry in table["entries"]]


def test_the_better_model_is_ranked_first_with_the_numbers_of_bcb_score(bcb, board, enter, things):
    enter("board/a-worse", wrong=3)
    enter("board/deep/down/better", wrong=1, name="good")
    [table], refused = board()
    assert ranks(table) == [(1, "deep/down/better"), (2, "a-worse")]
    assert (table["fingerprint"], table["episodes"], table["ranked_by"]) == (TINY.fingerprint, 5, "painted_accuracy")
    assert not refused
    [scored] = bcb("score", "board/a-worse", "--data", things / "store", "--json").json["results"]
    worse = table["entries"][1]
    assert worse["model"] == {"name": "mine", "config": {"width": 8}}
    assert worse["metrics"] == scored["metrics"]
    assert worse["memory"] == scored["memory"]["metrics"]


def test_the_table_for_people_and_the_page(bcb, enter):
    enter("board/a", wrong=3)
    enter("board/b", name="good")
    done = bcb("leaderboard", "board", "--workers", 1, "--markdown", "pages/board.md")
    assert (done.code, done.err) == (0, "wrote pages/board.md\n")
    page = Path("pages/board.md").read_text()
    for text in (done.out, page):
        assert text.index("1. good") < text.index("2. mine")
        assert "rule frequent, length 16 (4 frames of 2×2 patches), 5 colours, 16×16 pixels, 2 balls, " in text
        assert "5 test episodes" in text
        assert TINY.fingerprint[:12] in text
        assert "1.000 [1.000, 1.000]" in text
        assert "effective memory" in text


def test_the_page_of_somebody_else_keeps_what_they_wrote(bcb, enter, folder):
    enter("board/a")
    page, before = Path("page.md"), "# Notes\n\nmine\n"
    page.write_text(before)
    refused = bcb("leaderboard", "board", "--workers", 1, "--markdown", "page.md")
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert "<!-- leaderboard -->" in refused.err
    assert page.read_text() == before
    page.write_text(f"{before}<!-- leaderboard -->\nold\n<!-- end of leaderboard -->\nafter\n")
    for _ in range(2):
        assert bcb("leaderboard", "board", "--workers", 1, "--markdown", "page.md").code == 0
        assert page.read_text().startswith(f"{before}<!-- leaderboard -->\n\nRanked by")
        assert page.read_text().endswith("<!-- end of leaderboard -->\nafter\n")
        assert page.read_text().count("1. mine") == 1
        assert "old" not in page.read_text()
    assert bcb("leaderboard", "board", "--workers", 1, "--markdown", "new.md").code == 0
    written = Path("new.md").read_text()
    assert written.startswith("# Leaderboard\n\n<!-- leaderboard -->\n")
    enter("board/b", wrong=1, name="other")
    assert bcb("leaderboard", "board", "--workers", 1, "--markdown", "new.md").code == 0
    assert "2. other" in Path("new.md").read_text()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_where_all_are_refused_the_exit_code_is_1_and_no_page_is_written(bcb, enter):
    enter("board/bad")
    paint(Path("board/bad"))
    done = bcb("leaderboard", "board", "--workers", 1, "--markdown", "page.md")
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("nothing is ranked, so page.md is left as it is\n")
    assert not Path("page.md").exists()


def test_what_evaluate_saves_is_an_entry_and_it_says_where(bcb, board, things):
    run = ("evaluate", "--model", things / "run", "--data", things / "store", "--save-predictions", "board/slotssm")
    done = bcb(*run)
    assert done.err == "wrote predictions to board/slotssm, and their record to slotssm.record.json\n"
    [table], _ = board()
    assert ranks(table) == [(1, "slotssm")]
    assert table["entries"][0]["recorded"]
    shutil.rmtree("board/slotssm")  # the record alone is not replaced, either
    refused = bcb(*run)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert bcb(*run, "--overwrite").code == 0


def test_evaluate_saves_several_datasets_side_by_side(bcb, board):
    run = ("evaluate", "--model", "slotrnn", "--preset", "small", "--episodes", 2, "--save-predictions")
    assert bcb(*run, "board/slotrnn").code == 0
    tables, _ = board()
    assert [(t["rule"], ranks(t)) for t in tables] == [
        (rule, [(1, f"slotrnn/slotrnn-small-{rule}")]) for rule in ("earliest", "frequent")
    ]
    refused = bcb(*run, "board/slotrnn/slotrnn-small-earliest")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "is a store" in refused.err


def paint(store: Path) -> None:
    images = zarr.open_group(store, mode="r+")["class_map"]
    assert isinstance(images, zarr.Array)
    images[0] = np.zeros((16, 16), np.uint8)


def claim_more(store: Path) -> None:
    record = json.loads(Path(f"{store}.record.json").read_text())
    record["metrics"]["painted_accuracy"]["value"] = 0.987
    Path(f"{store}.record.json").write_text(json.dumps(record))


def damage(store: Path) -> None:
    chunk = store / "class_map/c/0/0/0"
    chunk.write_bytes(chunk.read_bytes()[:-3])


def claim_room(store: Path) -> None:
    array = json.loads((store / "class_map/zarr.json").read_text())
    (store / "class_map/zarr.json").write_text(json.dumps(array | {"shape": [10**9, 16, 16]}))


def block(store: Path) -> None:
    path = Path(f"{store}.record.json")
    path.unlink()
    os.mkfifo(path)


def other_spec(store: Path) -> None:
    change(Path(f"{store}.record.json"), spec=json.loads(replace(TINY, seed=1).to_json()))


def other_data(store: Path) -> None:
    other = replace(TINY, seed=1)
    change(Path(f"{store}.record.json"), spec=json.loads(other.to_json()), fingerprint=other.fingerprint)


def too_long(store: Path) -> None:
    spec = replace(TINY, context_frames=10**9)
    change(Path(f"{store}.record.json"), spec=json.loads(spec.to_json()), fingerprint=spec.fingerprint)
    set_attribute(store, fingerprint=spec.fingerprint)


def record(**values):
    return lambda store: change(Path(f"{store}.record.json"), **values)


def text(value: str):
    return lambda store: Path(f"{store}.record.json").write_text(value)


def attribute(**values):
    return lambda store: set_attribute(store, **values)


MEDDLING = {
    "its predictions changed since": paint,
    "its record says painted_accuracy 0.987 (value), and its predictions come to 0.": claim_more,
    "the metrics of its record are not those of this bcb": record(metrics={"awesomeness": {"value": 1.0}}),
    "is truncated or damaged": damage,
    "is not a predictions store": lambda store: (store / "zarr.json").write_text("{"),
    "spec in it is": other_spec,
    "its record is of": other_data,
    "too many to be made again": too_long,
    "more than is read here": claim_room,
    "it is no file": block,
    "its model changed": attribute(model={"name": "theirs", "config": {}}),
    "its split changed": attribute(split="val"),
    "its number of episodes changed": record(episodes=1000),
    "its episodes changed": record(index_sha256="0" * 64),
    "no record says what data it is of": lambda store: Path(f"{store}.record.json").unlink(),
    "there are no predictions beside this record": shutil.rmtree,
    "it isn't JSON; write it again": text("nonsense"),
    "is no record: it isn't JSON": text("[" * 100_000),
    "its format is not 'bcb-record'": text("{}"),
    "it is empty or too large": text(" " * 2_000_000),
    "has format version 99": record(format_version=99),
    "unknown key 'rank'": record(rank=1),
    "this bcb makes version 1 of the dataset": record(spec={"version": 2}),
}


@pytest.mark.parametrize(("why", "meddle"), MEDDLING.items(), ids=MEDDLING)
def test_what_does_not_match_is_refused_in_one_line_and_the_others_are_ranked(board, enter, why, meddle):
    enter("board/good", name="good")
    enter("board/bad", wrong=2)
    meddle(Path("board/bad"))
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "good")]
    [(path, said)] = refused.items()
    assert path in ("bad", "bad.record.json")
    assert why in said


def test_whatever_a_store_does_to_us_the_others_are_ranked(board, enter, monkeypatch):
    enter("board/bad")
    enter("board/good", wrong=1)

    def read(path, **_):
        if path.name == "bad":
            raise RuntimeError("too\nmuch")
        return read_predictions(path)

    monkeypatch.setattr("bcb.leaderboard.examine.read_predictions", read)
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "good")]
    assert refused == {"bad": "RuntimeError: too much"}


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(board, enter, monkeypatch):
    enter("board/bomb")
    enter("board/good", wrong=1)
    [chunk] = [path for path in Path("board/bomb/class_map/c").rglob("*") if path.is_file()]
    packed = bytes(Zstd(1).encode(np.zeros(2**30, np.uint8)))
    chunk.write_bytes(packed + google_crc32c.value(packed).to_bytes(4, "little"))
    monkeypatch.setattr("bcb.leaderboard.board.bounded_memory", partial(bounded_memory, 2**29))
    before, peak = resource.getrlimit(resource.RLIMIT_AS), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "good")]
    assert re.search("memory|truncated or damaged", refused["bomb"])
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < peak + 2**20  # KiB


@pytest.mark.parametrize("meddle", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_store_of_more_than_files_is_refused_before_anybody_waits_for_it(board, enter, meddle):
    enter("board/pipe")
    enter("board/good", wrong=1)
    chunk = next(path for path in Path("board/pipe/class_map/c").rglob("*") if path.is_file())
    chunk.unlink()
    meddle(chunk)
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "good")]
    assert "plain files" in refused["pipe"]


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(20 * 2**30)


@pytest.mark.parametrize("meddle", [os.mkfifo, sparse, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("name", ["zarr.json", "class_map/zarr.json", "c.bin"])
def test_no_file_of_a_stranger_is_waited_for_or_read_without_end(board, enter, meddle, name):
    enter("board/bad", wrong=1)
    enter("board/good")
    Path("board/bad", name).unlink(missing_ok=True)
    meddle(Path("board/bad", name))
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "good")]
    assert re.search("plain files|more than is read here", refused["bad"])


@pytest.mark.parametrize("target", ["/dev/zero", "/proc/kmsg", "/proc/self/environ"])
def test_a_record_that_leads_to_what_has_no_end_is_not_read(board, enter, monkeypatch, target):
    enter("board/bad", wrong=1)
    enter("board/good")
    Path("board/bad.record.json").unlink()
    Path("board/bad.record.json").symlink_to(target)
    read = Path.read_text

    def checked(path: Path, *args, **how) -> str:
        assert path.name != "bad.record.json"
        return read(path, *args, **how)

    monkeypatch.setattr(Path, "read_text", checked)
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "good")]
    assert "no record" in refused["bad"]


def test_folders_deeper_than_calls_can_go_hinder_nobody(board, enter):
    enter("board/good")
    deep = [Path("board", *"d" * depth) for depth in range(1, 1200)]
    for path in deep:
        path.mkdir()
    try:
        [table], refused = board()
    finally:
        for path in reversed(deep):  # deeper than shutil.rmtree can go, too
            path.rmdir()
    assert ranks(table) == [(1, "good")]
    assert not refused


def test_other_episodes_than_the_rest_of_the_table_are_refused(board, enter):
    enter("board/a")
    enter("board/b", wrong=1)
    enter("board/few", index=range(3))
    enter("board/picked", index=(4, 1))
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "a"), (2, "b")]
    assert refused == {
        "few": "it predicts the first 3 episodes, and the others of its table predict the first 5; predict as many",
        "picked": "its 2 episodes are not the first 2, 0 to 1; predict those",
    }
    [table], refused = board("--episodes", 3, code=1)
    assert ranks(table) == [(1, "few")]
    assert set(refused) == {"a", "b", "picked"}
    assert "this leaderboard is of the first 3" in refused["a"]


class Evil:
    def __reduce__(self):
        return Path.touch, (Path("executed"),)


def test_no_code_of_a_stranger_runs(board, enter, monkeypatch):
    # zarr's version 2 has a codec that unpickles; here even where numcodecs would let it.
    monkeypatch.setattr("numcodecs.pickles.ALLOW_UNSAFE_PICKLE_DECODE", True, raising=False)
    enter("board/good")
    group = Path("board/evil")
    array = {"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "|O", "fill_value": "", "order": "C"}
    array |= {"filters": [{"id": "vlen-utf8"}, {"id": "pickle", "protocol": 5}], "compressor": None}
    for name in ("class_map", "index"):
        (group / name).mkdir(parents=True)
        (group / name / ".zarray").write_text(json.dumps(array))
        (group / name / ".zattrs").write_text("{}")
        (group / name / "0").write_bytes(pickle.dumps(Evil()))
    (group / ".zgroup").write_text('{"zarr_format": 2}')
    attributes = {"format": "bcb-predictions", "fingerprint": TINY.fingerprint, "split": "test"}
    (group / ".zattrs").write_text(json.dumps(attributes))
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "good")]
    assert list(refused) == ["evil"]
    assert not Path("executed").exists()


def test_other_splits_are_refused(board, enter):
    enter("board/val", index=range(2), split="val")
    tables, refused = board(code=1)
    assert not tables
    assert "test episodes are ranked" in refused["val"]


def test_copies_are_refused_in_whatever_order_their_episodes_are(board, enter):
    enter("board/a", name="first")
    enter("board/b", name="second", index=(4, 3, 2, 1, 0))
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "a")]
    assert refused == {"b": "it holds the same predictions as a; keep one of them"}


def test_digests_are_of_the_content_alone(folder):
    write(Path("a"))
    write(Path("b"), index=(2, 0, 1, 4, 3), name="b")
    write(Path("c"), wrong=1)
    a, b, c = (read_predictions(name) for name in "abc")
    assert predictions_digest(a) == predictions_digest(b) != predictions_digest(c)
    assert index_digest(a) == index_digest(b) == index_digest(c)


def test_predictions_of_a_preset_need_no_record_and_no_data(bcb, board):
    spec = PRESETS["small"].spec("latest")
    write(Path("board/stranger"), spec, range(2))
    write(Path("board/longer"), replace(spec, context_frames=40), range(2))
    write(Path("board/longest"), replace(PRESETS["recall"].spec("frequent"), context_frames=160), range(2))  # a test
    tables, _ = board()
    found = {t["length"]: ranks(t) for t in tables}
    assert found == {10: [(1, "stranger")], 40: [(1, "longer")], 160: [(1, "longest")]}
    tables.sort(key=lambda t: t["length"])
    assert not tables[0]["entries"][0]["recorded"]
    assert tables[0]["data"].startswith("small: rule latest, length 10, ")
    [result] = bcb("score", "board/longer", "--json").json["results"]
    assert result["metrics"]["painted_accuracy"]["value"] == 1


def test_score_finds_the_data_in_the_record_or_in_a_spec_file(bcb, enter):
    enter("p", wrong=2)
    Path("spec.json").write_text(TINY.to_json())
    by_record, by_spec = bcb("score", "p", "--json"), bcb("score", "p", "--data", "spec.json", "--json")
    assert by_record.code == 0
    assert by_record.json == by_spec.json
    change(Path("p.record.json"), spec={"rule": "nonsense"})
    refused = bcb("score", "p")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "--data" in refused.err


def test_a_record_is_written_only_when_asked_and_replaces_only_its_likes(bcb, things, folder):
    write(Path("p"))
    command = ("score", "p", "--data", things / "store")
    assert bcb(*command).code == 0
    assert [path.name for path in folder.iterdir()] == ["p"]
    assert bcb(*command, "--record").code == 0
    refused = bcb(*command, "--record")
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert bcb(*command, "--record", "--overwrite").code == 0
    for notes in ("notes", "{}"):
        Path("p.record.json").write_text(notes)
        assert bcb(*command, "--record", "--overwrite").code == 2
        assert Path("p.record.json").read_text() == notes


def test_a_record_has_what_it_says(enter):
    enter("p", wrong=2)
    found = json.loads(Path("p.record.json").read_text())
    assert list(found)[:2] == ["format", "format_version"]
    assert (found["format"], found["format_version"]) == ("bcb-record", 1)
    assert found["spec"] == json.loads(TINY.to_json())
    assert (found["fingerprint"], found["split"], found["episodes"]) == (TINY.fingerprint, "test", 5)
    assert set(found["metrics"]) == set(METRICS)
    assert "effective_memory" in found["memory"]
    assert set(found["versions"]) == {"bcb", "numpy"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", found["date"])


HOSTILE = "[red]x[/] | <b>&amp; `y` \\| [z](http://e.vil)\x1b[2J\n\r\u202e" + "n" * 200


def test_a_hostile_name_is_shown_and_does_nothing(bcb, enter, folder):
    enter("board/[bold]p", name=HOSTILE)
    done = bcb("leaderboard", "board", "--workers", 1, "--markdown", "board.md")
    assert done.code == 0
    assert "[red]x[/] | <b>" in done.out
    assert "[bold]p" in done.out
    for shown in (done.out, done.err, Path("board.md").read_text()):
        assert not {"\x1b", "\r", "\u202e"} & set(shown)
    [row] = [line for line in Path("board.md").read_text().splitlines() if line.startswith("| 1. ")]
    name, *numbers, path = row.strip("| ").split(" | ")
    assert name.startswith("1. &#91;red&#93;x")
    assert not set("<>|[]`\\*_!.:") & set(name.removeprefix("1. ") + path)
    assert len(numbers) == 2
    assert "[red]x" in bcb("score", "board/[bold]p").out


def test_names_fit_where_they_go():
    from rich.text import Text

    assert plain("a\tb\x1b") == "a�b�"
    assert len(plain("n" * 200)) == 80
    for name in ("[red]x[/]", "[/]", "\\[red]", "[link=x]y"):
        assert Text.from_markup(for_table(name)).plain == name
    name = "a|b_<i>&\\*[x](y)`www.z.com"
    assert html.unescape(for_markdown(name)) == name
    assert not set("|<>_*[]`\\.") & set(for_markdown(name))


def test_video_prediction_is_ranked_by_its_error(bcb, board):
    source = SpecSource(VIDEO, "test", 3)
    episodes = [source.episode(i) for i in range(3)]
    future = np.stack([np.concatenate([e.frames[2:], e.target[None]]) for e in episodes])
    for name, frames in (("worse", np.zeros_like(future)), ("exact", future)):
        settings = {"fingerprint": VIDEO.fingerprint, "split": "test", "model_name": name, "model_config": {}}
        write_predictions(f"board/{name}", frames[:, -1], np.arange(3), rollout=frames, **settings)
    write_predictions("board/last", future[:, -1], np.arange(3), **settings)
    Path("spec.json").write_text(VIDEO.to_json())
    for name in ("worse", "exact"):
        assert bcb("score", f"board/{name}", "--data", "spec.json", "--record").code == 0
    shutil.copy("board/exact.record.json", "board/last.record.json")
    [table], refused = board(code=1)
    assert ranks(table) == [(1, "exact"), (2, "worse")]
    assert (table["ranked_by"], table["given_frames"]) == ("mse", 2)
    assert list(refused) == ["last"]


def entry(path: str, value: float | None, episodes: int = 10, sha: str | None = None) -> Entry:
    number = {"value": value, "low": value, "high": value, "n": episodes}
    metric, model = "painted_accuracy", {"name": path, "config": {}}
    sha = sha or path
    return Entry(path, model, TINY.to_json(), "f", episodes, None, metric, {metric: number}, {}, sha, True)


def test_equal_scores_share_a_rank_and_no_score_comes_last():
    entries = [entry("none", None), entry("b", 0.5), entry("a", 0.5), entry("best", 0.9), entry("d", 0.1)]
    [table], _ = ranked(entries)
    found = [(row.rank, row.entry.path) for row in table.rows]
    assert found == [(1, "best"), (2, "a"), (2, "b"), (4, "d"), (5, "none")]


def test_a_table_is_of_what_most_predict_and_of_a_tie_the_more():
    [table], _ = ranked([entry("a", 0.5, 10), entry("b", 0.4, 10), entry("c", 0.9, 20)])
    assert table.episodes == 10
    [table], _ = ranked([entry("a", 0.5, 10), entry("c", 0.9, 20)])
    assert table.episodes == 20
    [table], _ = ranked([entry("a", 0.5, 10), *(entry(f"c{i}", 0.9, 3, "same") for i in range(9))])  # copies don't vote
    assert table.episodes == 10


def test_every_task_says_what_it_is_ranked_by():
    assert all(task.ranked_by in METRICS for task in TASKS.values())


def test_datasets_hidden_folders_and_other_files_are_passed_over(board, enter, things, folder):
    enter("board/a")
    shutil.copytree(things / "store", "board/data")
    shutil.copytree("board/a", "board/.a.tmp/new")
    Path("board/notes.json").write_text("{}")
    Path("board/circle").symlink_to(folder / "board")
    [table], refused = board()
    assert ranks(table) == [(1, "a")]
    assert not refused


def test_predictions_alone_are_a_leaderboard_of_one(bcb, enter, monkeypatch):
    enter("p")
    assert bcb("leaderboard", "p").code == 0
    monkeypatch.chdir("p")
    found = bcb("leaderboard", ".", "--json").json["tables"]
    assert [(row["path"], row["recorded"]) for row in found[0]["entries"]] == [("p", True)]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere"], "nowhere"),
        (["things.txt"], "is no folder"),
        (["empty"], "--save-predictions"),
        (["board", "--markdown", "things.txt/page.md"], "things.txt"),
        (["board", "--episodes", 0], "0"),
    ],
)
def test_what_is_no_leaderboard_is_one_line_and_exit_code_2(bcb, enter, folder, args, says):
    (folder / "things.txt").write_text("x")
    (folder / "empty").mkdir()
    enter("board/a")
    done = bcb("leaderboard", *args)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert says in done.err


@pytest.mark.slow
def test_processes_change_nothing(bcb, enter):
    for k in range(3):
        enter(f"board/{k}", wrong=k)
    one, two = (bcb("leaderboard", "board", "--json", "--workers", workers) for workers in (1, 2))
    assert (one.code, two.code) == (0, 0)
    assert one.json == two.json
