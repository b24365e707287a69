"""The rules: what colour a ball ends up with, given which balls blinked in which colours, and where they were.

To add one, open `earliest.py`, write its sibling, and list it here; `check_rule` tells what every rule must keep.
"""

from generators.rules.check import check_rule
from generators.rules.contagion import Contagion
from generators.rules.count_parity import CountParity
from generators.rules.earliest import Earliest
from generators.rules.frequent import Frequent
from generators.rules.latest import Latest
from generators.rules.none import NoColor
from generators.rules.rarest import Rarest
from generators.rules.rule import Blinks, Rule
from generators.rules.second import Second

RULES: dict[str, Rule] = {
    "earliest": Earliest(),
    "frequent": Frequent(),
    "latest": Latest(),
    "rarest": Rarest(),
    "second": Second(),
    "count-parity": CountParity(),
    "contagion": Contagion(),
    "none": NoColor(),
}

__all__ = ["RULES", "Blinks", "Rule", "check_rule"]
