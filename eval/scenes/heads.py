"""The two heads that read frozen slots: a linear one for what has a name, a two-layer network for what has a size.

    logits = W x + b                       multinomial logistic regression: the mean cross-entropy is least
    value  = W₂ tanh(W₁ x + b₁) + b₂       one hidden layer: the mean squared error is least

both with penalty / 2 · |W|² added (not of the biases), all points at once, by L-BFGS with the gradients below; x is
standardised by the points that are fitted, and so are the values. The first loss has one minimum. The second hasn't,
so its start is drawn from a seed.
"""

from collections.abc import Callable

import numpy as np

from eval.scenes.solvers import minimum

HIDDEN = 64
STEPS = 500  # of L-BFGS, at most; the linear head is done in fewer

# Points' features, float64 (point, width) → their answers: int64 (point,) classes, or float64 (point, dim) values.
Head = Callable[[np.ndarray], np.ndarray]


def fit_classes(x: np.ndarray, label: np.ndarray, penalty: float) -> Head:
    """The linear head of features, float64 (point, width), and their classes, whole numbers (point,) from 0."""
    classes = int(label.max()) + 1
    prepare = standard(x)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        return class_loss(flat, prepare(x), label, penalty)

    weights = minimum(loss, np.zeros((x.shape[1] + 1) * classes), STEPS).reshape(-1, classes)
    return lambda some: (prepare(some) @ weights[1:] + weights[0]).argmax(axis=1)


def fit_values(x: np.ndarray, y: np.ndarray, penalty: float, seed: int, hidden: int = HIDDEN) -> Head:
    """The two-layer head of features, float64 (point, width), and their values, float64 (point, dim)."""
    prepare, mean, spread = standard(x), y.mean(axis=0), _spread(y)
    inputs, goal = prepare(x), (y - mean) / spread
    width, dims = x.shape[1], y.shape[1]
    rng = np.random.default_rng(seed)
    start = [rng.normal(0, (1 / rows) ** 0.5, (rows + 1, cols)) for rows, cols in ((width, hidden), (hidden, dims))]
    flat = np.concatenate([w.ravel() for w in start])
    flat = minimum(lambda some: value_loss(some, inputs, goal, hidden, penalty), flat, STEPS)
    first, second = _layers(flat, width, hidden, dims)
    return lambda some: (np.tanh(prepare(some) @ first[1:] + first[0]) @ second[1:] + second[0]) * spread + mean


def class_loss(flat: np.ndarray, x: np.ndarray, label: np.ndarray, penalty: float) -> tuple[float, np.ndarray]:
    """The linear head's loss and its gradient, (k,), at weights (k,): those of (1 + width, class), biases first."""
    weights, points = flat.reshape(x.shape[1] + 1, -1), np.arange(len(x))
    logits = x @ weights[1:] + weights[0]
    logits -= logits.max(axis=1, keepdims=True)
    chances = np.exp(logits)
    total = chances.sum(axis=1, keepdims=True)
    entropy = (np.log(total[:, 0]) - logits[points, label]).mean()
    error = chances / total
    error[points, label] -= 1
    gradient = _gradient(x, error / len(x)) + penalty * _penalised(weights)
    return entropy + penalty / 2 * (_penalised(weights) ** 2).sum(), gradient.ravel()


def value_loss(flat: np.ndarray, x: np.ndarray, y: np.ndarray, hidden: int, penalty: float) -> tuple[float, np.ndarray]:
    """The network's loss (half the squared error) and its gradient, (k,), at the weights of both layers, (k,)."""
    first, second = _layers(flat, x.shape[1], hidden, y.shape[1])
    h = np.tanh(x @ first[1:] + first[0])
    error = h @ second[1:] + second[0] - y
    back = (error @ second[1:].T) * (1 - h**2)
    gradients = (
        _gradient(x, back / len(x)) + penalty * _penalised(first),
        _gradient(h, error / len(x)) + penalty * _penalised(second),
    )
    sizes = sum((_penalised(w) ** 2).sum() for w in (first, second))
    return (error**2).sum() / len(x) / 2 + penalty / 2 * sizes, np.concatenate([g.ravel() for g in gradients])


def standard(x: np.ndarray) -> Head:
    """Features less their mean over these points, by their standard deviation; those that never vary become 0."""
    mean, spread = x.mean(axis=0), _spread(x)
    return lambda some: (some - mean) / spread


def _spread(x: np.ndarray) -> np.ndarray:
    spread = x.std(axis=0)
    # what varies by rounding alone doesn't vary
    return np.where(spread > 1e-9 * np.abs(x).max(axis=0, initial=0), spread, 1.0)


def _layers(flat: np.ndarray, width: int, hidden: int, dims: int) -> tuple[np.ndarray, np.ndarray]:
    cut = (width + 1) * hidden
    return flat[:cut].reshape(width + 1, hidden), flat[cut:].reshape(hidden + 1, dims)


def _gradient(x: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Of a layer's weights, biases first, from its input and the gradient of its output."""
    return np.concatenate([error.sum(axis=0, keepdims=True), x.T @ error])


def _penalised(weights: np.ndarray) -> np.ndarray:
    """The weights without their biases."""
    return np.concatenate([np.zeros_like(weights[:1]), weights[1:]])
