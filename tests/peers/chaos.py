"""A sender that does to its stream what senders do, drawn from a seed: the peer of tests/live/chaos.rs.

chaos.py KIND SEED CALM_AT

KIND is eeg (250 Hz, 4 channels) or stimulus (500 Hz, 1 channel). Channel 0 holds the number of the sample, which goes on over lost ones. CALM_AT is the LSL time from which
nothing happens any more. Faults are a few seconds apart, so that each can be told: numbers left out (lost), a burst after a stall, stamps that are no times, values that
are no numbers, a true rate 2 % off the nominal one from start to end, its own death. Prints "ready", then a line each second in which it sent, and one for each fault.
"""

import os
import signal
import sys
import time

import numpy as np
import pylsl

kind, seed, calm_secs = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
rate_hz, n_channels, stype = {"eeg": (250, 4, "EEG"), "stimulus": (500, 1, "StimulusEnvelope")}[kind]
random = np.random.default_rng(seed)

info = pylsl.StreamInfo(f"chaos-{kind}", stype, n_channels, rate_hz, "double64", f"chaos-{kind}")
channels = info.desc().append_child("channels")
for number in range(n_channels):
    channel = channels.append_child("channel")
    channel.append_child_value("label", f"E{number}")
    channel.append_child_value("unit", "microvolts")
    channel.append_child_value("type", stype)
outlet = pylsl.StreamOutlet(info)
print("ready", flush=True)

true_hz = rate_hz * (1 if random.random() < 0.7 else random.choice([0.98, 1.02]))
begin = pylsl.local_clock()
# the numbers go on over a restart as if the device had never been away
first = round(begin * rate_hz)
NONSENSE = [float("nan"), float("inf"), -1.0, 1e300, 1e-320, -5e9]


def wait_until(secs):
    time.sleep(max(0.0, secs - pylsl.local_clock()))


def push(sent, n, stamps=None, values=None):
    chunk = 10 * random.standard_normal((n, n_channels))
    if values is not None:
        chunk[:] = values
    chunk[:, 0] = first + np.arange(sent, sent + n)
    if stamps is None:
        outlet.push_chunk(chunk, begin + (sent + n - 1) / true_hz)
    else:
        for row in chunk.tolist():
            outlet.push_sample(row, stamps)


def send(sent, secs, **odd):
    """Send for so long; returns the number of the next sample."""
    end = sent + round(secs * true_hz)
    while sent < end:
        n = min(round(rate_hz / 50), end - sent)
        wait_until(begin + (sent + n) / true_hz)
        push(sent, n, **odd)
        if sent // rate_hz != (sent + n) // rate_hz:
            print("sent", pylsl.local_clock(), flush=True)
        sent += n
    return sent


sent = send(0, 4)
while pylsl.local_clock() < calm_secs:
    fault = random.choice(["lose", "stall", "stamps", "values", "die"], p=[0.35, 0.2, 0.15, 0.15, 0.15])
    print("fault", pylsl.local_clock(), fault, flush=True)
    if fault == "lose":
        sent += int(random.integers(rate_hz // 10, 3 * rate_hz))
        wait_until(begin + sent / true_hz)
    elif fault == "stall":
        secs = random.uniform(0.5, 3)
        time.sleep(secs)
    elif fault == "stamps":
        sent = send(sent, random.uniform(0.1, 0.4), stamps=random.choice(NONSENSE))
    elif fault == "values":
        sent = send(sent, random.uniform(0.1, 2), values=random.choice([float("nan"), float("inf"), 1e30, 0.0]))
    else:
        os.kill(os.getpid(), signal.SIGKILL)
    sent = send(sent, random.uniform(3.5, 6))
send(sent, 3600)
