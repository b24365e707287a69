"""Stores of episodes, format version 1 (DESIGN §4). `engine.generate` makes them; here they are read."""

from generators.errors import StoreError
from generators.store.describe import SplitDescription, StoreDescription, describe
from generators.store.reader import Reader, StoreReader

__all__ = ["Reader", "SplitDescription", "StoreDescription", "StoreError", "StoreReader", "describe"]
