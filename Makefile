# Two commands: `make demo` shows Tenfold at work, `make test` checks it. Both set themselves up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo serve test system docs mutants release lock clean

demo: $(VENV)/.ready
	$(BIN)/tenfold demo

# The web service on this machine alone; the first time it asks for the first account.
serve: $(VENV)/.ready-dev
	@[ -e tenfold.db ] || { printf "Name of the first account: "; read name; \
		$(BIN)/tenfold store administrator "$$name" --role clinician --role laboratory --role "data manager"; }
	$(BIN)/tenfold serve

# Kept bytecode spares each of the tests' many processes half a second.
unexport PYTHONDONTWRITEBYTECODE

# One thread a worker: the frames of the tests are small, and the workers already use every core.
test: $(VENV)/.ready-dev system
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	POLARS_MAX_THREADS=1 $(BIN)/pytest -n auto --dist worksteal

# A real browser reads the reports, a real PostgreSQL holds an OMOP database, Java runs Spark. Where there is none and no right to install
# one, those tests say that they skip.
system:
	@PATH="$$PATH:$$(echo /usr/lib/postgresql/*/bin)"; \
	for wanted in chromium-headless-shell=chromium-headless-shell postgresql=initdb default-jre-headless=java; do \
		command -v "$${wanted#*=}" >/dev/null && continue; \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q >/dev/null \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$${wanted%=*}" >/dev/null; } \
		|| echo "no $${wanted%=*}: the tests that need it will be skipped"; \
	done

# The documentation site, from the pages, the catalogue and the code; it fetches nothing, and neither do its pages.
docs: $(VENV)/.ready-dev
	PYTHONPATH=docs $(BIN)/python -m generate site

# How many small mistakes in the definitions the tests would notice; an hour on two cores.
mutants: $(VENV)/.ready-dev
	$(PYTHON) -m pip --python $(BIN)/python install --quiet cosmic-ray==8.7.0 pytest-cov==7.1.0
	$(BIN)/python -W ignore benchmarks/mutants.py

# make release VERSION=0.2.0: tests, notes, version, distributions, commit and tag. Nothing is published.
release: $(VENV)/.ready-dev
	$(BIN)/python .ci/release.py "$(VERSION)"

# Debian's python3 may lack ensurepip and refuse system-wide installs: the environment is made without pip
# and filled by the machine's own pip.
$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml | $(BIN)/python
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes -r requirements.lock
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-deps --editable .
	touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes -r requirements-dev.lock
	touch $@

# Rewrites the lock files after a change to the dependencies in pyproject.toml.
lock:
	uv pip compile pyproject.toml --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements.lock
	uv pip compile pyproject.toml --group dev --group docs --extra formats --extra service --extra spark --generate-hashes --no-header --no-annotate --python-version 3.11 -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
