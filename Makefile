# One verb each: run dev test check bench new-feature. Needs Python >= 3.11, and Node >= 20 for the console.
.DEFAULT_GOAL := run
.PHONY: run dev test check pytest system-postgres bench new-feature lock clean
SHELL := /bin/bash

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install --no-deps --require-hashes
export PYTHONPATH := $(CURDIR)

# The console, where its sources are there; built again when one of them changed.
ifneq ($(wildcard frontend/package.json),)
CONSOLE := frontend/dist/index.html
CONSOLE_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*')
endif

run: $(BIN)/backendify $(CONSOLE)
	@exec $(BIN)/backendify serve $(ARGS)

dev: $(BIN)/backendify
	@BACKENDIFY_ENV=development BACKENDIFY_LOG_FORMAT=console exec $(BIN)/backendify serve --reload $(ARGS)

test: check pytest

check: .venv/.locked-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# DATABASE=system runs the suite on the system's Postgres instead of the package's.
pytest: .venv/.locked-dev $(if $(filter system,$(DATABASE)),system-postgres)
	DATABASE=$(DATABASE) $(BIN)/pytest -n auto --dist loadgroup $(ARGS)

system-postgres:
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null \
		|| { apt-get update -q && apt-get install -yq --no-install-recommends postgresql; }

bench: .venv/.locked-dev
	$(BIN)/python -m benchmarks.run $(ARGS)

# make new-feature name=webhooks
new-feature: .venv/.locked-dev
	$(BIN)/python scripts/new_feature.py $(name)

# For developers: write the hashed locks again after a change of pyproject.toml. Needs uv.
lock:
	uv lock --quiet
	uv export --quiet --format requirements-txt --no-emit-project --no-annotate --no-header --extra demo \
		--no-dev > requirements.lock
	uv export --quiet --format requirements-txt --no-emit-project --no-annotate --no-header --extra demo \
		--group dev > requirements-dev.lock
	rm uv.lock

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis frontend/dist frontend/node_modules

# The command runs the sources where they are; nothing but the lock is installed.
$(BIN)/backendify: .venv/.locked
	@printf '%s\n' '#!/bin/sh' 'root=$$(CDPATH= cd -- "$$(dirname -- "$$0")/../.." && pwd)' \
		'PYTHONPATH="$$root$${PYTHONPATH:+:$$PYTHONPATH}" exec "$$root/.venv/bin/python" -m app.cli "$$@"' > $@
	@chmod +x $@

.venv/.locked: requirements.lock | .venv/bin/python
	$(PIP) -r $<
	@touch $@

.venv/.locked-dev: requirements-dev.lock | .venv/bin/python
	$(PIP) -r $<
	@touch $@ .venv/.locked

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed." >&2; exit 1; }
	$(PYTHON) -m venv .venv

frontend/dist/index.html: frontend/node_modules/.installed $(CONSOLE_SOURCES)
	cd frontend && npm run build
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json
	cd frontend && npm ci
	@touch $@
