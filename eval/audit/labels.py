"""Labels: are the answers the rule's, and the targets painted with them? The oracle must score 100 %."""

import numpy as np

from eval.audit.facts import Data, in_blocks
from eval.audit.line import FAIL, OK, Line
from eval.oracle import DEFINITIONS, given_in, oracle


def check(data: Data) -> list[Line]:
    """Of every split, the share of balls with the rule's answer, and of targets that are the oracle's to the pixel."""
    lines = []
    for split, facts in data.splits.items():
        truth = facts.truth
        answer = DEFINITIONS[truth.rule](given_in(truth))
        same = in_blocks(lambda some: (oracle(some) == some.target).all(axis=(1, 2)), truth)
        lines += [
            _all(f"answers of {split} that are the rule's", (answer == truth.answer).all(axis=1)),
            _all(f"targets of {split} as the oracle draws them", same),
        ]
    return lines


def _all(what: str, right: np.ndarray) -> Line:
    """right: bool (n,), by episode."""
    wrong = np.flatnonzero(~right)
    remark = f"not those of {len(wrong)} episodes; see bcb verify" if len(wrong) else ""
    return Line(what, float(right.mean()), "1", verdict=FAIL if len(wrong) else OK, remark=remark)
