# What a person types. Every target sets up what it needs; nothing outside this folder is changed but Debian packages, and those only as root.

VENV := .venv
PYTHON := $(VENV)/bin/python
export EFRSCOPE_PYTHON := $(CURDIR)/$(PYTHON)

.PHONY: demo run-demo test test-sound fmt clippy doc venv graphics clean bench calibrate

demo: $(VENV)/.live graphics ## the dashboard on simulated streams
	cargo build --release --locked
	./target/release/efrscope demo

$(VENV)/.live: tools/requirements-live.txt
	tools/venv.sh $(VENV) tools/requirements-live.txt
	touch $@

$(VENV)/.oracles: tools/requirements.txt $(VENV)/.live
	tools/venv.sh $(VENV) tools/requirements.txt
	touch $@

graphics:
	@tools/graphics.sh

venv: $(VENV)/.oracles

test: fmt clippy doc venv ## everything that CI runs
	cargo test --locked --no-default-features --lib --test architecture --test realtime
	cargo test --locked --no-default-features --test engine -- chunking:: json::
	cargo test --locked --workspace
	@echo "make test: all passed"

test-sound: $(VENV)/.oracles ## the player through ALSA's null and file devices; needs ALSA's headers
	@tools/alsa.sh
	cargo test --locked --features sound --test live -- sound_devices:: play::

calibrate: $(VENV)/.oracles ## 10 000 runs of every detector, thousands of sessions; writes docs/calibration.md
	rm -rf target/calibration
	EFRSCOPE_RUNS=$${EFRSCOPE_RUNS:-10000} EFRSCOPE_CALIBRATION_DIR=$(CURDIR)/target/calibration \
		nice cargo test --release --locked --no-default-features --test calibration -- --nocapture --test-threads 2
	$(PYTHON) tools/calibration.py target/calibration docs $${EFRSCOPE_RUNS:-10000}

fmt:
	cargo fmt --all --check

clippy:
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --workspace --no-deps

clean:
	cargo clean
	rm -rf $(VENV)
