"""Writes the array `sweep` of a MATLAB 7.3 file (HDF5) to stdout as little-endian float64, channel after channel."""

import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "r") as file:
    sys.stdout.buffer.write(np.asarray(file["sweep"], "<f8").tobytes())
