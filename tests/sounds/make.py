"""Makes the files of this folder: half a second of two tones, stereo, 22.05 kHz, in the lossless and the lossy formats.

make.py (Debian: flac, lame, vorbis-tools). Left: 440 Hz at a half of full scale; right: 1000 Hz at a quarter.
"""

import subprocess
import wave
from pathlib import Path

import numpy as np

RATE_HZ, N_SAMPLES = 22050, 11025
here = Path(__file__).parent
n = np.arange(N_SAMPLES)
left = 0.5 * np.sin(2 * np.pi * 440 * n / RATE_HZ)
right = 0.25 * np.sin(2 * np.pi * 1000 * n / RATE_HZ)
with wave.open(str(here / "tones.wav"), "wb") as file:
    file.setnchannels(2)
    file.setsampwidth(2)
    file.setframerate(RATE_HZ)
    file.writeframes(np.round(32768 * np.stack([left, right], axis=1)).astype("<i2").tobytes())
for command in (
    "flac --silent --force -o tones.flac tones.wav",
    "lame --quiet -b 128 tones.wav tones.mp3",
    "oggenc --quiet -q 4 -s 1 -o tones.ogg tones.wav",
):
    subprocess.run(command.split(), cwd=here, check=True)
