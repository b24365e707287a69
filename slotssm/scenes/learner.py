"""A model of scenes, and what it learns: its losses in one module, so that torchrun can wrap it.

b batch · t frames · c channels · y, x pixels
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.scenes.layers.snitch_head import SnitchHead
from slotssm.scenes.models import SceneModel


class Learner(nn.Module):
    """`model`, and for the task "snitch" a `head` on the slots after the last frame. A run keeps both."""

    def __init__(self, model: SceneModel, task: str):
        super().__init__()
        c = model.config
        self.model = model
        self.head = SnitchHead(c.width, c.heads, c.mlp_ratio) if task == "snitch" else None

    def forward(self, batch: dict[str, Tensor]) -> Float[Tensor, ""]:
        """The loss of a batch of `ClipDataset`: cross-entropy of the snitch's cell, or squared error of the targets."""
        if self.head is not None:
            return F.cross_entropy(self.cells(batch["video"]), batch["cell"])
        parts = {"rgb": batch["video"], "depth": batch.get("depth")}
        wanted = [parts[name] for name in self.model.config.targets]
        target = torch.cat([x for x in wanted if x is not None], dim=2)
        slots, _ = self.model.read(batch["video"])
        if "drawn" in batch:
            row = torch.arange(len(slots), device=slots.device)[:, None]
            slots, target = slots[row, batch["drawn"]], target[row, batch["drawn"]]
        drawn, _ = self.model.decode(slots.flatten(0, 1))
        return squared_error(drawn.unflatten(0, slots.shape[:2]), target)

    def cells(self, video: Float[Tensor, "b t 3 y x"]) -> Float[Tensor, "b 36"]:
        """Logits of the cell that the snitch is in after the last frame."""
        assert self.head is not None
        slots, _ = self.model.read(video)
        return self.head(slots[:, -1]).float()


def squared_error(drawn: Float[Tensor, "b t c y x"], target: Float[Tensor, "b t c y x"]) -> Float[Tensor, ""]:
    """The mean over all that is known: NaN in the target asks for nothing."""
    known = ~target.isnan()
    error = torch.where(known, drawn.float() - target, 0.0)
    return error.square().sum() / known.sum().clamp_min(1)
