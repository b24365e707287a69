"""The rules: what colour a ball ends up with, given which balls blinked in which colours.

To add one, open `earliest.py`, write its sibling, and list it here; `check_rule` tells what every rule must keep.
"""

from generators.rules.check import check_rule
from generators.rules.earliest import Earliest
from generators.rules.frequent import Frequent
from generators.rules.none import NoColor
from generators.rules.rule import Blinks, Rule

RULES: dict[str, Rule] = {
    "earliest": Earliest(),
    "frequent": Frequent(),
    "none": NoColor(),
}

__all__ = ["RULES", "Blinks", "Rule", "check_rule"]
