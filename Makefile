# One door for commands. `make` alone tells what there is.
VENV := .venv
BIN := $(VENV)/bin
T ?= tests
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check format bench pictures migration lock

help: ## What there is to run
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/ready: requirements-dev.lock pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

setup: $(VENV)/ready ## Make the virtual environment

demo: $(VENV)/ready ## Load the demo garage, bill its last quarter, serve it on 127.0.0.1
	$(BIN)/garage demo

demo-reset: $(VENV)/ready ## The same, from nothing
	$(BIN)/garage demo --reset

test: $(VENV)/ready check ## Everything: style, types, arrows, all tests on SQLite and PostgreSQL (T=path for a part)
	$(BIN)/pytest -n 2 --dist loadscope $(T)

check: $(VENV)/ready ## Style, types and arrows, without the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/ready ## Put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/ready ## Measure the run, the pages and their growth, as ratios
	$(BIN)/python -m benchmarks

pictures: $(VENV)/ready ## Take the pictures of the user guide from the demo garage, in Chromium
	$(BIN)/python tools/guide_pictures.py

migration: $(VENV)/ready ## Write the next migration from the models (m="words of the change")
	$(BIN)/alembic revision --autogenerate -m "$(m)"

lock: $(VENV)/ready ## Pin the newest allowed versions again
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --upgrade --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra dev -o requirements-dev.lock pyproject.toml
