"""Plays a recording over LSL with mne-lsl's PlayerLSL: play.py FILE SOURCE_ID.

Ten seconds of nothing go before it, so that a monitor can join, and five after it. Prints the stamp at which the recording itself
begins, then "ready"; ends when killed.
"""

import sys
import time

import mne
import numpy as np
from mne_lsl.lsl import local_clock
from mne_lsl.player import PlayerLSL

BEFORE_SECS, AFTER_SECS = 10, 5

path, source_id = sys.argv[1:3]
recording = mne.io.read_raw_edf(path, preload=True, verbose="error").set_annotations(None)
recording.crop(tmax=9599 / recording.info["sfreq"])


def nothing(secs):
    return mne.io.RawArray(np.zeros((len(recording.ch_names), int(secs * recording.info["sfreq"]))), recording.info, verbose="error")


raw = mne.concatenate_raws([nothing(BEFORE_SECS), recording, nothing(AFTER_SECS)], verbose="error")
raw.set_annotations(None)
player = PlayerLSL(raw, chunk_size=16, n_repeat=1, name=source_id, source_id=source_id, annotations=False)
begins = local_clock() + BEFORE_SECS
player.start()
print(begins, flush=True)
print("ready", flush=True)
time.sleep(600)
