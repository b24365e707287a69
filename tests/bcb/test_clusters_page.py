"""What docs/clusters.md shows, run as it stands there (the dataset made smaller)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generators.verify import verify

PAGE = (Path(__file__).parents[2] / "docs/clusters.md").read_text(encoding="utf-8")
SMALL = "--rule frequent --length 80 --train 7 --val 2 --test 4 --shard-episodes 2"

pytestmark = pytest.mark.slow


def block(language, holding):
    """The page's one block in this language that holds these words."""
    (found,) = [text for text in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if holding in text]
    return found


def run(*command, **environment):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, check=True, timeout=120, env=os.environ | {"PATH": path} | environment)


def test_the_array_makes_the_same_store(folder, bcb):
    script = block("bash", "#SBATCH").replace(
        "--rule frequent --length 2560 --out /shared/frequent-2560", f"{SMALL} --out s"
    )
    (folder / "make.sh").write_text(script.replace("jobs=16", "jobs=2"))
    for job in ("1", "0"):
        run("bash", "make.sh", SLURM_ARRAY_TASK_ID=job, SLURM_CPUS_PER_TASK="1")
    assert bcb("finalize", "s").code == 0
    assert bcb("generate", *SMALL.split(), "--out", "whole", "--workers", 1).code == 0
    assert files(folder / "s") == files(folder / "whole")


def test_the_python_block_makes_a_store(folder):
    (folder / "block.py").write_text(block("python", "LocalCluster"))
    run(sys.executable, "block.py", OMP_NUM_THREADS="1")
    assert verify(folder / "data/frequent") == []


def files(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
