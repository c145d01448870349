# Every target sets up what it needs, once: `.venv/.run` and `.venv/.dev` are stamps.
# Another interpreter: make demo PYTHON=/path/to/python3.12

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
           --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml

export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export NO_MKDOCS_2_WARNING := 1

NATIVE := src/omarl/nets/kernels/native
SOURCES := pyproject.toml hatch_build.py $(wildcard $(NATIVE)/*.cpp $(NATIVE)/*.h)
INSTALL := $(PIP) install --no-deps --no-build-isolation --editable . && \
           sed 's/^/set-up: kernels: /' $(NATIVE)/kernels.log

.PHONY: demo test lint docs bench lock clean

demo: .venv/.run
	@$(BIN)/omarl demo --out demo

test: lint docs
	@echo "test: pytest"
	@$(BIN)/python -m pytest

lint: .venv/.dev
	@echo "test: format, lint, types, floors"
	@$(BIN)/ruff format --quiet --check . || { echo "remedy: $(BIN)/ruff format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright --warnings > .venv/pyright.log || { cat .venv/pyright.log; exit 1; }
	@$(BIN)/lint-imports > .venv/floors.log || { cat .venv/floors.log; exit 1; }

docs: .venv/.dev
	@echo "test: documentation"
	@$(BIN)/mkdocs build --strict > .venv/docs.log 2>&1 || { grep -v ^INFO .venv/docs.log; exit 1; }

bench: .venv/.dev
	@for file in benchmarks/*.py; do $(BIN)/python "$$file"; done

lock: .venv/.dev
	@$(COMPILE) --all-extras --group dev --output-file requirements/dev.txt
	@$(COMPILE) --extra report --group build --constraints requirements/dev.txt --output-file requirements/run.txt

clean:
	@rm -rf .venv site demo

.venv/.made:
	@.ci/venv "$(PYTHON)" .venv
	@touch $@

.venv/.run: requirements/run.txt $(SOURCES) | .venv/.made
	@echo "set-up: what running needs (half a minute, once)"
	@$(PIP) install --require-hashes --no-deps --requirement requirements/run.txt
	@$(INSTALL)
	@touch $@

.venv/.dev: requirements/dev.txt $(SOURCES) | .venv/.made
	@echo "set-up: what tests and checks need (about a minute, once)"
	@$(PIP) install --require-hashes --no-deps --requirement requirements/dev.txt
	@$(INSTALL)
	@touch $@ .venv/.run
