"""Is a store what it says it is?"""

from generators.verify.mending import Repair, advice, repair
from generators.verify.problem import Problem
from generators.verify.verification import verify

__all__ = ["Problem", "Repair", "advice", "repair", "verify"]
