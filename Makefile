# Guildhall. Each target does its own set-up; nothing is installed outside this folder, except what tests need from
# Debian's packages (PostgreSQL, Chromium, fonts, Go) and only where it is missing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/site: requirements/site.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/site.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/dev: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/site

demo: $(VENV)/site ## Issue a results file on two tracks, verify a sample, and serve the site (ARGS=--no-serve stops there)
	$(BIN)/guildhall demo $(ARGS)

check: $(VENV)/dev ## The quick part: lint, types, arrows, unit tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/unit tests/test_house.py -q

test: $(VENV)/dev ## Everything: lint, types, arrows, unit, apps on SQLite and PostgreSQL, HTTP and a real browser
	./tests/setup-system.sh
	./tests/run.sh $(ARGS)

bench: $(VENV)/dev ## Print the ratios against peers and floors, measured in one run
	./tests/setup-system.sh
	$(BIN)/python -m tests.bench $(ARGS)

fuzz: $(VENV)/dev ## Fuzz every parser for a bounded time (ARGS=--seconds=60)
	$(BIN)/python -m tests.fuzz $(ARGS)

lock: ## Resolve the dependencies anew into requirements/ (by hash, naming no registry)
	$(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	  --extra site --extra plan --extra test --extra bench --extra fuzz -o requirements/dev.txt $(ARGS)
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	  --extra site -c requirements/dev.txt -o requirements/site.txt $(ARGS)

clean: ## Remove what the targets made (the environment and var/)
	rm -rf $(VENV) var .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: help demo check test bench fuzz lock clean
