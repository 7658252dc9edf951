"""Filter designs, zero-phase filtering, envelopes and STFT against SciPy."""
import json
import sys

import numpy as np
from scipy import signal

from near import near

case = json.load(sys.stdin)
fs, x = case["fs"], np.array(case["signal"])

for design in case["high_pass"]:
    sos = signal.butter(design["order"], design["hz"], "highpass", fs=fs, output="sos")
    zi = signal.sosfilt_zi(sos) * x[0]
    near(f"high-pass {design}", design["filtered"], signal.sosfilt(sos, x, zi=zi)[0])

notch = case["notch"]
b, a = signal.iirnotch(notch["hz"], notch["quality"], fs)
near("iirnotch b", notch["b"], b, 1e-14)
near("iirnotch a", notch["a"], a, 1e-14)
near("filtfilt of the notch", notch["filtfilt"], signal.filtfilt(b, a, x))

band = case["band_pass"]
b, a = signal.butter(5, [1, 95], "band", fs=fs)
near("butter b", band["b"], b, 1e-12)
near("butter a", band["a"], a, 1e-12)
# the sum of a is 7e-7, its terms are up to 7.5: seven of sixteen digits are lost in either program, and show on an offset
near("lfilter_zi", band["steady"], signal.lfilter_zi(b, a), 1e-7)
near("filtfilt of the band-pass", band["filtfilt"], signal.filtfilt(b, a, x), 1e-8)

for fir in case["fir"]:
    if fir["lo_hz"] == 0:
        taps = signal.firwin(fir["n_taps"], fir["hi_hz"], fs=fs, window="hamming")
    else:
        taps = signal.firwin(fir["n_taps"], [fir["lo_hz"], fir["hi_hz"]], fs=fs, pass_zero=False, window="hamming")
    near("firwin", fir["taps"], taps, 1e-12)
    near("filtfilt of the FIR", fir["filtfilt"], signal.filtfilt(taps, 1.0, x))

near("envelope", case["envelope"], np.abs(signal.hilbert(x)))

for stft in case["stft"]:
    n = stft["n_samples"]
    _, _, z = signal.stft(x[:n], fs, nperseg=stft["len"], noverlap=stft["len"] - stft["hop"])
    near("stft, real part", stft["re"], z.T.real.ravel())
    near("stft, imaginary part", stft["im"], z.T.imag.ravel())

for peaks in case["peaks"]:
    curve = np.array(peaks["curve"])
    found = signal.find_peaks(curve, height=peaks["height"], distance=peaks["distance"])[0]
    assert list(found) == peaks["found"], f"find_peaks: {list(found)} is not {peaks['found']}"
    counts, edges = np.histogram(peaks["found"], bins=50)
    assert list(counts) == peaks["counts"], f"histogram: {list(counts)} is not {peaks['counts']}"
    near("histogram edges", peaks["edges"], edges, 1e-14)
