# The same targets here and in CI. Needs Python 3.11+ and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
DATE ?= 2025-12-22
SECONDS ?= 3600

# Where this is set, as in images of containers, each command that a test starts would compile all it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo demo-hl7 demo-secure run up down unit test test-all soak ops-demo check bench evaluate docs lock sbom dist audit

help:
	@echo "make setup      .venv with everything pinned"
	@echo "make demo       local Kafka and HDFS, 30 days of synthetic records, the report of the last day"
	@echo "make demo-hl7   the same people as HL7v2 messages: the same reports"
	@echo "make demo-secure  the same on Kafka with TLS and HDFS with Kerberos, closed to other users"
	@echo "make run        the day of DATE=YYYY-MM-DD ($(DATE))"
	@echo "make up, down   start and stop the local stack"
	@echo "make unit       the tests that need no server, engine or browser: seconds"
	@echo "make test       lint, types, layers, and the tests on real servers, with coverage"
	@echo "make test-all   the same with the long matrices"
	@echo "make check      lint, types, layers"
	@echo "make soak       an hour of records while followers are killed and started again; SECONDS=600 for less"
	@echo "make ops-demo   half an hour of operation with faults: feed, follower, timed runs; SECONDS=300 for less"
	@echo "make bench      the benchmarks; writes benchmarks/results.md"
	@echo "make evaluate   false alarms and found outbreaks of the detectors on simulated series"
	@echo "make docs       the generated reference pages and the architecture picture"
	@echo "make dist       a release: source archive, wheel, parts list, licences and sums in dist/"
	@echo "make sbom       the parts list and the licences alone"
	@echo "make audit      known faults of what is locked, by the OSV files in ADVISORIES=PATH"
	@echo "make lock       resolve the dependencies anew"

setup: .venv/.ready

# uv installs the locked set in parallel and is itself pinned; pip only brings uv.
.venv/.ready: requirements-setup.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.lock
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes --no-build-isolation-package pyspark -r requirements.lock
	$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	$(BIN)/healthtrends demo

# The same people as HL7v2 messages, on a topic and under a root of their own.
demo-hl7: setup
	HEALTHTRENDS_SOURCE__FORMAT=hl7v2 HEALTHTRENDS_KAFKA__TOPIC=patient-records-hl7v2 \
		HEALTHTRENDS_HDFS__ROOT=/healthTrend-hl7v2 $(BIN)/healthtrends demo

# The stack of the home is secured, with its data, if it was not; it stays so for all commands.
demo-secure: setup
	HEALTHTRENDS_STACK__SECURE=true $(BIN)/healthtrends demo

run: setup
	$(BIN)/python patient_data_pipeline.py $(DATE)

up down: setup
	$(BIN)/healthtrends $@

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# These folders hold what runs in this process alone, the quick ones of it; a test that asks for a server would be
# left out.
unit: setup
	$(BIN)/python -m pytest tests/unit tests/property tests/docs -m "not slow and not long and not server" -n auto \
		--dist worksteal --hypothesis-profile few

# Three files at once, each worker with a Kafka and an HDFS of its own: most tests wait for servers, so that three
# keep two cores busy. Coverage is that of the test process: measuring each command's own process would cost minutes.
test: check
	$(BIN)/python -m pytest -m "not long" -n 3 --dist loadfile --no-loadscope-reorder --cov --cov-report= \
		--hypothesis-profile same

test-all: check
	$(BIN)/python -m pytest

soak: setup
	SOAK_SECONDS=$(SECONDS) $(BIN)/python -m pytest -q tests/concurrency/test_soak.py

ops-demo: SECONDS = 1800
ops-demo: setup
	OPS_SECONDS=$(SECONDS) $(BIN)/python -m pytest -q tests/faults/test_operations_day.py

bench: setup
	$(BIN)/python benchmarks/all.py

# False alarms and found outbreaks on simulated series; the tables of docs/explanation/detectors.md.
evaluate: setup
	@$(BIN)/healthtrends evaluate --weekly --daily --alarms

docs: setup
	$(BIN)/python -m healthtrends.cli.reference docs/reference
	$(BIN)/python -m docs.write_guarantees docs/reference
	$(BIN)/python -m docs.write_reports docs/reference
	$(BIN)/python -m docs.write_detectors docs/reference
	$(BIN)/python -m docs.write_metrics docs/reference
	$(BIN)/python -m docs.write_read_api docs/reference
	$(BIN)/python -m docs.write_scaling docs/explanation
	$(BIN)/python docs/draw_architecture.py

# Airflow and Dagster would double it; they have environments of their own (tests/schedulers/).
EXTRAS := local registry encryption icd10 excel dp delta dev
SCHEDULERS := airflow dagster

lock:
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(EXTRAS:%=--extra %) pyproject.toml -o requirements.lock
	for name in $(SCHEDULERS); do $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate tests/schedulers/$$name.in -o tests/schedulers/$$name.txt; done
	printf 'uv\nsetuptools\nwheel\n' | $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements-setup.lock

# Of the commit that is checked out: the same bytes each time.
dist: setup
	rm -rf dist
	$(BIN)/python -m supply_chain.sbom dist
	$(BIN)/python -m supply_chain.archives dist

sbom: setup
	$(BIN)/python -m supply_chain.sbom dist

audit: setup
	$(BIN)/python -m supply_chain.audit $(ADVISORIES)
