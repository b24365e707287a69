"""SAVi++ (Elsayed et al., arXiv 2206.07764): SAVi with a deeper encoder, and depth for a target.

The encoder is a residual network with a transformer over its tokens. Depth is drawn as log(1 + metres), as in the
paper; beside the colours where nothing else is said (ours: the paper draws it alone or beside optical flow), and alone
in the task of depth. Its sizes, and its random crops of the training pictures, are left out or smaller here.
"""

from dataclasses import dataclass

from slotssm.scenes.layers.resnet import ResNetEncoder
from slotssm.scenes.models.savi import SAVi, SAViConfig


@dataclass(frozen=True)
class SAViPlusConfig(SAViConfig):
    """Sizes of a SAVi++; `blocks` residual blocks for each halving of the picture, `encoder_layers` of transformer.

    `features` are those of full resolution: every halving doubles them.
    """

    targets: tuple[str, ...] = ("rgb", "depth")
    features: int = 16
    downsampling: int = 4
    blocks: int = 2
    encoder_layers: int = 2


def build_savi_plus(config: SAViPlusConfig) -> SAVi:
    """A SAVi with the deeper encoder."""
    c = config
    encoder = ResNetEncoder(
        c.image_size,
        c.downsampling,
        c.features,
        c.width,
        blocks=c.blocks,
        layers=c.encoder_layers,
        heads=c.heads,
        mlp_ratio=c.mlp_ratio,
    )
    return SAVi(config, encoder)
