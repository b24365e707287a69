"""Which versions of what makes the bytes of a store are here."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

MADE_WITH = ("bcb", "numpy", "pymunk", "zstandard")


@cache
def versions_here() -> dict[str, str]:
    """The versions of what makes the bytes of a store."""

    def of(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return "unknown"

    return {package: of(package) for package in MADE_WITH}
