"""How near two arrays have to be, for every oracle."""
import numpy as np


def near(name, ours, theirs, tolerance=1e-9):
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    assert ours.shape == theirs.shape, f"{name}: {ours.shape} is not {theirs.shape}"
    worst = np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs))
    assert worst < tolerance, f"{name}: off by {worst:.3e} of its greatest value"
