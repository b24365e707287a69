"""Predictions are the model's own output, clip by clip."""

import numpy as np
import pytest
import torch

from slotssm.scenes.data import picture_of
from slotssm.scenes.learner import Learner
from slotssm.scenes.predict import predict_cells, predict_clips
from slotssm.scenes.recipe import SceneTrainConfig
from tests.slotssm.scenes.test_scene_models import build
from tests.slotssm.scenes.toy import Discs

CLIPS = Discs(2, frames=4, size=16)


@pytest.mark.parametrize("targets", [("rgb",), ("depth",), ("depth", "rgb")])
def test_a_clips_prediction_is_what_forward_gives(targets):
    model = build("savi", targets=targets)
    for i, made in enumerate(predict_clips(model, CLIPS, device="cpu")):
        with torch.no_grad():
            out = model(picture_of(CLIPS.clip(i)["rgb"])[None])
        assert np.mean(made.slot_map == out.alpha[0].argmax(1).numpy()) > 0.99  # a tie may fall either way
        np.testing.assert_allclose(made.slots, out.slots[0], rtol=1e-3, atol=1e-4)
        assert (made.rgb is not None, made.depth is not None) == ("rgb" in targets, "depth" in targets)
        if made.rgb is not None:
            at = 1 if targets[0] == "depth" else 0
            want = out.reconstruction[0, :, at : at + 3].clip(0, 1).permute(0, 2, 3, 1) * 255
            np.testing.assert_allclose(made.rgb, want, atol=0.51)
        if made.depth is not None:
            np.testing.assert_allclose(made.depth, out.reconstruction[0, :, 0].expm1().clip(0), rtol=1e-3, atol=1e-4)


def test_cells_are_those_of_the_frames_that_are_tested_on():
    learner, config = Learner(build("slotssm"), "snitch").eval(), SceneTrainConfig(sampling="segments", frames=2)
    logits = predict_cells(learner, CLIPS, config, device="cpu")
    assert logits.shape == (2, 36)
    with torch.no_grad():
        want = learner.cells(picture_of(CLIPS.clip(1)["rgb"][[1, 3]])[None])[0]
    np.testing.assert_allclose(logits[1], want, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="not on the snitch"):
        predict_cells(Learner(build("slotssm"), "objects"), CLIPS, SceneTrainConfig())


def test_a_model_that_has_diverged_draws_nothing():
    model = build("savi")
    with torch.no_grad():
        model.first.fill_(torch.nan)
    with pytest.raises(ValueError, match="has diverged"):
        next(predict_clips(model, CLIPS, device="cpu"))
