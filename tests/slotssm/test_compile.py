"""torch.compile takes a whole SlotSSM in one graph, and changes no number."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
import torch
from slotssm.models.slotssm import SlotSSM, SlotSSMConfig
torch.manual_seed(0)
sizes = {"width": 32, "slots": (3, 2), "heads": 2, "encoder_layers": 1, "decoder_layers": 1}
model = SlotSSM(SlotSSMConfig(image_size=16, core=sys.argv[1], **sizes))
steps = torch.randint(0, 7, (2, 9, 16, 16), dtype=torch.uint8)
results = []
for forward in (model, torch.compile(model, fullgraph=True, backend="aot_eager")):
    model.zero_grad()
    slots, _ = forward(steps)
    slots.pow(2).mean().backward()
    results.append([slots.detach(), *(p.grad for p in model.parameters() if p.grad is not None)])
torch.testing.assert_close(*results)
"""

DUAL = """
import torch
from torch.autograd import forward_ad
from slotssm.scan import selective_scan, ssd_scan
u, A, B = torch.rand(2, 5, 3), -torch.rand(3, 4), torch.rand(2, 5, 4)
for plain in (lambda u: selective_scan(u, u, A, B, B)[0], lambda u: ssd_scan(u[..., None], u, A[:, 0], B, B)[0]):
    compiled = torch.compile(plain, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(u), plain(u))
    with forward_ad.dual_level():
        got, want = (forward_ad.unpack_dual(f(forward_ad.make_dual(u, u))) for f in (compiled, plain))
    torch.testing.assert_close(got.tangent, want.tangent)
    torch.testing.assert_close(compiled(u), plain(u))
"""


@pytest.mark.slow
@pytest.mark.parametrize("core", ["mamba1", "mamba2"])
def test_a_slotssm_compiles_whole(core):
    """In a process of its own, without the shape checks that the tests switch on: dynamo can't trace those."""
    subprocess.run([sys.executable, "-c", SCRIPT, core], check=True, timeout=300)


@pytest.mark.slow
def test_what_was_compiled_for_the_kernels_is_not_taken_for_forward_mode():
    subprocess.run([sys.executable, "-c", DUAL], check=True, timeout=300)
