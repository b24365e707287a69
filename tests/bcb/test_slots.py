"""`bcb view --slots` and `bcb evaluate --slots`: the slots' colours, the frames they belong to, and the numbers."""

import itertools
import json

import numpy as np
import pytest
import torch
from PIL import Image

from bcb.presets import PRESETS
from bcb.render import Look, contact_sheet, slot_panels
from bcb.render.slots import APART, COLORS, DIMMED
from eval.slots import BASELINES, METRICS, score_slots
from generators.episode import make_episode, targets
from generators.palette import RGB, palette
from generators.store import StoreReader
from slotssm.checkpoint import load_run
from slotssm.data import patchify
from slotssm.slot_maps import draw_with_slots, slot_maps
from tests.generators.test_palette import VISION, ciede2000, nearest, seen

SMALL = PRESETS["small"].spec("earliest", 1)


@pytest.fixture
def single(mine):
    """A run folder of a Single State SSM, untrained, beside `things`."""
    from slotssm.checkpoint import save_model, to_json, write_config
    from slotssm.models import MODELS

    info = json.loads((mine / "run/config.json").read_text())
    sizes = {key: value for key, value in info["model"]["config"].items() if key != "slots"}
    config = MODELS["single"].config(**sizes, layers=1)
    (mine / "single").mkdir()
    write_config(mine / "single", info | {"model": {"name": "single", "config": to_json(config)}})
    save_model(mine / "single", MODELS["single"].build(config))
    return mine


def test_all_readers_tell_the_slots_apart_and_from_the_balls():
    assert min(nearest(COLORS, vision) for vision in VISION) > 21.9
    slots, balls = (seen(colors, "normal") for colors in (COLORS, RGB))
    assert min(ciede2000(a, b) for a, b in itertools.product(slots, balls)) > 18.9


@pytest.mark.parametrize("across", [True, False])
def test_a_panel_is_truth_prediction_and_slots_to_the_pixel(across):
    episode, rng = make_episode(SMALL, "test", 0), np.random.default_rng(0)
    predicted, maps = (rng.integers(4, size=(10, 32, 32), dtype=np.uint8) for _ in range(2))
    drawn = slot_panels(episode, SMALL, Look(3, overlay=False), predicted, maps, 4, across=across)
    assert len(drawn) == 10
    dim = (np.array(COLORS) * DIMMED).astype(np.uint8)
    for t, panel in enumerate(drawn):
        assert panel.size == ((96 * 3 + 2 * APART, 96) if across else (96, 96 * 3 + 2 * APART))
        pixels = np.asarray(panel) if across else np.asarray(panel).swapaxes(0, 1)
        parts = [pixels[:, k * (96 + APART) :][:, :96][::3, ::3] for k in range(3)]
        parts = parts if across else [part.swapaxes(0, 1) for part in parts]
        np.testing.assert_array_equal(parts[0], palette(5)[targets(episode)[t]])
        np.testing.assert_array_equal(parts[1], palette(5)[predicted[t]])
        of_slot = np.where((predicted[t] > 0)[..., None], np.array(COLORS)[maps[t]], dim[maps[t]])
        np.testing.assert_array_equal(parts[2], of_slot)


def test_the_overlay_names_the_slots_in_their_colours():
    episode = make_episode(SMALL, "test", 0)
    black = np.zeros((10, 32, 32), np.uint8)
    for slots in (1, 4, 8):
        panel = slot_panels(episode, SMALL, Look(7), black, black, slots, across=True)[0]
        found = {color for _, color in panel.getcolors(100_000)}
        assert [color in found for color in COLORS] == [k < slots for k in range(8)]
    page = contact_sheet([panel] * 3, episode, SMALL, Look(7), "title", "subtitle")
    assert page.mode == "RGB"


def test_more_slots_than_colours_and_pictures_too_large_are_refused():
    episode, black = make_episode(SMALL, "test", 0), np.zeros((10, 32, 32), np.uint8)
    with pytest.raises(ValueError, match="9 slots"):
        slot_panels(episode, SMALL, Look(1), black, black, 9, across=True)
    with pytest.raises(ValueError, match="smaller --scale"):
        slot_panels(episode, SMALL, Look(1000), black, black, 4, across=True)


