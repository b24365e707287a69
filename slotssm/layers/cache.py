"""Keys and values of the tokens so far, in memory that doubles when it is full.

b batch · h heads · n tokens · e width of a head
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Cache:
    """The first `length` tokens of a memory of keys and values. It never changes; a longer one may share its memory.

    memory: (keys and values, batch, heads, room, width).   filled: how much of it is written, by whichever cache.
    """

    memory: Float[Tensor, "2 b h room e"]
    length: int = 0
    filled: list[int] = field(default_factory=lambda: [0])

    @property
    def keys_values(self) -> Float[Tensor, "2 b h n e"]:
        return self.memory[:, :, :, : self.length]

    def extended(self, new: Float[Tensor, "2 b h m e"]) -> "Cache":
        """With more tokens after its own; at the cost of those alone, but for now and then (never under autograd)."""
        length = self.length + new.shape[3]
        if not self.length:
            return Cache(new, length, [length])
        if torch.is_grad_enabled():
            return Cache(torch.cat([self.keys_values.to(new.dtype), new], dim=3), length, [length])
        memory, filled = self.memory, self.filled
        if not self._has_room(length) or memory.dtype != new.dtype:
            memory, filled = new.new_empty(*new.shape[:3], 2 * length, new.shape[4]), [0]
            memory[:, :, :, : self.length] = self.keys_values
        memory[:, :, :, self.length : length] = new
        filled[0] = length
        return Cache(memory, length, filled)

    def _has_room(self, length: int) -> bool:
        # behind the tokens of an older cache are those of a newer one; and what inference mode made, only it may change
        return (
            self.filled[0] == self.length
            and length <= self.memory.shape[3]
            and self.memory.is_inference() == torch.is_inference_mode_enabled()
        )
