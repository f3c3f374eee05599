# Two commands matter: `make run` and `make test`. The rest is for whoever works on the code.
.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: help run test check bench lint format types schema migration record-histories clients clean

help: ## Show these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 22

# The launcher passes a killed make on to the supervisor as SIGTERM (15).
run: .venv-run ## Start everything on this machine; Ctrl-C stops it
	@exec $(PY) -I gateway/embedded/launch.py $$PPID 15 - 0 "$(abspath $(PY))" -m gateway run

test: check ## Everything continuous integration asks: style, types, arrows, all tests
	@exec $(PY) -m pytest -n 2 --dist loadfile

check: lint types ## Style, types and arrows, without the tests

lint: .venv-test ## Style and arrows between the rooms
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports --no-logo

types: .venv-test ## Types
	@$(PY) -m mypy

format: .venv-test ## Put the code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: .venv-test ## Measure the figures of the README; BENCH="reads ledger" chooses
	@exec $(PY) -m tests.bench $(BENCH)

schema: .venv-test ## Write schema and manifest of documents anew; refuses to break callers
	@$(PY) -m tests.house.sdl
	@$(PY) -m tests.house.manifest

clients: ## Try the client tools of front-end teams on schema and documents (needs Node)
	@cd clients && npm install --no-audit --no-fund --no-package-lock --loglevel=error && node check.mjs

migration: .venv-test ## Write the migration that today's tables need
	@$(PY) -m tools.draft_migration

record-histories: .venv-test ## Record workflow histories from a real server, for the replay tests
	@exec $(PY) -m tests.temporal.record

clean: ## Remove the virtual environment and caches; the data directory stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: .venv-run .venv-test
.venv-run:
	@sh tools/environment.sh run

.venv-test:
	@sh tools/environment.sh test
