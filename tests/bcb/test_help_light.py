"""Help is quick: no command loads its work to say what it does."""

import json
import subprocess
import sys
from pathlib import Path

from bcb.cli import COMMANDS
from bcb.commands.bench import BENCHES

HEAVY = {"torch", "pymunk", "numba", "zarr", "numpy", "pydantic", "PIL", "rich", "slotssm", "eval", "generators"}


def test_the_help_of_every_command_loads_nothing_heavy():
    code = """
import json, sys
from bcb.cli import run
loaded = {}
for line in json.loads(sys.argv[1]):
    assert run([*line.split(), "--help"]) == 0
    loaded[line] = sorted(module.split(".")[0] for module in sys.modules)
print(json.dumps(loaded))
"""
    lines = [*COMMANDS, *(f"bench {name}" for name in BENCHES)]
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(lines)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert loaded.keys() == set(lines)
    assert not {name: heavy for name, modules in loaded.items() if (heavy := HEAVY & set(modules))}
