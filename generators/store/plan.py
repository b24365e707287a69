"""The plan of a split: what it is to be, written before anything else of it, so that whatever stops, this is known.

It lies beside the split (`STORE/commits/test/plan.json`). The split's zarr.json files follow from it to the byte,
and it from them: of the two, either can be lost.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from generators.kinds import AnySpec, parse_any
from generators.store.commits import COMMITS
from generators.store.schema import FORMAT, FORMAT_VERSION, attributes, metadata, shard_count


@dataclass(frozen=True)
class Plan:
    """A split: `episodes` episodes of a spec, `shard_episodes` of them in each shard.

    versions: of the packages that it was begun with.
    """

    spec: AnySpec
    split: str
    episodes: int
    shard_episodes: int
    versions: dict[str, str]

    @property
    def shards(self) -> int:
        return shard_count(self.episodes, self.shard_episodes)

    def range(self, shard: int) -> tuple[int, int]:
        """The episodes [start, stop) of a shard."""
        return shard * self.shard_episodes, min(self.episodes, (shard + 1) * self.shard_episodes)

    def metadata(self) -> dict[str, bytes]:
        """Every zarr.json of the split, by its key in the split."""
        group = attributes(self.spec, self.split, self.versions)
        found = metadata(self.spec, self.episodes, self.shard_episodes, group)
        return {key: json.dumps(value, indent=1).encode() for key, value in found.items()}

    def to_json(self) -> bytes:
        """The one way to write a plan."""
        record = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "spec": json.loads(self.spec.to_json()),
            "split": self.split,
            "episodes": self.episodes,
            "shard_episodes": self.shard_episodes,
            "versions": self.versions,
        }
        # A plan is believed over all else, so it must not be damaged unnoticed.
        return json.dumps(record | {"sha256": _sha256(record)}, indent=1).encode()


def _sha256(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def plan_key(split: str) -> str:
    return f"{COMMITS}/{split}/plan.json"


def parse_plan(data: bytes) -> Plan | None:
    """The plan, or None when these aren't the very bytes that `Plan.to_json` writes."""
    try:
        record = json.loads(data)
        spec = parse_any(json.dumps(record["spec"]))
        plan = Plan(spec, record["split"], record["episodes"], record["shard_episodes"], record["versions"])
        return plan if plan.to_json() == data else None
    except (ValueError, KeyError, TypeError):
        return None
