"""Places that can't be written to are refused before the work, and nothing is made."""

import pytest

from bcb import place


def test_new_and_existing_places_are_fine(folder):
    (folder / "file").write_text("x")
    for path in ("file", "new", "a/b/c"):
        place.check_place("--out", folder / path)
    assert [path.name for path in folder.iterdir()] == ["file"]


@pytest.mark.parametrize("below", ["file/x", "file/a/b.png"])
def test_a_place_inside_a_file_is_refused(folder, below):
    (folder / "file").write_text("x")
    with pytest.raises(ValueError, match=r"^--out .* can't be made: .*file is a file; choose another path$"):
        place.check_place("--out", folder / below)


def test_a_place_that_may_not_be_written_to_is_refused(folder, monkeypatch):
    monkeypatch.setattr(place.os, "access", lambda *_: False)  # root may write anywhere, so a mode won't do
    with pytest.raises(ValueError, match="may not be written to"):
        place.check_place("--out", folder / "new")


@pytest.mark.parametrize(
    "args",
    [
        ["evaluate", "--model", "run", "--data", "store", "--save-predictions", "file/p"],
        ["evaluate", "--model", "run", "--data", "store", "--save-predictions", "predictions"],
        ["view", "store", "-o", "file/x.png"],
        ["train", "--data", "store", "--out", "file/r"],
    ],
)
def test_commands_ask_before_they_work(bcb, mine, monkeypatch, args):
    def work(*_args, **_more):
        raise AssertionError("worked first")

    monkeypatch.setattr("slotssm.predict.predict", work)
    monkeypatch.setattr("bcb.render.panels", work)
    monkeypatch.setattr("bcb.training.train", work)
    (mine / "file").write_text("x")
    done = bcb(*args)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "choose another path" in done.err
