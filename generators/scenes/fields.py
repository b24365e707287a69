"""Fields that worlds of scenes share: one clear line when a value is wrong, one form when it's right."""

from generators.fields import choice, numbers, whole_number

MAX_OBJECTS = 16
SIZES = (0.1, 0.8)  # metres
MIN_PIXELS, MAX_PIXELS = 16, 256  # uint16 counts the pixels of an object


def chosen(name: str, values: object, options: tuple[str, ...]) -> tuple[str, ...]:
    """`values` as a tuple of different options, at least one; ValueError for anything else."""
    if not isinstance(values, tuple | list) or not values:
        raise ValueError(f"{name} is {values!r}; it must be a list of some of: {', '.join(options)}")
    for value in values:
        choice(f"each of {name}, but", value, options)
    if len(set(values)) < len(values):
        raise ValueError(f"{name} is {', '.join(values)}; each may be named once")
    return tuple(values)


def span(name: str, values: object, low: int, high: int) -> tuple[int, int]:
    """`values` as whole numbers (least, most) within [low, high]; ValueError for anything else."""
    if not isinstance(values, tuple | list) or len(values) != 2:
        raise ValueError(f"{name} is {values!r}; it must be two whole numbers, the least and the most")
    first, last = (whole_number(name, value, low, high) for value in values)
    if first > last:
        raise ValueError(f"{name} is ({first}, {last}); its low end must not exceed its high end")
    return first, last


def metres(name: str, values: object) -> tuple[float, ...]:
    """`values` as different sizes in metres; ValueError for anything else."""
    if not isinstance(values, tuple | list) or not values:
        raise ValueError(f"{name} is {values!r}; it must be a list of numbers")
    sizes = numbers(name, values, len(values))
    if len(set(sizes)) < len(sizes) or not all(SIZES[0] <= s <= SIZES[1] for s in sizes):
        raise ValueError(f"{name} is {sizes}; they must differ, and be from {SIZES[0]:g} to {SIZES[1]:g} metres")
    return sizes
