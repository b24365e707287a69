"""Run folders: what is damaged or hostile is refused in one line."""

import json
import pickle

import pytest
import torch

from slotssm.checkpoint import RunError, load_resume, load_run, save_model, to_json, write_config
from slotssm.models import MODELS

CONFIG = MODELS["slotssm"].config(image_size=16, width=16, slots=(2, 3), state=4, heads=2)


@pytest.fixture
def folder(tmp_path):
    model = MODELS["slotssm"].build(CONFIG)
    write_config(tmp_path, {"model": {"name": "slotssm", "config": to_json(CONFIG)}})
    save_model(tmp_path, model)
    return tmp_path


@pytest.mark.parametrize("name", MODELS)
def test_config_round_trip(tmp_path, name):
    config = MODELS[name].config(image_size=16, width=16, heads=2)
    model = MODELS[name].build(config)
    write_config(tmp_path, {"model": {"name": name, "config": to_json(config)}})
    save_model(tmp_path, model)
    loaded = load_run(tmp_path)
    assert loaded.model_config == config
    for a, b in zip(model.parameters(), loaded.model.parameters(), strict=True):
        assert torch.equal(a, b)


def damage(folder, **changes):
    info = json.loads((folder / "config.json").read_text())
    info["model"] |= changes
    (folder / "config.json").write_text(json.dumps(info))


def test_every_kind_of_damage_is_one_clear_line(folder):
    def refused(match):
        with pytest.raises(RunError, match=match) as error:
            load_run(folder)
        assert "\n" not in str(error.value)

    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    refused("can't be loaded")
    (folder / "model.safetensors").write_bytes(whole)
    damage(folder, config=to_json(CONFIG) | {"width": 32})
    refused("can't be loaded")
    damage(folder, config=to_json(CONFIG) | {"widht": 32})
    refused("widht")
    damage(folder, name="hal9000")
    refused("hal9000")
    damage(folder, name=["slotssm"])
    refused("damaged")
    (folder / "config.json").write_text("{")
    refused("damaged")
    (folder / "config.json").unlink()
    refused("no run folder")


def test_a_run_without_weights_says_so(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(RunError, match=r"no model\.safetensors"):
        load_run(folder)


def test_a_strangers_checkpoint_executes_nothing(folder):
    class Bomb:
        def __reduce__(self):
            return open, (str(folder / "owned"), "w")

    (folder / "resume.pt").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(RunError, match="damaged"):
        load_resume(folder)
    torch.save({"x": Bomb()}, folder / "resume.pt")
    with pytest.raises(RunError, match="damaged"):
        load_resume(folder)
    assert not (folder / "owned").exists()
