"""The paper's chain, from audio and raw EEG to TASR, CSD, rho, phase and peaks, with SciPy."""
import json
import sys

import numpy as np
from scipy import signal

from near import near

case = json.load(sys.stdin)
fs_audio, fs, n = case["audio_rate"], case["rate"], len(case["eeg"][0])

wide = signal.firwin(7277, [1, 1000], fs=fs_audio, pass_zero=False, window="hamming")
low = signal.firwin(3639, 100, fs=fs_audio, window="hamming")
audio = np.array(case["audio"])
envelope = signal.filtfilt(low, 1.0, np.abs(signal.hilbert(signal.filtfilt(wide, 1.0, audio))))
envelope /= envelope.max()
envelope = np.interp(np.arange(n) / fs, np.arange(len(audio)) / fs_audio, envelope)
near("envelope", case["envelope"], envelope)

clean = []
b_notch, a_notch = signal.iirnotch(50, 30, fs)
b, a = signal.butter(5, [1, 95], "band", fs=fs)
for raw, ours in zip(case["eeg"], case["clean"]):
    clean.append(signal.filtfilt(b, a, signal.filtfilt(b_notch, a_notch, raw)))
    near("EEG chain", ours, clean[-1])


def stft(x):
    return signal.stft(x, fs, nperseg=200, noverlap=100)[2]


# from here on the inputs are efrscope's own, so that a division by almost nothing does not blow the chain's rounding up
X = stft(np.array(case["envelope"]))
Y = [stft(np.array(y)) for y in case["clean"]]
H = [y / X for y in Y]
for ours, h, y in zip(case["channels"], H, Y):
    tasr = np.mean(np.abs(h), axis=1)
    near("TASR", ours["tasr"], tasr)
    near("phase", ours["phase"], np.mean(np.angle(y) - np.angle(X), axis=1))
    curve = np.log10(tasr)
    found = signal.find_peaks(curve, height=0.5 * curve.max(), distance=10)[0]
    assert list(found) == ours["peaks"], f"peaks: {list(found)} is not {ours['peaks']}"
cross = np.abs(np.sum(H[0] * np.conj(H[1]), axis=1))
near("CSD", case["csd"], cross)
rho = cross / np.sqrt(np.sum(np.abs(H[0]) ** 2, axis=1) * np.sum(np.abs(H[1]) ** 2, axis=1))
near("rho", case["rho"], rho)
found = signal.find_peaks(rho, height=0.4 * rho.max(), distance=10)[0]
assert list(found) == case["rho_peaks"], f"peaks of rho: {list(found)} is not {case['rho_peaks']}"
