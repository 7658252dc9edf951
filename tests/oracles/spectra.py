"""Welch spectra by SciPy and MNE.

Conventions: SciPy's and ours are the same (periodic tapers, one-sided density). MNE's psd_array_welch is SciPy's with the mean of
each segment removed, so it is compared where the detrending is constant. scipy.signal.csd(x, y) is mean(conj(X) Y), as ours.
"""

import mne
import numpy as np
from scipy import signal

from closeness import agree, case, complexes

case = case()
x = np.array(case["channels"])
fs, n, hop = case["sample_rate_hz"], case["len"], case["hop"]
window = signal.get_window(case["taper"], n)
detrend = {"none": False}.get(case["detrend"], case["detrend"])
how = dict(fs=fs, window=window, nperseg=n, noverlap=n - hop, detrend=detrend)
label = f"{case['taper']}, {case['detrend']}, {n}/{hop}"

agree(f"taper ({label})", case["weights"], window, floor=1e-15)
psd = signal.welch(x, **how)[1]
agree(f"psd by scipy.signal.welch ({label})", case["psd"], psd)
if case["detrend"] == "constant":
    kind = case["taper"]
    by_mne = mne.time_frequency.psd_array_welch(
        x, fs, n_fft=n, n_overlap=n - hop, n_per_seg=n, window=kind, verbose="error"
    )[0]
    agree(f"psd by mne psd_array_welch ({label})", case["psd"], by_mne)

pairs = [(a, b) for a in range(len(x)) for b in range(a + 1, len(x))]
csd = [signal.csd(x[a], x[b], **how)[1] for a, b in pairs]
agree(f"csd by scipy.signal.csd ({label})", complexes(case["csd"]), csd)
msc = [signal.coherence(x[a], x[b], **how)[1] for a, b in pairs]
# where the mean was removed an untapered 0 Hz holds rounding noise only: its coherence means nothing
first = 1 if case["taper"] == "boxcar" and detrend else 0
agree(f"msc by scipy.signal.coherence ({label})", np.array(case["msc"])[:, first:], np.array(msc)[:, first:], floor=1e-12)

amplitude = np.sqrt(2 * signal.welch(x, scaling="spectrum", **how)[1])
paired = slice(1, (n + 1) // 2)
agree(f"amplitude by scipy.signal.welch ({label})", np.array(case["amplitude"])[:, paired], amplitude[:, paired])

segments = signal.spectrogram(x[0], **how)[2].T
agree(f"segments by scipy.signal.spectrogram ({label})", case["segments"], segments)
weights = (1 - case["a"]) ** np.arange(len(segments))[::-1]
agree(f"forgetting ({label})", case["forgetting"], weights @ segments / weights.sum())
