"""Sends a stream some of whose channels send no numbers: the peer of tests/live/bad_channels.rs.

bad_channels.py SECONDS

Four channels of a 10 Hz tone of 10 uV rms in white noise of 0.5 uV; the last sends no numbers at all, the one before none for a second in ten. Prints "ready" once the
outlet is there.
"""

import sys
import time

import numpy as np
import pylsl

secs = float(sys.argv[1])
rate, chunk = 512, 16
info = pylsl.StreamInfo("Bad", "EEG", 4, rate, "float32", "bad-channels")
channels = info.desc().append_child("channels")
for label in ["raw", "AF7", "AF8", "delta"]:
    channel = channels.append_child("channel")
    channel.append_child_value("label", label)
    channel.append_child_value("unit", "microvolts")
    channel.append_child_value("type", "EEG")
outlet = pylsl.StreamOutlet(info)
print("ready", flush=True)

draw = np.random.default_rng(1)
start, n = pylsl.local_clock(), 0
while n < secs * rate:
    wait = start + (n + chunk) / rate - pylsl.local_clock()
    if wait > 0:
        time.sleep(wait)
    t = (n + np.arange(chunk)) / rate
    values = np.sqrt(200) * np.sin(2 * np.pi * 10 * t)[:, None] + 0.5 * draw.standard_normal((chunk, 4))
    values[:, 3] = np.nan
    values[t % 10 >= 9, 2] = np.nan
    outlet.push_chunk(values.tolist(), start + (n + chunk - 1) / rate)
    n += chunk
