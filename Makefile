# The verbs of this project. The first one that needs it builds the environment in .venv; later ones find it there.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install test test-slow lint format docs clean

help: ## List the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

# ---- Environment -------------------------------------------------------------------------------------------------

install: $(INSTALLED) ## Build .venv with the tested versions of everything

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "kiloglot needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# ---- Checks ------------------------------------------------------------------------------------------------------

test: lint ## Everything that a change must pass: lint, types, layers, fast tests
	$(BIN)/python -m pytest -q -n 2 -m "not slow"

test-slow: $(INSTALLED) ## The tests that need minutes
	$(BIN)/python -m pytest -q -m slow

lint: $(INSTALLED) ## Style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports

format: $(INSTALLED) ## Rewrite what the linter can fix by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# ---- Documents ---------------------------------------------------------------------------------------------------

docs: $(INSTALLED) ## Build the guide and the API reference in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# ---- Housekeeping ------------------------------------------------------------------------------------------------

clean: ## Remove builds and caches, and keep .venv
	rm -rf build dist site .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -type d -name __pycache__ -exec rm -rf {} +
