"""What problem set 11 says of its data file is so."""

from collections.abc import Callable
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


@pytest.fixture(scope="module")
def networks(stored: dict[str, np.ndarray]) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The pooled maps (B, O, 4, 4) of the convolutional network, its scores and those of the dense one."""
    w1, b1, w2, b2 = (stored[name].astype(float) for name in ("w1", "b1", "w2", "b2"))
    d1, e1, d2, e2 = (stored["dense_" + name].astype(float) for name in ("w1", "b1", "w2", "b2"))

    def pooled(x: np.ndarray) -> np.ndarray:
        return max_pool2d(np.maximum(conv2d(x[:, None], w1.transpose(3, 2, 0, 1), b1, padding=1), 0), 2)

    return {
        "pooled": pooled,
        "convolutional": lambda x: pooled(x).transpose(0, 2, 3, 1).reshape(len(x), -1) @ w2.T + b2,
        "dense": lambda x: np.maximum(x.reshape(len(x), -1) @ d1.T + e1, 0) @ d2.T + e2,
    }


def moved_right(images: np.ndarray, n: int) -> np.ndarray:
    out = np.zeros_like(images)
    out[..., n:] = images[..., : images.shape[-1] - n]
    return out


def test_both_networks_are_equally_large_and_equally_good(
    stored: dict[str, np.ndarray], networks: dict[str, Callable[[np.ndarray], np.ndarray]]
) -> None:
    names = "w1", "b1", "w2", "b2"
    assert sum(stored[name].size for name in names) == 1030
    assert sum(stored["dense_" + name].size for name in names) == 1060
    x = stored["images"] / 16
    right = [int(np.sum(networks[k](x).argmax(axis=1) == stored["labels"])) for k in ("convolutional", "dense")]
    assert right == [195, 194]


def test_what_the_rubric_says_of_shifts(
    stored: dict[str, np.ndarray], networks: dict[str, Callable[[np.ndarray], np.ndarray]]
) -> None:
    x = stored["images"] / 16
    kept = {
        name: [np.mean(networks[name](moved_right(x, n)).argmax(1) == networks[name](x).argmax(1)) for n in (1, 2)]
        for name in ("dense", "convolutional")
    }
    assert kept["dense"] == pytest.approx([0.48, 0.205])
    assert kept["convolutional"] == pytest.approx([0.595, 0.16])
    pooled, one, two = (networks["pooled"](moved_right(x, n)) for n in (0, 1, 2))
    inside = np.s_[..., 1:-1]
    assert np.array_equal(two[inside], moved_right(pooled, 1)[inside])  # two columns are one place
    # One column is half a window: no shift of the pooled maps, but nearer to them than two columns are.
    assert not np.allclose(one[inside], pooled[inside])
    assert not np.allclose(one[inside], moved_right(pooled, 1)[inside])
    assert np.linalg.norm(one - pooled) < np.linalg.norm(two - pooled)
    lost = 1 - moved_right(x, 2).sum() / x.sum()
    assert 0.06 < lost < 0.075
