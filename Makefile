# One verb each: run dev test check bench chaos new-feature. Needs Python >= 3.11, and Node >= 20 for the console.
.DEFAULT_GOAL := run
.PHONY: run dev test check check-console check-python pytest browser sdk examples chromium client no-console system-postgres bench chaos new-feature new-migration generated lock clean
SHELL := /bin/bash

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install --no-deps --require-hashes
export PYTHONPATH := $(CURDIR)
# Many short processes run here: none should compile what another has compiled, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

# The console is built where Node is: again only when its sources changed, installed again only when
# its lock did. Without Node the API is served all the same, and says so in the console's place.
NODE := $(shell node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v node)
CONSOLE := $(if $(NODE),frontend/dist/index.html,no-console)
CONSOLE_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/e2e/*')

run: $(BIN)/backendify $(CONSOLE)
	@exec $(BIN)/backendify serve $(ARGS)

dev: $(BIN)/backendify
	@BACKENDIFY_ENV=development BACKENDIFY_LOG_FORMAT=console exec $(BIN)/backendify serve --reload $(ARGS)

# What leaves a core idle now and then is run two at a time.
test:
	@$(MAKE) --no-print-directory -j2 --output-sync=target check sdk examples
	@$(MAKE) --no-print-directory pytest browser

check: check-console check-python

check-python: .venv/.locked-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-console: frontend/node_modules/.installed .venv/.locked-dev $(CONSOLE)
	cd frontend && npm run --silent client -- --check && npm run --silent check && npm run --silent size

# All that is generated from the code: the API's snapshot, the errors' page, the console's client.
generated: client
	$(BIN)/python -m app.api.error_reference > docs/errors.md.new && mv docs/errors.md.new docs/errors.md
	$(BIN)/pytest -q --snapshot-update tests/architecture/test_openapi.py

# The console's generated client, after a change of the API.
client: frontend/node_modules/.installed .venv/.locked-dev
	cd frontend && npm run --silent client

# The console in a real browser. SHOTS=docs takes the pictures of docs/images anew.
browser: .venv/.locked-dev frontend/node_modules/.installed $(CONSOLE) chromium
	cd frontend && npm run --silent e2e

# The TypeScript client: its types, size, unit tests, and its documentation against a server.
sdk: .venv/.locked-dev sdk/typescript/node_modules/.installed
	cd sdk/typescript && npm run --silent check && npm test --silent

# The todo app in a real browser, against a fresh server.
examples: .venv/.locked-dev examples/todo-app/node_modules/.installed chromium
	cd examples/todo-app && npm run --silent check && npm run --silent build -- --logLevel warn && npm run --silent e2e

chromium:
	@test -n "$$CHROMIUM" || command -v chromium chromium-browser google-chrome >/dev/null || { \
		test "$$(id -u)" = 0 || { echo "The browser tests need Chromium: apt-get install chromium" >&2; exit 1; }; \
		apt-get update -q && apt-get install -yq --no-install-recommends chromium fonts-inter; }

# DATABASE=system runs the suite on the system's Postgres instead of the package's.
pytest: .venv/.locked-dev $(if $(filter system,$(DATABASE)),system-postgres)
	DATABASE=$(DATABASE) $(BIN)/pytest -n auto --dist loadgroup $(ARGS)

system-postgres:
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null \
		|| { apt-get update -q && apt-get install -yq --no-install-recommends postgresql; }

bench: .venv/.locked-dev
	$(BIN)/python -m benchmarks.run $(ARGS)

# Kill everything at random for ten minutes, then look whether anything was lost: see docs/reliability.md.
chaos: .venv/.locked-dev
	$(BIN)/python -m benchmarks.chaos $(ARGS)

# make new-feature name=gift_cards, and make new-migration name=gift_cards where it has a table
new-feature: .venv/.locked-dev
	$(BIN)/python scripts/new_feature.py $(name)

new-migration: .venv/.locked-dev
	$(BIN)/python scripts/new_migration.py $(name)

# For developers: write the hashed locks again after a change of pyproject.toml. Needs uv.
lock:
	uv lock --quiet
	uv export --quiet --format requirements-txt --no-emit-project --no-annotate --no-header --extra demo \
		--no-dev > requirements.lock
	uv export --quiet --format requirements-txt --no-emit-project --no-annotate --no-header --extra demo \
		--group dev > requirements-dev.lock
	rm uv.lock

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis frontend/dist frontend/node_modules sdk/typescript/dist \
		sdk/typescript/node_modules examples/todo-app/dist examples/todo-app/node_modules

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
	cd frontend && npm run --silent build -- --logLevel warn
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json
	cd frontend && npm ci --loglevel error
	@touch $@

sdk/typescript/node_modules/.installed: sdk/typescript/package-lock.json
	cd sdk/typescript && npm ci --loglevel error
	@touch $@

examples/todo-app/node_modules/.installed: examples/todo-app/package-lock.json $(shell find sdk/typescript/src -type f)
	cd examples/todo-app && npm ci --loglevel error
	@touch $@

no-console:
	@echo "Node 20 or newer was not found: the API is served without the console." >&2
