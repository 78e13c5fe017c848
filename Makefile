# The verbs of this project. The first one that needs it builds the environment in .venv; later ones find it there.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PEERS := $(VENV)/.peers

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow explore fuzz soak soak-serve lint format wheel addon bench bench-serve massive-dev size-curve home-bench names commands adapt-curves docs clean

help: ## List the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

# ---- Environment -------------------------------------------------------------------------------------------------

install: $(INSTALLED) ## Build .venv with the tested versions of everything

$(INSTALLED): pyproject.toml constraints.txt hatch_build.py $(wildcard src/kiloglot/runtime/*.[ch])
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "kiloglot needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(PEERS): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]' && touch $@ \
	  || echo "Not every system to compare with can be installed here: the benchmark names those that it leaves out."

# ---- Everything once ---------------------------------------------------------------------------------------------

demo: $(INSTALLED) ## Train a small model, score it, and ask the bundled one in many languages
	$(BIN)/kiloglot demo --out work/demo

# ---- Checks ------------------------------------------------------------------------------------------------------

test: lint ## Everything that a change must pass: lint, types, layers, fast tests
	$(BIN)/python -m pytest -q -n 2 -m "not slow"

test-slow: $(INSTALLED) ## The tests that need minutes
	$(BIN)/python -m pytest -q -m slow

explore: $(INSTALLED) ## The properties that `make test` checks on fixed examples, on 500 fresh ones each
	$(BIN)/python -m pytest -q -n 2 -m "hypothesis and not slow" --hypothesis-profile=explore

FUZZ_SECONDS ?= 60
PARSES ?= 1000000

fuzz: $(INSTALLED) ## Let atheris look for texts that are answered badly (MODEL=NAME|FOLDER, FUZZ_SECONDS=60)
	@mkdir -p work/fuzz
	$(BIN)/python tests/fuzz/fuzz_parse.py "$(MODEL)" -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=work/fuzz/

soak: $(INSTALLED) ## Many parses: memory stays flat, threads answer as one (PARSES=1000000)
	$(BIN)/python -m pytest -q tests/soak -m slow --parses $(PARSES)

SECONDS ?= 3600
RATE ?= 50

soak-serve: $(INSTALLED) ## Ask a real server at a steady rate, comparing every answer (SECONDS=3600, RATE=50)
	$(BIN)/python -m benchmarks.soak --model "$(MODEL)" --seconds $(SECONDS) --rate $(RATE)

lint: $(INSTALLED) ## Style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict src benchmarks
	$(BIN)/lint-imports

format: $(INSTALLED) ## Rewrite what the linter can fix by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# ---- Deployment --------------------------------------------------------------------------------------------------

# The kernel of a parse for every platform: zig compiles for all of them (hatch_build.py).
ZIG := $(VENV)/.zig
WHEEL = KILOGLOT_KERNEL=all $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation

$(ZIG): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt hatchling ziglang
	@touch $@

wheel: $(ZIG) ## The package with the bundled model, one file for every platform: dist/
	$(WHEEL) --wheel-dir dist .

addon: $(ZIG) ## The app for Home Assistant, with the wheel that it installs: work/addon/kiloglot/
	rm -rf work/addon && mkdir -p work/addon && cp -R deploy/home-assistant-addon work/addon/kiloglot
	cp constraints.txt work/addon/kiloglot/
	$(WHEEL) --wheel-dir work/addon/kiloglot .

# ---- Measurements ------------------------------------------------------------------------------------------------

DATA ?= ../shared/data/massive-1.1-train-dev.tar.xz
MODEL ?= massive

# The archive that is named above may be absent; one that somebody names may not.
FOUND = $(if $(filter file,$(origin DATA)),$(wildcard $(DATA)),$(DATA))

bench: $(PEERS) ## Latency, throughput, memory and size, beside other systems, then bench-serve: work/bench/
	$(BIN)/python -m benchmarks.bench --model "$(MODEL)" $(if $(FOUND),--data "$(FOUND)")
	@$(MAKE) --no-print-directory bench-serve

bench-serve: $(INSTALLED) ## Requests a second and latency of the servers under load: work/bench-serve/
	$(BIN)/python -m benchmarks.load --model "$(MODEL)"

massive-dev: $(INSTALLED) ## Scores on the dev partition of MASSIVE 1.1 (DATA=ARCHIVE): work/massive-dev/
	$(BIN)/python -m benchmarks.massive_dev --model "$(MODEL)" --data "$(DATA)"

size-curve: $(INSTALLED) ## Accuracy and latency against size (STUDENT=FOLDER, DATA=ARCHIVE|FOLDER): work/size-curve/
	$(BIN)/python -m benchmarks.size_curve --student "$(STUDENT)" --data "$(DATA)"

HOME_MODEL ?= home

home-bench: $(INSTALLED) ## The home's commands beside hassil (DATA=MASSIVE, TATOEBA=FOLDER): work/home-bench/
	$(BIN)/python -m benchmarks.home --model "$(HOME_MODEL)" --massive "$(DATA)" $(if $(TATOEBA),--tatoeba "$(TATOEBA)")

names: $(INSTALLED) ## How well spoken names are found, beside WRatio (DATA=ARCHIVE|FOLDER): work/names/
	$(BIN)/python -m benchmarks.names --data "$(DATA)"

commands: $(INSTALLED) ## How well several commands in one utterance are told apart (DATA=ARCHIVE|FOLDER): work/commands/
	$(BIN)/python -m benchmarks.commands --model "$(MODEL)" --data "$(DATA)"

adapt-curves: $(PEERS) ## Learning curves of somebody with few sentences (DATA=ARCHIVE|FOLDER): work/adapt-curves/
	$(BIN)/python -m benchmarks.adapt_curves --data "$(DATA)"
	$(BIN)/python -m benchmarks.adapt_curves --own starter
	$(BIN)/python -m benchmarks.adapt_curves --own home-assistant

# ---- Documents ---------------------------------------------------------------------------------------------------

docs: $(INSTALLED) ## Build the guide and the API reference in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# ---- Housekeeping ------------------------------------------------------------------------------------------------

clean: ## Remove builds and caches, and keep .venv
	rm -rf build dist site .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -type d -name __pycache__ -exec rm -rf {} +
