"""The ready-made stimuli through SciPy alone: Hilbert envelope, Welch PSD, planted bands over both flanks, the modulated tones' depth."""
import json
import sys

import numpy as np
from scipy import signal
from scipy.io import wavfile

case = json.load(sys.stdin)
for stimulus in case["stimuli"]:
    name = stimulus["kind"]
    rate, x = wavfile.read(stimulus["path"])
    assert x.dtype == np.int16 and x.ndim == 1 and np.max(np.abs(x.astype(int))) < 32767, name
    # the sound is periodic, and so is its analytic signal
    envelope = np.abs(signal.hilbert(x / 32768))
    spectrum = np.abs(np.fft.rfft(envelope)) / len(envelope)
    hz, psd = signal.welch(np.tile(envelope, 3), rate, nperseg=2 * rate)
    for lo, hi in stimulus["planted_hz"]:
        if lo == hi:
            line = round(lo * len(x) / rate)
            depth = 2 * spectrum[line] / spectrum[0]
            rest = np.delete(spectrum[1:], line - 1)
            print(f"{name}: depth {depth:.5f}, the rest {20 * np.log10(rest.max() / spectrum[line]):.0f} dB")
            assert abs(depth - stimulus["depth"]) < 1e-3, f"{name}: depth {depth}"
            assert rest.max() < 1e-3 * spectrum[line], f"{name}: the line is not alone"
            continue
        band = psd[(hz >= lo) & (hz <= hi)].mean()
        flanks = np.concatenate([psd[(hz >= lo - 5) & (hz <= lo - 1)], psd[(hz >= hi + 1) & (hz <= hi + 5)]])
        db = 10 * np.log10(band) - np.mean(10 * np.log10(flanks))
        ours = stimulus["db"][str(int(lo))]
        print(f"{name}, {lo}-{hi} Hz: {db:.1f} dB over its flanks, by efrscope {ours:.1f} dB")
        assert abs(db - ours) < 2.5, f"{name}, {lo}-{hi} Hz: {db:.1f} dB, not {ours:.1f}"
