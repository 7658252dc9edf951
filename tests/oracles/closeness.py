"""What the oracles share: reading a case, and saying which measure differs by how much."""

import json
import sys

import numpy as np


def case():
    """The case Rust sent, its arrays as they are."""
    return json.load(sys.stdin)


def complexes(pairs):
    """Complex numbers from [[re, im], ...] of any depth."""
    pairs = np.asarray(pairs, float)
    return pairs[..., 0] + 1j * pairs[..., 1]


def agree(name, actual, expected, rel=1e-9, floor=1e-15):
    """Stop with the measure's name unless |actual - expected| <= rel |expected| + floor max|expected| everywhere."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape:
        sys.exit(f"{name}: shape {actual.shape}, expected {expected.shape}")
    if not np.all(np.isfinite(actual)):
        sys.exit(f"{name}: not finite at {np.argwhere(~np.isfinite(actual))[0]}")
    allowed = rel * np.abs(expected) + floor * np.abs(expected).max(initial=0)
    excess = np.abs(actual - expected) - allowed
    if excess.max(initial=-1) > 0:
        worst = np.unravel_index(excess.argmax(), excess.shape)
        sys.exit(f"{name}: {actual[worst]!r} at {worst}, expected {expected[worst]!r}")
