"""What every model's configuration is checked for."""

from dataclasses import fields
from typing import Any


def check_sizes(config: Any) -> None:
    """Raise ValueError where a whole number of a model's configuration is below 1: none can be built then."""
    for field in fields(config):
        value = getattr(config, field.name)
        if isinstance(value, int) and value < 1:
            raise ValueError(f"{field.name} is {value}; it must be at least 1")
