"""Which versions of what makes the bytes of a store are here."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def versions_here(physics: str = "pymunk") -> dict[str, str]:
    """The versions of what makes the bytes of a store whose bodies this package moves."""

    def of(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return "unknown"

    return {package: of(package) for package in ("bcb", "numpy", physics, "zstandard")}
