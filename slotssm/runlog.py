"""What a run writes down while it trains."""

import json
import math
from pathlib import Path

from slotssm.checkpoint import replace_file


class RunLog:
    """metrics.jsonl and TensorBoard events of a run. Records after `step`, where a run goes on, are dropped."""

    def __init__(self, out: Path, step: int):
        from torch.utils.tensorboard import SummaryWriter

        self.path = out / "metrics.jsonl"
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        kept = [line for line in lines if line.endswith("}") and json.loads(line)["step"] <= step]
        replace_file(self.path, lambda path: path.write_text("".join(line + "\n" for line in kept)))
        self.board = SummaryWriter(str(out / "tensorboard"), purge_step=step + 1)

    def write(self, record: dict) -> None:
        """One record: `step` and numbers."""
        with self.path.open("a") as f:
            f.write(json.dumps({k: v if math.isfinite(v) else None for k, v in record.items()}) + "\n")
        for key, value in record.items():
            if key != "step":
                self.board.add_scalar(key, value, record["step"])

    def close(self) -> None:
        """Write what TensorBoard still holds."""
        self.board.close()
