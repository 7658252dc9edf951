"""Runs the tests of tests/faults.toml, the long ones included, and writes docs/reliability.md of what they saw.

reliability.py run|write

`run` leaves what cargo printed in target/faults/*.log and what tests saw in target/faults/*.json, then writes; `write` writes of what is there. Fails where a test fails.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEEN = ROOT / "target/faults"
ROWS = tomllib.loads((ROOT / "tests/faults.toml").read_text())["fault"]
RESULT = re.compile(r"^test (\S+) \.\.\. (ok|FAILED|ignored)", re.MULTILINE)


def programs():
    """Names of tests by program, and how cargo is told to run it."""
    found = {}
    for row in ROWS:
        for test in row["tests"]:
            program, name = test.split(" ", 1)
            if program == "lsl-sys":
                program, name = f"lsl-sys {name.split('::')[0]}", name.split("::", 1)[1]
            found.setdefault(program, set()).add(name)
    return found


def options(program):
    if program == "lib":
        return ["--lib"]
    if program.startswith("lsl-sys "):
        return ["--package", "lsl-sys", "--test", program.split(" ")[1]]
    return ["--test", program]


def log(program):
    return SEEN / f"{program.replace(' ', '-')}.log"


def run():
    SEEN.mkdir(parents=True, exist_ok=True)
    for old in SEEN.iterdir():
        old.unlink()
    for program, names in programs().items():
        command = ["cargo", "test", "--locked", "--no-fail-fast", *options(program), "--", "--exact", "--include-ignored", *sorted(names)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        log(program).write_text(done.stdout)


def results():
    """Whether each test passed."""
    found = {}
    for program in programs():
        if log(program).exists():
            for name, result in RESULT.findall(log(program).read_text()):
                prefix = f"{program}::" if program.startswith("lsl-sys ") else f"{program} "
                found[prefix + name] = result
    return found


def observed(row, result):
    if not row["tests"]:
        return f"later, with {row['later']}"
    states = [result.get(test, "not run") for test in row["tests"]]
    seen = SEEN / f"{row['id']}.json"
    words = json.loads(seen.read_text())["seen"] if seen.exists() else []
    words = re.sub(r"Some\(([^)]*)\)", r"\1", "; ".join(word.strip() for word in words if word.strip()))
    if all(state == "ok" for state in states):
        return words or "as expected"
    worst = "**not run**" if "FAILED" not in states else "**fails**"
    return f"{worst}: {words}" if words else worst


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def write():
    result = results()
    lines = [
        "# What efrscope does when things go wrong",
        "",
        "Written by `make faults` from tests/faults.toml and from what the tests saw on this machine; numbered faults are those that LSL is known for, the others are",
        "what laboratories sent. Fast tests are run by `make test` too; long ones, marked *, by `make faults` alone.",
        "",
        "| fault | expected | observed | test |",
        "|---|---|---|---|",
    ]
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.rs"))
    for row in ROWS:
        names = []
        for test in row["tests"]:
            function = test.split("::")[-1]
            is_long = re.search(r'#\[ignore = "[^"]*"\]\s*fn ' + function + r"\b", sources)
            names.append(f"`{test}`" + (" *" if is_long else ""))
        cells = [row["fault"], row["expected"], observed(row, result), "<br>".join(names)]
        lines.append("| " + " | ".join(cell(text) for text in cells) + " |")
    (ROOT / "docs/reliability.md").write_text("\n".join(lines) + "\n")
    failed = sorted(test for test, state in result.items() if state == "FAILED")
    for test in failed:
        print(f"fails: {test}")
    return 1 if failed else 0


if sys.argv[1] == "run":
    run()
sys.exit(write())
