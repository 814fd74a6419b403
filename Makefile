# Everything anybody runs. `make` alone lists it. Needs python3 (3.11 or newer), python3-venv, git, make.

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
READY := .venv/.ready
JUDGES_READY := .venv/.ready-demo
COUNT := 1000
PIP := -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup run test lint check crash judges demo screenshots actor-documents lock clean
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

help: ## list these commands
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1#/p' Makefile | awk -F'#' '{ printf "%-20s %s\n", $$1, $$2 }'

setup: $(READY) ## make .venv and install exactly what requirements.lock names
	@$(BIN)/python -m compileall -q fediverse_coord # whoever runs it later may not write here
	@echo "setup: .venv holds what requirements.lock names"

$(READY): requirements.lock pyproject.toml
	@echo "setup: making .venv and installing what requirements.lock names (a minute, the first time)"
	@$(PYTHON) -c 'import sys; sys.exit("setup: needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP) install --require-hashes -r requirements.lock
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(JUDGES_READY): $(READY) requirements-demo.lock
	@echo "demo: installing the judges of signatures that requirements-demo.lock names"
	@$(BIN)/python $(PIP) install --require-hashes -r requirements-demo.lock
	@touch $@

run: $(READY) ## serve the example coordinations on http://localhost:8000
	@echo "run: the example coordinations on http://localhost:8000, data in ./data; stop with Ctrl-C"
	@$(BIN)/fediverse-coord serve

test: $(READY) ## all tests but those of `make judges`
	@echo "test: all tests but those of 'make judges'"
	@$(BIN)/python -m pytest -q -n 3 --dist worksteal

lint: $(READY) ## style and types
	@echo "lint: ruff check, ruff format --check, mypy"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check: lint test ## lint, types and tests, as CI runs them

crash: $(READY) ## kill -9 our processes COUNT times under load
	@echo "crash: $(COUNT) times kill -9 on each engine, and what was promised held against what there is"
	@COORD_CRASH_KILLS=$(COUNT) $(BIN)/python -m pytest -q -s tests/crash/test_kills.py

judges: ## hold us against software that others wrote
	@echo "judges: the tests which need npm, a browser or libraries that others wrote"
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" .ci/judges

demo: $(JUDGES_READY) ## two servers on loopback follow, publish, deliver and answer
	@echo "demo: two servers on loopback follow, publish, deliver and answer each other"
	@$(BIN)/fediverse-coord demo

screenshots: $(READY) ## take the pictures in docs/images anew
	@echo "screenshots: taking the pictures in docs/images anew"
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" .ci/judges docs/screenshots.py

actor-documents: $(READY) ## write actors/NAME.actor.json anew
	@echo "actor-documents: rendering the shipped coordinations' actor documents"
	@PYTHONPATH=. .venv/bin/python tests/actor_documents.py

lock: ## resolve pyproject.toml anew into the lock files
	@echo "lock: resolving pyproject.toml anew into the lock files"
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" .ci/lock

clean: ## remove what these commands made; ./data stays
	@echo "clean: removing what these commands made; ./data stays"
	@rm -rf .venv .judges .uv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name node_modules -prune -exec rm -rf {} + -o -name __pycache__ -prune -exec rm -rf {} +
