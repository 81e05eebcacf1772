"""What problem set 11 says of its data file is so."""

from pathlib import Path

import numpy as np
import pytest

from chainrule import data
from chainrule.conv import conv2d, max_pool2d

FOLDER = Path(__file__).resolve().parents[2] / "solutions" / "ps11-convolutional"


@pytest.fixture(scope="module")
def stored() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "digits.npz") as file:
        return dict(file)


def test_the_digits_are_those_of_the_collection(stored: dict[str, np.ndarray]) -> None:
    images, labels = data.digits()
    known = {(image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True)}
    held_out = stored["images"] / 16
    assert held_out.shape == (200, 8, 8)
    assert all((image.tobytes(), int(label)) in known for image, label in zip(held_out, stored["labels"], strict=True))


def test_both_networks_are_equally_large_and_equally_good(stored: dict[str, np.ndarray]) -> None:
    names = "w1", "b1", "w2", "b2"
    w1, b1, w2, b2 = (stored[name].astype(float) for name in names)
    d1, e1, d2, e2 = (stored["dense_" + name].astype(float) for name in names)
    assert sum(w.size for w in (w1, b1, w2, b2)) == 1030
    assert sum(w.size for w in (d1, e1, d2, e2)) == 1060
    x = stored["images"] / 16
    maps = max_pool2d(np.maximum(conv2d(x[:, None], w1.transpose(3, 2, 0, 1), b1, padding=1), 0), 2)
    convolutional = maps.transpose(0, 2, 3, 1).reshape(200, -1) @ w2.T + b2
    dense = np.maximum(x.reshape(200, -1) @ d1.T + e1, 0) @ d2.T + e2
    right = [int(np.sum(scores.argmax(axis=1) == stored["labels"])) for scores in (convolutional, dense)]
    assert right == [195, 194]
