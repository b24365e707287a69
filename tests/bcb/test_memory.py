"""Effective memory of a model whose memory is known: it is handed only the last frames."""

import numpy as np
import pytest
import torch

from eval.discs import paint
from eval.memory import score_memory
from eval.truth import Truth
from generators.palette import FIRST_COLOR, WHITE, palette
from generators.rules import RULES, Blinks


def blinking_pair(rule: str, episodes: int, frames: int, colors: int) -> Truth:
    """Two balls, one pixel each, of which one blinks in every frame."""
    rng = np.random.default_rng(0)
    ball = rng.integers(2, size=(episodes, frames)).astype(np.int16)
    color = rng.integers(FIRST_COLOR, FIRST_COLOR + colors, size=(episodes, frames)).astype(np.uint8)
    truth = Truth(
        index=np.arange(episodes),
        target=np.zeros((episodes, 1, 3), np.uint8),
        position=np.tile(np.float32([[0.5, 0.5], [2.5, 0.5]]), (episodes, 1, 1)),
        radius=np.full((episodes, 2), 0.4, np.float32),
        answers=np.stack([RULES[rule].answers(Blinks(b, c), 2) for b, c in zip(ball, color, strict=True)]),
        blink_ball=ball,
        blink_color=color,
        palette=palette(colors),
        rule=rule,
        colors=colors,
    )
    truth.target[:] = paint(truth.top, truth.answer)
    return truth


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "window"), [("frequent", 2), ("frequent", 5), ("earliest", 6)])
def test_a_gru_that_is_handed_only_the_last_frames_remembers_about_as_many(rule, window):
    """It learns from the answers to the whole episode, of which it sees only the end."""
    truth = blinking_pair(rule, episodes=12_000, frames=8, colors=3)
    events = truth.blink_ball[:, -window:] * 3 + truth.blink_color[:, -window:].astype(np.int64) - FIRST_COLOR
    seen = torch.nn.functional.one_hot(torch.from_numpy(events), 6).float()
    answer = torch.from_numpy(truth.answer.astype(np.int64)) - WHITE
    torch.manual_seed(0)
    gru, head = torch.nn.GRU(6, 32, batch_first=True), torch.nn.Linear(32, 2 * 4)
    optimizer = torch.optim.Adam([*gru.parameters(), *head.parameters()])

    def logits(rows: slice) -> torch.Tensor:
        return head(gru(seen[rows])[0][:, -1]).unflatten(-1, (2, 4))

    for step in range(300):
        optimizer.param_groups[0]["lr"] = 1e-2 * (1 - step / 300)
        rows = slice(step * 200 % 10_000, step * 200 % 10_000 + 200)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits(rows).flatten(0, 1), answer[rows].flatten()).backward()
        optimizer.step()
    test = slice(10_000, None)
    color = (logits(test).argmax(dim=-1) + WHITE).numpy().astype(np.uint8)
    found = score_memory(paint(truth.take(test).top, color), truth.take(test)).metrics["effective_memory"]
    assert window - 0.5 < found.value < window + 0.1
    assert found.low <= window
