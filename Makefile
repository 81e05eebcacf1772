# The Chain Rule. Two commands on a fresh machine: `make book` and `make test`. `make help` lists the rest.
PYTHON ?= python3
BIN    := .venv/bin
# One thread of linear algebra a process: results do not depend on the machine, and two processes share it fairly.
export OMP_NUM_THREADS      := 1
export OPENBLAS_NUM_THREADS := 1
export MPLBACKEND           ?= agg
JOBS   ?= 2
PORT   ?= 8000
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

.DEFAULT_GOAL := help

help:  ## list the commands
	@echo "usage: make COMMAND"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 18

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else f"The Chain Rule needs Python 3.11 or newer, this is {v[0]}.{v[1]}: name another with make PYTHON=python3.11")'
	@echo "Setting up .venv from constraints.txt (a few minutes the first time)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv || { echo "No environment could be made in .venv. On Debian and Ubuntu: sudo apt-get install python3-venv, then type the same command again"; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

book: .venv/ready exercises  ## set up, build the site in _build/html and the exercises
	$(BIN)/python tools/build_site.py
	$(BIN)/python tools/make_pdf.py
	@echo
	@echo "Read:      open _build/html/index.html, or make serve for a local server"
	@echo "Exercises: make lab"

exercises: .venv/ready  ## generate exercises/ from solutions/
	$(BIN)/classroom generate

pdf: .venv/ready  ## the built site as one PDF (make book does it too)
	$(BIN)/python tools/make_pdf.py

serve:  ## serve the built site on http://127.0.0.1:8000 (PORT=8001: on another port)
	@test -d _build/html || { echo "There is no site yet: make book"; exit 1; }
	@$(PYTHON) -c 'import socket, sys; s = socket.socket(); sys.exit("Port $(PORT) is in use, perhaps by another make serve: end that one, or type make serve PORT=8001" if s.connect_ex(("127.0.0.1", $(PORT))) == 0 else 0)'
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

lab: .venv/ready  ## open JupyterLab on exercises/
	$(BIN)/jupyter lab exercises

tidy: .venv/ready  ## put notebooks in canonical form, sort imports, format
	$(BIN)/python tools/tidy.py
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/python tools/tidy.py

diffs: .venv/ready  ## let this clone's git compare notebooks cell by cell, and run make lint's checks at each commit
	$(BIN)/nbdime config-git --enable
	$(BIN)/pre-commit install

test: lint test-code test-notebooks test-site  ## everything that CI runs
	@echo "All tests passed."

lint: .venv/ready  ## style, types, form of the notebooks, workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/tidy.py --check
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github

test-code: .venv/ready  ## the package, the grader, the assignments
	$(PYTEST) -m 'not slow and not browser' --ignore tests/book

test-notebooks: .venv/ready  ## run every cell of every notebook
	$(PYTEST) --nbval-lax book solutions

test-site: .venv/ready exercises  ## build the site and look at every page in Chromium
	$(BIN)/python tools/build_site.py
	$(BIN)/python tools/make_pdf.py
	$(PYTEST) -rs -m 'not slow' tests/book

test-all: test  ## also what is too long for every run
	$(PYTEST) -m slow

bench: .venv/ready  ## the engine beside its peers: prints the table, writes benchmarks/results.md
	$(BIN)/python -m benchmarks.engine

demo: .venv/ready  ## grade a made-up class in _build/demo and say where its report and feedback lie
	$(BIN)/python tools/demo.py

recording: .venv/ready  ## grade that class once more and record it for the README: demo/grading.gif
	$(BIN)/python tools/record_grading.py

bench-grading: .venv/ready  ## the grader beside stock nbgrader (benchmarks/grading.md), and a load run (load.md)
	$(BIN)/python -m benchmarks.grading
	$(BIN)/python -m benchmarks.load 1000

clean:  ## remove what was built (keeps .venv and course/)
	rm -rf _build build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help book exercises pdf serve lab tidy diffs test lint test-code test-notebooks test-site test-all bench bench-grading demo recording clean
