"""Prints the description of a stream as JSON, one level of names and values below each of its elements: describe.py SOURCE_ID"""

import json
import sys
import xml.etree.ElementTree as ElementTree

import pylsl

(found,) = pylsl.resolve_byprop("source_id", sys.argv[1], timeout=20)
info = pylsl.StreamInlet(found, recover=False).info(timeout=5)
desc = ElementTree.fromstring(info.as_xml()).find("desc")
print(json.dumps({
    "name": info.name(),
    "type": info.type(),
    "n_channels": info.channel_count(),
    "rate_hz": info.nominal_srate(),
    "desc": {element.tag: {e.tag: e.text for e in element} for element in desc},
    "files": [{e.tag: e.text for e in file} for file in desc.findall("playback/files/file")],
    "units": [e.text for e in desc.findall("channels/channel/unit")],
}))
