"""Prolate tapers by SciPy, multitaper spectra by MNE.

MNE (since 1.3) takes tapers one sample longer and drops the last, without making their norm 1 again; its PSD then reads low by the
energy dropped. Ours divides by the tapers' energy: MNE's is multiplied by sum(l) / sum(l sum(w^2)) to compare.
"""

import mne
import numpy as np
from scipy.signal import windows

from closeness import agree, case

case = case()
n, nw, n_tapers = case["len"], case["nw"], case["n_tapers"]
for form, sym in (("symmetric", True), ("periodic", False)):
    tapers, ratios = windows.dpss(n, nw, n_tapers, sym=sym, norm=2, return_ratios=True)
    agree(f"dpss, {form}, {n}, {nw}", case[form]["sequences"], tapers, floor=1e-9)
    agree(f"dpss concentrations, {form}, {n}, {nw}", case[form]["concentrations"], ratios)

x, fs = np.array(case["channels"]), case["sample_rate_hz"]
kept = ratios > 0.9
by_mne = mne.time_frequency.psd_array_multitaper(
    x, fs, bandwidth=2 * nw * fs / n, low_bias=True, normalization="full", verbose="error"
)[0]
energy = (tapers[kept] ** 2).sum(1)
by_mne *= ratios[kept].sum() / (ratios[kept] @ energy)
agree(f"psd by mne psd_array_multitaper, {n}, {nw}", case["psd"], by_mne)
