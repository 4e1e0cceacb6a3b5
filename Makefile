# The commands a developer types; `make` alone lists them. Written for GNU make 3.81, which macOS has, and later.
.DEFAULT_GOAL := help
BIN := .venv/bin

.PHONY: help environment demo test check bench wheel-test docs clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

environment: ## Make or mend the environment in .venv; the others do so by themselves
	@PYTHON='$(PYTHON)' packaging/make_environment.sh

demo: environment ## Hear the example clip as if it were spoken now, through the live display
	@$(BIN)/stt listen --input examples/speech.wav --ephemeral

test: environment ## Run the whole test suite
	@$(BIN)/python -m pytest -q

check: environment ## Lint, formatting, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy packaging/check_installation.py packaging/report_installation.py
	@PYTHONPATH=src $(BIN)/lint-imports

bench: environment ## Measure, and write the results to benchmarks/
	@$(BIN)/python -m benchmarks

wheel-test: environment ## Install the package in every way that a user may, and check what arrives
	@$(BIN)/python packaging/check_installation.py

docs: environment ## Write docs/events.md and docs/asyncapi.json anew from the types
	@$(BIN)/python -m docs.event_reference
	@$(BIN)/python -m docs.async_reference

clean: ## Remove the environment and every cache
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
