# Two commands for people: `make demo` and `make test`. Everything they need is installed by scripts/setup.
SHELL := /bin/bash
# The home of root is closed to the account that PostgreSQL runs as.
DATA_DIR ?= $(if $(filter 0,$(shell id -u)),/var/lib,$(HOME)/.local/share)/stadtwin-demo
ADDRESS ?= 127.0.0.1:8080
BINARY := target/release/stadtwin
VIEWER := viewer/node_modules/.stadtwin-built

.PHONY: help demo test fuzz lint viewer build bench durability sample-data clean setup-demo setup-test import-demo

help:
	@echo 'make demo    the sample city at http://$(ADDRESS)'
	@echo 'make test    every test: unit, PostGIS, HTTP, browser'
	@echo 'make fuzz    damaged input for the readers, a minute each'
	@echo 'make lint    rustfmt, clippy, rustdoc, licences'
	@echo 'make bench   the promises of docs/benchmarks.md, measured'

demo: setup-demo build import-demo
	@echo
	$(BINARY) --data-dir "$(DATA_DIR)" serve --address "$(ADDRESS)"

setup-demo:
	@scripts/setup build run
	@scripts/toolchain

setup-test:
	@scripts/setup build run test
	@scripts/toolchain

build: $(VIEWER)
	cargo build --release --locked

# A stamp, since the Rust build leaves a note page in viewer/dist where no viewer was built.
$(VIEWER): $(shell find viewer/src viewer/public viewer/index.html viewer/map.html viewer/package-lock.json viewer/vite.config.ts assets/names.json -type f 2>/dev/null)
	@scripts/viewer

viewer: $(VIEWER)

import-demo:
	@scripts/demo-import "$(BINARY)" "$(DATA_DIR)"

test: setup-test $(VIEWER)
	cd viewer && npm test --silent
	scripts/test-tools
	cargo test --locked --workspace
	scripts/browser-test

# Seeds are in fuzz/seeds; what is found goes to fuzz/artifacts.
fuzz:
	scripts/fuzz

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --quiet
	scripts/licences

bench: build
	scripts/bench

# Kills a large import ten times at random moments.
durability: build
	scripts/bench durability

sample-data: build
	$(BINARY) sample-data --out sample-data --seed 1

clean:
	cargo clean
	rm -rf viewer/dist viewer/node_modules
