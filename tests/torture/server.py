"""Runs `bcb` command lines, each in a process of its own that begins at once: a fork of one that has loaded everything.

Python's start takes most of a second, in which a kill proves nothing. Reads lines of JSON on stdin:
["start", arguments, file for stdout, file for stderr] is answered with the process id, ["wait", id] with
the exit code (negative: the signal that ended it). Until it is waited for, an ended process keeps its id.
"""

import atexit
import gc
import json
import os
import sys
import tempfile

WARMING = (  # what is compiled or loaded when first used
    "generate --preset small --size 16 --train 0 --val 0 --test 1 --workers 1 --out {0}/s",
    "verify {0}/s",
    "view {0}/s -o {0}/x.png",
)


def main():
    from bcb.cli import run

    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere:
        answers, sys.stdout, sys.stderr = sys.stdout, nowhere, nowhere
        for line in WARMING:
            if run(line.format(folder).split()) != 0:
                raise RuntimeError(line)
    sys.stdout = sys.stderr = None  # the forks open their own
    gc.freeze()  # what is never collected is never copied
    for line in sys.stdin:
        command, *rest = json.loads(line)
        answer = _start(run, *rest) if command == "start" else os.waitstatus_to_exitcode(os.waitpid(*rest, 0)[1])
        print(answer, file=answers, flush=True)


def _start(run, arguments, out, err):
    """Fork one command line, in a process group of its own."""
    pid = os.fork()
    if pid:
        os.setpgid(pid, pid)
        return pid
    os.setpgid(0, 0)
    for handle, path in ((0, os.devnull), (1, out), (2, err)):
        os.dup2(os.open(path, os.O_RDWR), handle)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    code = run(arguments)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # what else Python does at its end only takes time


if __name__ == "__main__":
    main()
