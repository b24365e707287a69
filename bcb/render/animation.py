"""The animation: one frame after the other, and the target (with what was predicted beside it) held longer."""

from PIL import Image

from bcb.render.style import PAGE

FRAME_MS = 500
LAST_MS = 3000
GIF_SIDE = 448  # pixels that a frame should measure


def animation_scale(size: int) -> int:
    """An enlargement that suits a frame shown alone."""
    return max(1, round(GIF_SIDE / size))


def animation(
    drawn: list[Image.Image], predicted: bool, frame_ms: int = FRAME_MS
) -> tuple[list[Image.Image], list[int]]:
    """The frames of an animation and how long each is shown, ms.

    drawn: what `panels` yields; predicted: whether its last is a prediction, shown beside the target.
    frame_ms: of all but the last.
    """
    count = len(drawn) - (2 if predicted else 1)
    across = 2 if predicted else 1
    pages = [_page([panel], across) for panel in drawn[:count]] + [_page(drawn[count:], across)]
    return pages, [frame_ms] * count + [LAST_MS]


def _page(drawn: list[Image.Image], across: int) -> Image.Image:
    wide, high = drawn[0].size
    margin = max(4, wide // 40)
    page = Image.new("RGB", (across * (wide + margin) + margin, high + 2 * margin), PAGE)
    for i, panel in enumerate(drawn):
        page.paste(panel, (margin + i * (wide + margin), margin))
    return page
