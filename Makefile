# What a person types. Every target sets up what it needs; nothing outside this folder is changed but Debian packages, and those only as root.

VENV := .venv
PYTHON := $(VENV)/bin/python
export EFRSCOPE_PYTHON := $(CURDIR)/$(PYTHON)

.PHONY: demo run-demo test test-sound fmt clippy doc venv graphics clean bench calibrate faults timeline chaos soak fuzz

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

faults: $(VENV)/.oracles ## every fault of tests/faults.toml, the long tests included; writes docs/reliability.md
	nice $(PYTHON) tools/reliability.py run

timeline: ## the time line against 320 drawn senders and 180 corners; writes docs/timeline.md
	EFRSCOPE_TIMELINE_FILE=$(CURDIR)/docs/timeline.md \
		cargo test --release --locked --no-default-features --test engine -- --ignored --exact timelines::drawn_senders_and_every_corner

chaos: $(VENV)/.live ## two streams to which everything happens, for EFRSCOPE_CHAOS_SECS (600) from EFRSCOPE_CHAOS_SEED (2)
	cargo test --locked --test live -- --exact --ignored --nocapture chaos::ten_minutes_of_chaos_lose_count_of_nothing

soak: ## EFRSCOPE_SOAK_HOURS (8) hours of data, fifty times as fast
	EFRSCOPE_SOAK_HOURS=$${EFRSCOPE_SOAK_HOURS:-8} cargo test --release --locked --no-default-features --test engine -- \
		--exact --nocapture soak::hours_of_data_leave_memory_descriptors_and_threads_flat

FUZZ_SECS ?= 600
FUZZ_TARGETS := description values stamps markers config

fuzz: ## each target of fuzz/ for FUZZ_SECS; needs nightly and cargo-fuzz (cargo install cargo-fuzz)
	mkdir -p fuzz/corpus/config
	cp config.toml fuzz/corpus/config/shipped
	for target in $(FUZZ_TARGETS); do \
		cargo +nightly fuzz run -s none $$target -- -max_total_time=$(FUZZ_SECS) -timeout=10 -max_len=16384 || exit 1; \
	done

fmt:
	cargo fmt --all --check

clippy:
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --workspace --no-deps

clean:
	cargo clean
	rm -rf $(VENV)
