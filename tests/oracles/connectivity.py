"""Connectivity by mne-connectivity, partial coherence by the inverse of the spectral matrix.

Conventions: mne-connectivity removes the mean of each epoch, as we do here. Its mode 'fourier' tapers with the *symmetric* np.hanning: the case
comes with that taper in place of our periodic one. Its 'multitaper' takes tapers one sample longer and drops the last: the case comes
with periodic prolate tapers. Its phase measures average the tapers within an epoch first, as ours do. Its indices (a, b) mean S = A conj(B).
"""

import warnings

import mne_connectivity
import numpy as np

from closeness import agree, case, complexes

case = case()
x = np.array(case["epochs"])
fs, mode = case["sample_rate_hz"], case["mode"]
pairs = np.array(case["pairs"])
methods = ["cohy", "coh", "imcoh", "plv", "ciplv", "ppc", "pli", "pli2_unbiased", "dpli", "wpli", "wpli2_debiased"]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of bins below five cycles, which are compared all the same
    found = mne_connectivity.spectral_connectivity_epochs(
        x, method=methods, mode=mode, sfreq=fs, fmin=0, fmax=np.inf,
        indices=(pairs[:, 0], pairs[:, 1]), mt_bandwidth=case.get("bandwidth_hz"), verbose="error",
    )
# 0 Hz holds what rounding leaves of the mean, and both ends have no imaginary part: neither has a phase
inside = slice(1, (x.shape[2] + 1) // 2)
for method, expected in zip(methods, found):
    actual = complexes(case[method]) if method == "cohy" else np.array(case[method])
    agree(f"{method} by mne-connectivity ({mode})", actual[:, inside], expected.get_data()[:, inside], floor=1e-12)

if "partial" in case:
    z = complexes(case["spectra"])
    s = np.einsum("etaf,etbf->fab", z.conj(), z) / len(z)
    inverse = np.linalg.inv(s[inside])
    d = np.sqrt(np.einsum("faa->fa", inverse).real)
    expected = -inverse[:, 0, 1] / (d[:, 0] * d[:, 1])
    # the inverse has the conjugate's place: element (0, 1) belongs to conj(A) B
    agree(f"partial coherency by the inverse matrix ({mode})", complexes(case["partial"])[inside], expected, floor=1e-9)
