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


@pytest.mark.slow
@pytest.mark.parametrize("core", ["mamba1", "mamba2"])
def test_a_slotssm_compiles_whole(core):
    """In a process of its own, without the shape checks that the tests switch on: dynamo can't trace those."""
    subprocess.run([sys.executable, "-c", SCRIPT, core], check=True, timeout=300)
