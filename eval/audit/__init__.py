"""The audit: is a dataset a valid test of memory?

A dataset is one if its answers are the rule's, if they can be found from the whole context and from no little part of
it, and if nothing else gives them away: not the places, not the last frames, not the training data. Each check yields
lines with a number, the bound that it is held to, and a verdict.

To add one, open `balance.py`, write its sibling, and list it here.
"""

from collections.abc import Callable

from eval.audit import balance, guesses, labels, leakage, visible, windows
from eval.audit.facts import Data, Facts, facts_from
from eval.audit.line import FAIL, OK, VERDICTS, WARNING, Line, settled, worst

# Name → all that is known of a dataset → lines.
CHECKS: dict[str, Callable[[Data], list[Line]]] = {
    "labels": labels.check,
    "guesses": guesses.check,
    "last frames": windows.check,
    "balance": balance.check,
    "leakage": leakage.check,
    "visible": visible.check,
}


def audit(data: Data) -> dict[str, list[Line]]:
    """What every check finds, with its verdict: name of CHECKS → lines. Raises ValueError where no ball blinks."""
    if data.rule == "none":
        raise ValueError("rule none paints no ball, so there is no memory to audit; choose another rule")
    found = {name: check(data) for name, check in CHECKS.items()}
    verdicts = iter(settled([line for lines in found.values() for line in lines]))
    return {name: [next(verdicts) for _ in lines] for name, lines in found.items()}


__all__ = ["CHECKS", "FAIL", "OK", "VERDICTS", "WARNING", "Data", "Facts", "Line", "audit", "facts_from", "worst"]
