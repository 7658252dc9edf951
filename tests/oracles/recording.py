"""Prints the first samples of some channels of an EDF file as JSON, in microvolts: path, samples, channels."""

import json
import sys

import mne

path, n_samples, *channels = sys.argv[1:]
raw = mne.io.read_raw_edf(path, verbose="error")
volts = raw.get_data(picks=channels)[:, : int(n_samples)]
order = [raw.copy().pick(channels).ch_names.index(channel) for channel in channels]
json.dump((volts[order] * 1e6).tolist(), sys.stdout)