@pytest.mark.parametrize("suffix", ["png", "gif"])
@pytest.mark.parametrize("flags", [[], ["--no-overlay"], ["--scale", 9]])
def test_view_draws_what_the_run_predicts(bcb, things, folder, suffix, flags):
    done = bcb("view", things / "store", "--episode", 2, "--slots", things / "run", "-o", f"x.{suffix}", *flags)
    assert (done.code, done.out, done.err) == (0, "", f"wrote x.{suffix}\n")
    with Image.open(folder / f"x.{suffix}") as image:
        image.load()
        assert getattr(image, "n_frames", 1) == (4 if suffix == "gif" else 1)


def test_view_shows_the_slot_maps_of_the_run(bcb, things, folder):
    scale = 2
    bcb(
        "view", things / "store", "--episode", 2, "--slots", things / "run",
        "--no-overlay", "--scale", scale, "-o", "x.gif"
    )  # fmt: skip
    frames = StoreReader(things / "store", "test").episode(2).frames
    steps = torch.from_numpy(patchify(frames, 2))[None]
    images, maps = (drawn[0].numpy() for drawn in draw_with_slots(load_run(things / "run").model, steps))
    shades = np.concatenate([np.array(COLORS), (np.array(COLORS) * DIMMED).astype(np.uint8)])
    with Image.open(folder / "x.gif") as gif:
        for t in range(4):
            gif.seek(t)
            pixels = np.asarray(gif.convert("RGB"))
            left = 4 + 2 * (16 * scale + APART)
            got = pixels[4 : 4 + 16 * scale : scale, left : left + 16 * scale : scale]
            np.testing.assert_array_equal(got, shades[maps[t] + 8 * (images[t] == 0)])


def test_view_without_a_store_takes_the_episodes_that_the_run_was_trained_for(bcb, things, folder):
    with_store = bcb("view", things / "store", "--episode", 3, "--slots", things / "run", "-o", "a.png")
    without = bcb("view", "--episode", 3, "--slots", things / "run", "-o", "b.png")
    assert with_store.code == without.code == 0
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()


def test_evaluate_scores_slots_only_when_asked(bcb, things):
    command = ("evaluate", "--model", things / "run", "--data", things / "store", "--json")
    [plain], [result] = bcb(*command).json["results"], bcb(*command, "--slots").json["results"]
    slots = result.pop("slots")
    assert result == plain
    assert (slots["slots"], list(slots["baselines"])) == (2, list(BASELINES))
    for found in (slots["metrics"], *slots["baselines"].values()):
        assert list(found) == list(METRICS)
    assert slots["metrics"]["fg_ari"]["n"] == 5
    source = StoreReader(things / "store", "test")
    again = score_slots(slot_maps(load_run(things / "run").model, source, batch_size=2, device="cpu"), source, 2)
    assert slots["metrics"] == again.to_json()["metrics"]


def test_evaluate_prints_a_table_of_them(bcb, things):
    done = bcb("evaluate", "--model", things / "run", "--data", things / "store", "--slots")
    assert done.code == 0
    for part in ("which of 2 slots draws which ball", *METRICS, *BASELINES):
        assert part in done.out


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("view store --slots ./single -o x.png", "reads one slot"),
        ("evaluate --model ./single --data store --slots", "reads one slot"),
        ("view --slots slotssm -o x.png", "name a STORE"),
        ("view -o x.png", "STORE"),
        ("view store --slots nonsense -o x.png", "nonsense"),
        ("view store --slots ./nowhere -o x.png", "nowhere"),
        ("view store --slots run --episode 5 -o x.png", "0 to 4"),
        ("view store --slots run --scale 100000 -o x.png", "--scale"),
        ("view store --slots run --patches -o x.png", "--patches"),
        ("view store --slots run --predictions predictions -o x.png", "--predictions"),
    ],
)
def test_what_has_no_map_says_so_in_one_line(bcb, single, line, word):
    done = bcb(*line.split())
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert word in done.err
    assert not (single / "x.png").exists()
