"""Plays a recording over LSL with mne-lsl's PlayerLSL: play.py FILE SOURCE_ID BEFORE_SECS SECS.

Plays its first SECS. BEFORE_SECS of a sine of 10 Hz and 5 uV go before it, so that a monitor can join (what is flat would be set aside), and five after it. Prints the stamp at which the recording itself
begins, then "ready"; ends when killed.
"""

import sys
import time

import mne
import numpy as np
from mne_lsl.lsl import local_clock
from mne_lsl.player import PlayerLSL

AFTER_SECS = 5

path, source_id = sys.argv[1:3]
before_secs, secs = int(sys.argv[3]), int(sys.argv[4])
recording = mne.io.read_raw_edf(path, preload=True, verbose="error").set_annotations(None)
recording.crop(tmax=(secs * recording.info["sfreq"] - 1) / recording.info["sfreq"])


def sine(start_secs, n_secs):
    rate_hz = recording.info["sfreq"]
    numbers = round(start_secs * rate_hz) + np.arange(round(n_secs * rate_hz))
    values = 5e-6 * np.sin(2 * np.pi * 10 * numbers / rate_hz)
    return mne.io.RawArray(np.tile(values, (len(recording.ch_names), 1)), recording.info, verbose="error")


raw = mne.concatenate_raws([sine(-before_secs, before_secs), recording, sine(secs, AFTER_SECS)], verbose="error")
raw.set_annotations(None)
player = PlayerLSL(raw, chunk_size=16, n_repeat=1, name=source_id, source_id=source_id, annotations=False)
begins = local_clock() + before_secs
player.start()
print(begins, flush=True)
print("ready", flush=True)
time.sleep(600)
