"""What a training loop keeps in its run folder: where it goes on, what it writes, when it saves and when it stops."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from slotssm.checkpoint import load_resume, open_run, save_model, save_resume
from slotssm.ranks import Ranks, agree
from slotssm.runlog import RunLog


@runtime_checkable
class Pace(Protocol):
    """The settings of a recipe that a keeper goes by; see `slotssm.recipe.TrainConfig`."""

    @property
    def steps(self) -> int: ...
    @property
    def validate_every(self) -> int: ...
    @property
    def patience(self) -> int: ...
    @property
    def max_minutes(self) -> float: ...
    @property
    def checkpoint_minutes(self) -> float: ...


class Keeper:
    """Opens a run folder and puts model and optimiser where an earlier call stopped; then, for every step:

        if keeper.stepped(step, loss):              # it is time to validate
            keeper.record(step, {"lr": …}, {"val_loss": …})    # written, and the best weights saved
        if keeper.stops(step):                      # saved where that is due
            break

    The weights of `model` go to model.safetensors and resume.pt. Under torchrun rank 0 alone writes, and decides.
    """

    def __init__(
        self,
        out: Path,
        info: dict,
        config: Pace,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        ranks: Ranks,
        progress: Callable[[dict], None] | None = None,
        complete: Callable[[dict], dict] | None = None,
    ):
        """`progress`: called with each record.   `complete`: see `open_run`.   Raises RunError."""
        self.out, self.config, self.model, self.optimizer, self.ranks = out, config, model, optimizer, ranks
        self.progress = progress
        state = open_run(out, info, complete) if ranks.rank == 0 else None
        if ranks.world > 1:
            dist.barrier()  # the folder is made by one and read by all
            state = state if ranks.rank == 0 else load_resume(out)
        self.first, self.best, self.stale, self.minutes, self.recent = 0, float("inf"), 0, 0.0, []
        if state is not None:
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            self.first, self.best, self.stale, self.minutes = (
                state[key] for key in ("step", "best", "stale", "minutes")
            )
            self.recent = list(state["recent"])
        self.log = RunLog(out, self.first) if ranks.rank == 0 else None
        self.began = self.saved = self.now = time.monotonic()

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.first >= self.config.steps or self._stale()

    def stepped(self, step: int, loss: Tensor) -> bool:
        """Note a step's loss; whether it is time to validate."""
        self.recent.append(loss.detach())  # read only when written: a GPU need not wait
        self.now = time.monotonic()
        return step + 1 == self.config.steps or (step + 1) % self.config.validate_every == 0

    def record(self, step: int, before: dict, validated: dict) -> None:
        """Write one record: `before` follows the step and the minutes; `validated` has the val_loss."""
        record = {"step": step + 1, "minutes": round(self._spent(), 3)} | before
        record |= {"train_loss": float(np.mean([float(x) for x in self.recent]))} | validated
        self.recent = []
        better = record["val_loss"] < self.best
        self.stale = 0 if better else self.stale + 1
        if self.log:
            self.log.write(record)
            if better:
                save_model(self.out, self.model)
            if self.progress:
                self.progress(record)
        self.best = min(self.best, record["val_loss"])

    def stops(self, step: int) -> bool:
        """Save where that is due; whether the run ends here, done or out of time."""
        config, device = self.config, self.ranks.device
        stop = agree(step + 1 == config.steps or self._stale(), device)
        timed_out = agree(0 < config.max_minutes <= (self.now - self.began) / 60, device)
        if self.log and timed_out and self.best == float("inf"):
            save_model(self.out, self.model)  # better than none; the first validation replaces it
        if self.log and (stop or timed_out or self.now - self.saved > config.checkpoint_minutes * 60):
            state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": step + 1}
            state |= {"recent": [float(x) for x in self.recent], "best": self.best, "stale": self.stale}
            save_resume(self.out, state | {"minutes": self._spent()})
            self.saved = self.now
        return stop or timed_out

    def close(self) -> None:
        """Close the folder, and leave the other processes."""
        if self.log:
            self.log.close()
        if self.ranks.world > 1:
            dist.destroy_process_group()

    def _spent(self) -> float:
        return self.minutes + (self.now - self.began) / 60

    def _stale(self) -> bool:
        return bool(self.config.patience and self.stale >= self.config.patience)
