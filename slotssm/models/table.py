"""The table of models: ours, and those of other packages that are installed."""

from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any

from slotssm.models.model import ModelEntry

GROUP = "bcb.models"  # a package's pyproject.toml: [project.entry-points."bcb.models"] NAME = "MODULE:ENTRY"


class ModelTable(Mapping[str, ModelEntry]):
    """Entries by name. Other packages are found, but only loaded when their model is asked for.

    So a package may import from `slotssm.models`, and a broken one stops nobody who doesn't use it.
    """

    def __init__(self, ours: dict[str, ModelEntry]):
        self.ours = ours

    def __getitem__(self, name: str) -> ModelEntry:
        """Raises KeyError for no such model, ValueError where another package's can't be loaded."""
        return self.ours[name] if name in self.ours else _load(self._others()[name])

    def __iter__(self) -> Iterator[str]:
        return iter([*self.ours, *self._others()])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in self.ours or name in self._others()

    def _others(self) -> dict[str, Any]:
        found = {point.name: point for point in entry_points(group=GROUP)}
        for name in found.keys() & self.ours:
            raise ValueError(f"{_package(found[name])} offers a model {name!r}, which bcb has; it must be renamed")
        return found


# Entry points are Any: the backport importlib_metadata, where some package brings it, makes its own kind of them.
def _load(point: Any) -> ModelEntry:
    try:
        entry = point.load()
    except Exception as error:  # whatever another's code may raise
        raise ValueError(
            f"the model {point.name!r} of {_package(point)} can't be loaded ({error!r}); repair or uninstall it"
        ) from error
    if not isinstance(entry, ModelEntry):
        raise ValueError(f"the model {point.name!r} of {_package(point)} is {point.value}, which is no ModelEntry")
    return entry


def _package(point: Any) -> str:
    return f"the package {point.dist.name!r}" if point.dist else "a package"
