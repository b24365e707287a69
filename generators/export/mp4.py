"""mp4: a video an episode, to look at and for models that take videos. Lossy: H.264 changes pixels a little.

All else is exact: the target as PNG, and everything but the frames in `truth.npz`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from generators.export.format import check_installed
from generators.export.npz import write_npz
from generators.export.part import Part
from generators.kinds.balls import ARRAYS
from generators.spec import Spec

FRAMES_PER_SECOND = 10
LEAST_SIDE = 256
QUALITY = 18  # x264's crf: 0 is lossless, 18 hard to tell from it
BT709 = 1  # its number among color spaces, primaries and transfers alike


@dataclass(frozen=True)
class Mp4:
    """`SPLIT/00000012.mp4`, and beside it the target `SPLIT/00000012.png`, `SPLIT/metadata.jsonl`, `SPLIT/truth.npz`.

    A video holds the context frames and no target, which would give the answer away. `metadata.jsonl` has a line an
    episode, as Hugging Face's VideoFolder wants it. Images are enlarged (`enlargement`), with hard edges.
    """

    lossy: bool = True

    def check(self, spec: Spec) -> None:
        check_installed("av")

    def write(self, parts: Sequence[Part], folder: Path, about: dict[str, Any]) -> None:
        size = parts[0].spec.world.size
        about["enlargement"] = enlargement(size)
        about["frames_per_second"] = FRAMES_PER_SECOND
        colors = np.array(about["palette"], np.uint8)
        for part in parts:
            place = folder / part.split
            place.mkdir()
            with (place / "metadata.jsonl").open("w", encoding="utf-8") as metadata:
                for index in range(part.count):
                    one = range(index, index + 1)
                    frames = (image for block in part.blocks("frames", one) for image in block[0])
                    write_video(place / f"{index:08d}.mp4", frames, size, colors)
                    _write_target(place / f"{index:08d}.png", part.read("target", one)[0], colors)
                    metadata.write(json.dumps(_line(part, index, about)) + "\n")
                    part.tick(1)
            write_npz(part, place / "truth.npz", [name for name in ARRAYS if name != "frames"], about)
        (folder / "README.md").write_text(_card(parts), encoding="utf-8")


def enlargement(size: int) -> int:
    """Video pixels per image pixel: the least even number that brings the side to 256.

    Even, because H.264 as everyone plays it (4:2:0) has one colour for each 2×2 pixels.
    """
    return 2 * -(-LEAST_SIDE // (2 * size))


def write_video(path: Path, frames: Iterable[np.ndarray], size: int, colors: np.ndarray) -> None:
    """Write images of palette classes (y, x), `size` pixels a side, as an H.264 video in colours uint8 (class, 3)."""
    import av
    from av.video.reformatter import ColorRange, Colorspace

    factor = enlargement(size)
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream("libx264", rate=FRAMES_PER_SECOND, options={"crf": str(QUALITY)})
        stream.height = stream.width = size * factor
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.thread_count = 1  # the number would change the bytes
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = ColorRange.MPEG
        for image in frames:
            rgb = colors[image].repeat(factor, axis=0).repeat(factor, axis=1)
            picture = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            file.mux(stream.encode(picture))
        file.mux(stream.encode())


def _write_target(path: Path, target: np.ndarray, colors: np.ndarray) -> None:
    """A PNG whose values are the palette classes, and which shows them in their colours. Exact."""
    factor = enlargement(len(target))
    image = Image.fromarray(target.repeat(factor, axis=0).repeat(factor, axis=1), "P")
    image.putpalette(colors.tobytes())
    image.save(path)


def _line(part: Part, index: int, about: dict[str, Any]) -> dict[str, Any]:
    """What `metadata.jsonl` says of an episode."""
    read = {name: part.read(name, range(index, index + 1))[0] for name in ("answer", "blink_ball", "blink_color")}
    answer = read["answer"][-1].tolist()
    return {
        "file_name": f"{index:08d}.mp4",
        "target": f"{index:08d}.png",
        "episode": index,
        "fingerprint": about["fingerprint"],
        "answer": answer,
        "answer_names": [about["colors"][color] for color in answer],
        "blink_ball": read["blink_ball"].tolist(),
        "blink_color": read["blink_color"].tolist(),
    }


def _card(parts: Sequence[Part]) -> str:
    """What tells Hugging Face's `load_dataset(folder)` which files are which split."""
    files = "\n".join(
        f"  - split: {part.split}\n    path:\n    - {part.split}/*.mp4\n    - {part.split}/metadata.jsonl"
        for part in parts
    )
    return f"---\nconfigs:\n- config_name: default\n  data_files:\n{files}\n---\n{CARD}"


CARD = """
# Blinking Color Balls, as videos

Lossy: H.264 changes pixels a little. Everything else is exact: the targets (PNG: palette classes in their colours) and
the ground truth (`truth.npz`). A video holds the context frames; what comes next is its target. What the dataset is,
`dataset.json` tells.
"""
