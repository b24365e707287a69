"""What autograd keeps of a forward pass until its backward pass."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks


@dataclass(frozen=True)
class Kept:
    """Bytes of the storages that are kept. of_inputs: of those that hold the inputs.   more: of all others."""

    of_inputs: int
    more: int

    @property
    def all(self) -> int:
        return self.of_inputs + self.more


def kept_for_backward(work: Callable[[], Tensor], inputs: Iterable[Tensor]) -> tuple[Tensor, Kept]:
    """The result of the work, and what it keeps. A storage counts once and whole, however many views of it are kept."""
    found: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        found[storage.data_ptr()] = storage.nbytes()  # no two that are kept have one address
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        result = work()
    given = {tensor.untyped_storage().data_ptr() for tensor in inputs}
    of_inputs = sum(size for at, size in found.items() if at in given)
    return result, Kept(of_inputs, sum(found.values()) - of_inputs)
