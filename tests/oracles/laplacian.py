"""The surface Laplacian by MNE: compute_current_source_density of the unit potentials."""

import mne
import numpy as np

from closeness import agree, case

case = case()
positions = np.array(case["positions_m"])
names = [f"E{i}" for i in range(len(positions))]
montage = mne.channels.make_dig_montage(dict(zip(names, positions)), coord_frame="head")
info = mne.create_info(names, 100.0, "eeg")
raw = mne.io.RawArray(np.eye(len(names)), info, verbose="error").set_montage(montage)
# MNE keeps electrode positions in float32: the case's are such to begin with
kept = np.array([ch["loc"][:3] for ch in raw.info["chs"]])
agree("positions", positions, kept)
expected = mne.preprocessing.compute_current_source_density(
    raw, sphere=tuple(case["sphere"]), lambda2=case["lambda2"], stiffness=case["stiffness"],
    n_legendre_terms=case["n_legendre_terms"], verbose="error",
).get_data()
actual = np.array(case["weights"]).reshape(expected.shape)
agree(f"laplacian by mne, {len(names)} electrodes", actual, expected, floor=1e-9)
