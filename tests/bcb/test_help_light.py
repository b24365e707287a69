"""Help is quick: no command loads its work to say what it does."""

import json
import subprocess
import sys
from pathlib import Path

from bcb.cli import COMMANDS

HEAVY = {"torch", "pymunk", "numba", "zarr", "numpy", "pydantic", "PIL", "rich", "slotssm", "eval", "generators"}


def test_the_help_of_every_command_loads_nothing_heavy():
    code = """
import json, sys
from bcb.cli import run
loaded = {}
for name in json.loads(sys.argv[1]):
    assert run([name, "--help"]) == 0
    loaded[name] = sorted(module.split(".")[0] for module in sys.modules)
print(json.dumps(loaded))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(list(COMMANDS))],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert loaded.keys() == COMMANDS.keys()
    assert not {name: heavy for name, modules in loaded.items() if (heavy := HEAVY & set(modules))}
