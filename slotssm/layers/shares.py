"""Which slots a pixel draws on: the decoder's cross-attention, or the masks of a spatial broadcast decoder (PAPER §5).

b batch · h heads · q queries · k slots (tokens of the context) · d width · c channels · y, x pixels
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import Attention
from slotssm.layers.broadcast import BroadcastDecoder
from slotssm.layers.decoder import Decoder
from slotssm.layers.tokenizer import SUB


def attention_weights(
    attention: Attention, x: Float[Tensor, "#b q d"], context: Float[Tensor, "b k d"]
) -> Float[Tensor, "b h q k"]:
    """The weights that `attention(x, context)` gives the context, which it never makes, or not in one piece."""
    q, keys = attention.query(x), attention.key_value(context).chunk(2, dim=-1)[0]
    q, keys = (y.unflatten(-1, (attention.heads, -1)).transpose(1, 2) for y in (q, keys))
    return (q @ keys.transpose(2, 3) * q.shape[-1] ** -0.5).float().softmax(dim=-1)


def decode_with_shares(
    model: Any, slots: Float[Tensor, "b k d"]
) -> tuple[Float[Tensor, "b c y x"], Float[Tensor, "b k y x"]]:
    """What `model.decode(slots)` gives, and each slot's share of every pixel; the shares of a pixel sum to 1.

    Cross-attention: the mean over the decoder's heads and layers, 4×4 pixels alike. It is read off as the decoder runs,
    by hooks, so that a decoder that isn't asked does nothing for it.
    Raises ValueError for a model whose `decoder` is neither of ours.
    """
    decoder = getattr(model, "decoder", None)
    if isinstance(decoder, BroadcastDecoder):
        return decoder(slots)
    if not isinstance(decoder, Decoder):
        raise ValueError("this model's decoder does not say which slots a pixel draws on; choose one with ours")
    looks: list[Tensor] = []

    def note(attention: nn.Module, given: tuple[Tensor, Tensor]) -> None:
        assert isinstance(attention, Attention)
        looks.append(attention_weights(attention, *given).mean(dim=1))

    hooks = [
        m.register_forward_pre_hook(note) for name, m in decoder.named_modules() if name.endswith("cross_attention")
    ]
    try:
        logits = model.decode(slots)
    finally:
        for hook in hooks:
            hook.remove()
    cells = torch.stack(looks).mean(dim=0).transpose(1, 2).unflatten(2, (decoder.grid, decoder.grid))
    return logits, cells.repeat_interleave(SUB, dim=2).repeat_interleave(SUB, dim=3)
