# Two commands set everything up on a fresh machine: `make demo` (the main job) and `make test`.
PYTHON ?= python3
RUN := .venv/bin/python
WORKERS ?= 2
# Debian names it python3.13; version managers keep theirs under the home folder.
NEWER_PYTHON := $(firstword $(wildcard /usr/bin/python3.13 $(HOME)/.pyenv/versions/3.13*/bin/python3.13))
NEWER_TESTS := tests/pipeline/test_line.py tests/explanation/test_explanation.py tests/models/attribution tests/model_folder
export MLFLOW_DISABLE_TELEMETRY := true
# One thread of linear algebra a process: faster when several run, and the same bytes.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
# Each process would compile the libraries anew, 5 s of it, where the environment lets Python keep no
# bytecode; it is kept inside .venv, and the tree stays clean.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode

.PHONY: docs demo test check realdata ci newer bench proofs notebooks lock clean

.venv/.ready: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
	.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock
	.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	touch .venv/.ready

demo: .venv/.ready  ## the main job, whole, on the built-in simulated programme
	.venv/bin/predict demo --out runs/demo

test: .venv/.ready  ## every test that needs no real table
	$(RUN) -m pytest -q -n $(WORKERS) --dist loadfile -m "not realdata"

realdata: .venv/.ready  ## tests on the real public tables (skipped, saying so, where they are absent)
	$(RUN) -m pytest -q -n $(WORKERS) --dist loadfile -m realdata

check: .venv/.ready  ## lint, format, types, layers, links of pages, examples in docstrings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(RUN) -m pytest -q -n $(WORKERS) tests/test_docs.py src

ci: check test realdata newer  ## what .ci/run runs

newer: .venv/.ready  ## tests that touch xgboost and shap on Python 3.13, where one is installed
ifeq ($(NEWER_PYTHON),)
	@echo "newer: no Python 3.13 found; tested on the default interpreter only"
else
	$(MAKE) build/newer/.ready
	build/newer/bin/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not realdata" $(NEWER_TESTS)
endif

build/newer/.ready: .venv/.ready
	$(NEWER_PYTHON) -m venv build/newer
	.venv/bin/uv pip install --quiet --python build/newer/bin/python --require-hashes -r requirements.lock
	.venv/bin/uv pip install --quiet --python build/newer/bin/python --no-deps --no-build-isolation -e .
	touch build/newer/.ready

bench: $(if $(NEWER),build/newer/.ready,.venv/.ready)  ## every benchmark into docs/performance.md; NEWER=1: on Python 3.13
	$(RUN) benchmarks/_record.py --python $(if $(NEWER),build/newer/bin/python,$(RUN)) --older "$(OLDER)"

proofs: .venv/.ready docs  ## slow proofs on simulated truth; each ends `proof: kept/asked`
	@for script in proofs/[!_]*.py; do echo "== $$script"; $(RUN) $$script || exit 1; done

notebooks: .venv/.ready  ## executed .ipynb beside each notebook's .py
	cd notebooks && ../$(RUN) -m jupytext --quiet --set-kernel python3 --to ipynb [0-9]*.py
	cd notebooks && PATH="$(CURDIR)/.venv/bin:$$PATH" jupyter-execute --inplace [0-9]*.ipynb

docs: .venv/.ready  ## the site of documentation: build/site/index.html, notebooks executed, nothing fetched
	$(RUN) docs/site/build.py

lock: .venv/.ready  ## requirements.lock again from pyproject.toml
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	  --no-emit-find-links --generate-hashes --no-header --all-extras pyproject.toml -o requirements.lock

clean:
	rm -rf .venv runs out mlruns mlflow.db .mypy_cache .ruff_cache .hypothesis build dist
