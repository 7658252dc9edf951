"""Sends a stream over LSL with pylsl: the peer of tests/live/run.rs.

send.py SOURCE_ID N_CHANNELS RATE_HZ FORMAT SECONDS [UNIT] [PAUSE_AT PAUSE_SECS]

The source id "-" leaves it to pylsl, which makes a new one at each start. PAUSE_SECS from PAUSE_AT on nothing is sent; what was due comes afterwards.

Channel 0 carries the sample number (modulo 30000), channel 1 a sine of 10 uV (peak) at 54 Hz, the others independent noise of 5 uV rms.
Stamps are exact. Prints "ready" once the outlet is there.
"""

import sys
import time

import numpy as np
import pylsl

source_id, n_channels, rate_hz, fmt, secs = sys.argv[1:6]
unit = sys.argv[6] if len(sys.argv) > 6 else "microvolts"
pause_at, pause_secs = (float(arg) for arg in sys.argv[7:9]) if len(sys.argv) > 8 else (0, 0)
n_channels, rate_hz, secs = int(n_channels), float(rate_hz), float(secs)

named = {} if source_id == "-" else {"source_id": source_id}
info = pylsl.StreamInfo("Send " + source_id, "EEG", n_channels, rate_hz, fmt, **named)
channels = info.desc().append_child("channels")
for number in range(n_channels):
    channel = channels.append_child("channel")
    channel.append_child_value("label", f"E{number}")
    channel.append_child_value("unit", unit)
    channel.append_child_value("type", "EEG")
outlet = pylsl.StreamOutlet(info)
print("ready", flush=True)

if rate_hz == 0 or fmt == "string":
    time.sleep(secs)
    sys.exit(0)

noise = np.random.default_rng(1)
dtype = {"float32": np.float32, "double64": np.float64, "int16": np.int16}[fmt]
start = pylsl.local_clock()
sent = 0
while (elapsed := pylsl.local_clock() - start) < secs:
    due = int(elapsed * rate_hz)
    if due > sent and not pause_at <= elapsed < pause_at + pause_secs:
        number = np.arange(sent, due)
        chunk = noise.normal(0.0, 5.0, (due - sent, n_channels))
        chunk[:, 0] = number % 30000
        if n_channels > 1:
            chunk[:, 1] = 10 * np.sin(2 * np.pi * 54 * number / rate_hz)
        outlet.push_chunk(np.ascontiguousarray(np.round(chunk) if fmt == "int16" else chunk, dtype=dtype), start + (due - 1) / rate_hz)
        sent = due
    time.sleep(0.02)
