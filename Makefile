# `make demo` and `make test` are all a newcomer needs. Each sets up .venv first, which is nothing to do the second time.
#
# PYTHON     the Python that .venv is made from, 3.11 or newer
# PIP_FLAGS  passed to pip install, e.g. PIP_FLAGS="--extra-index-url https://download.pytorch.org/whl/cpu"
# JOBS       processes that run the tests

PYTHON ?= python3
PIP_FLAGS ?=
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
BCB := $(BIN)/bcb
# What `make demo` needs, and what developing needs besides: two steps, for the second brings much.
INSTALLED := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
# Pip shows its progress on a terminal only: logs stay short.
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check $(if $(MAKE_TERMERR),,--quiet) -c constraints.txt

DEMO := demo/small-earliest

.PHONY: help install demo weights stress results test s3-server test-s3 torture bench reference site lint format hooks clean distclean

help:
	@echo "make demo       make a small dataset, score the bundled SlotSSM on it, draw an episode"
	@echo "make test       all checks: make lint, then the tests"
	@echo "make lint       ruff, pyright, and the walls between the packages"
	@echo "make test-s3    the tests against a real S3 server (make s3-server, as root, installs one)"
	@echo "make torture    200 kills and 1000 damaged bytes (half an hour)"
	@echo "make bench      all benchmarks again, into docs/benchmarks.md"
	@echo "make site       build the documentation's site, into build/site (make reference: docs/cli.md again)"
	@echo "make weights    train all bundled weights again (hours; make -j2 weights trains two at a time)"
	@echo "make stress     train every model under both rules, two of them from three seeds (ten hours of one core)"
	@echo "make results    score all bundled weights, and those of make stress, into docs/results.md (minutes)"
	@echo "make scenes     make data of scenes, train models on objects, depth and the snitch, and score them (hours)"
	@echo "make format     let ruff format and fix what it can"
	@echo "make hooks      let git run the checks of make lint before each commit"
	@echo "make install    only set up $(VENV), all of it; the others do it by themselves"
	@echo "make clean      delete the demo and the tools' caches (make distclean: $(VENV) too)"
	@echo
	@echo "PYTHON=python3.12 chooses the Python (3.11 or newer); PIP_FLAGS=… goes to pip install."

install: $(DEV)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "bcb needs Python 3.11 or newer, and $(PYTHON) is not; say which to take: make PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  echo "Making $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv --clear $(VENV); } || { \
	  echo "$(PYTHON) can't make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing bcb and what it needs in $(VENV) (the first time takes minutes: torch is large)"
	@$(PIP_INSTALL) $(PIP_FLAGS) setuptools
	@$(PIP_INSTALL) $(PIP_FLAGS) --no-build-isolation -e .
	@touch $@

$(DEV): $(INSTALLED)
	@echo "Installing what the tests and checks need besides"
	@$(PIP_INSTALL) $(PIP_FLAGS) --no-build-isolation -e '.[dev]'
	@touch $@

demo: $(INSTALLED)
	@echo "== 1/3 500 test episodes of Blinking Color Balls, in $(DEMO)"
	$(BCB) generate --preset small --rule earliest --train 0 --val 0 --test 500 --out $(DEMO)
	@echo "== 2/3 How well the bundled SlotSSM remembers them"
	$(BCB) evaluate --model slotssm --data $(DEMO) --save-predictions demo/predictions --overwrite
	@echo "== 3/3 An episode, and what the model predicted"
	$(BCB) view $(DEMO) --episode 3 --predictions demo/predictions -o demo/episode.png
	$(BCB) view $(DEMO) --episode 3 --predictions demo/predictions -o demo/episode.gif
	@echo "Now look at demo/episode.png, or watch demo/episode.gif"

# Every bundled weight from nothing, by the commands that made them: about nine hours of one core; `make -j2 weights` uses
# two. Interrupted, the same command goes on. One thread each, so that the sums, and with them the weights, come out the
# same anywhere.
MODELS := slotssm single single-split transformer slottransformer slotrnn rim oc-slotssm
EARLIEST := $(MODELS:%=runs/%-small-earliest)
FREQUENT := $(MODELS:%=runs/%-small-frequent)
VIDEO := $(MODELS:%=runs/%-video-small)
PATCHES_EARLIEST := runs/slotssm-small-80-earliest runs/single-small-80-earliest
PATCHES_FREQUENT := runs/slotssm-small-80-frequent
RECALL := $(MODELS:%=runs/%-recall-frequent)
SEEDS := $(foreach model,slotssm single,$(foreach seed,1 2,runs/$(model)-recall-frequent-seed$(seed)))
RUNS := $(EARLIEST) $(FREQUENT) $(RECALL) $(VIDEO) $(PATCHES_EARLIEST) $(PATCHES_FREQUENT)
TRAIN := OMP_NUM_THREADS=1 $(BCB) train

.PHONY: $(RUNS) $(SEEDS) # bcb knows best what is left to do

weights: $(RUNS)
	$(BIN)/python -m bcb.bundled $(RUNS)

$(EARLIEST): runs/%-small-earliest: $(INSTALLED)
	$(TRAIN) --model $* --preset small --rule earliest --out $@
$(FREQUENT): runs/%-small-frequent: runs/%-small-earliest
	$(TRAIN) --model $* --preset small --rule frequent --init $< --out $@
$(RECALL): runs/%-recall-frequent: runs/%-small-frequent
	$(TRAIN) --model $* --preset recall --rule frequent --init $< --out $@
$(VIDEO): runs/%-video-small: $(INSTALLED)
	$(TRAIN) --model $* --preset video-small --out $@
$(PATCHES_EARLIEST): runs/%-small-80-earliest: runs/%-small-earliest
	$(TRAIN) --model $* --preset small-80 --rule earliest --init $< --out $@
$(PATCHES_FREQUENT): runs/%-small-80-frequent: runs/%-small-80-earliest
	$(TRAIN) --model $* --preset small-80 --rule frequent --init $< --out $@ \
	  --steps 2000 --set train.ramp=200 --set train.decay=700

# Every model from nothing under both rules, and two seeds more of two of them: ten hours of one core.
stress: $(INSTALLED)
	$(BCB) stress --preset small --seeds 1 --out runs/stress-small
	$(BCB) stress --preset small --seeds 3 --models slotssm,single --out runs/stress-small
	$(MAKE) $(SEEDS)

$(SEEDS): runs/%: $(INSTALLED)
	$(TRAIN) --model $(firstword $(subst -, ,$*)) --preset recall --rule frequent --seed $(lastword $(subst seed, ,$*)) \
	  --init runs/stress-small/runs/$(subst recall-frequent,frequent-10,$*) --out $@

# Of the bundled weights alone where there was no `make stress`.
results: $(INSTALLED)
	$(BCB) report $(if $(wildcard runs/stress-small/plan.json),runs/stress-small $(SEEDS),$(notdir $(EARLIEST) $(FREQUENT))) \
	  $(notdir $(RECALL)) -o runs/report.html --markdown docs/results.md
	$(BIN)/python -m bcb.zoo --page docs/results.md

# Models of scenes at a laptop's size, from nothing: the data (half an hour), then four hours of one core; -j2 takes two.
MOVI := data/movi-small
SNITCH := data/snitch-small
OBJECTS := $(addprefix runs/scenes/objects-,savi oc-slotssm)
DEPTH := $(addprefix runs/scenes/depth-,savi++ oc-slotssm)
SEEKERS := slotssm single slottransformer oc-slotssm
DIRECT := $(SEEKERS:%=runs/scenes/direct-%)
PRETRAINED := $(SEEKERS:%=runs/scenes/pre-%)
TUNED := $(SEEKERS:%=runs/scenes/tuned-%)
ON_SNITCH := $(DIRECT) $(TUNED)
SLOTS_OF = $(if $(filter single,$*),,--set model.slots=6)

.PHONY: scenes scenes-objects scenes-depth scenes-snitch $(MOVI) $(SNITCH) $(OBJECTS) $(DEPTH) $(PRETRAINED) $(ON_SNITCH)

scenes: scenes-objects scenes-depth scenes-snitch
scenes-objects: $(OBJECTS)
	$(BIN)/python -m bcb.zoo.scenes $^ --page docs/results.md --mark objects
scenes-depth: $(DEPTH)
	$(BIN)/python -m bcb.zoo.scenes $^ --page docs/results.md --mark depth
scenes-snitch: $(ON_SNITCH)
	$(BIN)/python -m bcb.zoo.scenes $^ --page docs/results.md --mark snitch

$(MOVI): $(DEV)
	$(BCB) generate --preset movi-small --train 2000 --val 100 --test 300 --out $@
$(SNITCH): $(DEV)
	$(BCB) generate --preset snitch-small --train 1500 --val 100 --test 300 --out $@
$(OBJECTS): runs/scenes/objects-%: $(MOVI)
	$(TRAIN) --task objects --data $< --model $* --set model.slots=5 --set train.validate_every=200 --out $@
$(DEPTH): runs/scenes/depth-%: $(MOVI)
	$(TRAIN) --task depth --data $< --model $* --set model.slots=5 --set train.validate_every=200 --out $@
$(DIRECT): runs/scenes/direct-%: $(SNITCH)
	$(TRAIN) --task snitch --data $< --model $* --set train.frames=20 $(SLOTS_OF) --set model.downsampling=4 --out $@
$(PRETRAINED): runs/scenes/pre-%: $(SNITCH)
	$(TRAIN) --task objects --data $< --model $* --set train.frames=16 $(SLOTS_OF) --set model.downsampling=4 --out $@ \
	  --steps 1200 --batch-size 8 --set train.sampling=random --set train.decodes=3
$(TUNED): runs/scenes/tuned-%: runs/scenes/pre-%
	$(TRAIN) --task snitch --data $(SNITCH) --model $* --set train.frames=20 --init $< --out $@

test: lint
	@echo "== Tests"
	@$(BIN)/pytest -n $(JOBS)

# A real S3 server for the tests in tests/s3, which are skipped without one (Debian and Ubuntu, as root).
s3-server:
	@command -v radosgw ceph-mon ceph-osd >/dev/null || { \
	  apt-get update -qq && apt-get install -qq --no-install-recommends radosgw ceph-mon ceph-osd >/dev/null; }

test-s3: $(DEV)
	@$(BIN)/pytest -n0 tests/s3

torture: $(DEV)
	@BCB_TORTURE=docs/torture.md $(BIN)/pytest -n0 tests/torture

bench: $(DEV)
	$(BCB) bench generate --page docs/benchmarks.md
	$(BCB) bench generate --memory --page docs/benchmarks.md
	$(BCB) bench generate --scenes --page docs/benchmarks.md
	$(BCB) bench load --page docs/benchmarks.md
	$(BCB) bench scan --page docs/benchmarks.md --figure docs/scan.svg
	$(BCB) bench latency --page docs/benchmarks.md --figure docs/latency.svg
	$(BCB) bench step --page docs/benchmarks.md

reference: $(INSTALLED)
	$(BIN)/python -m bcb.reference docs/cli.md

site: $(DEV) reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Now open build/site/index.html; to search it too: $(BIN)/python -m http.server -d build/site"

lint: $(DEV)
	@echo "== Style (ruff)"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@echo "== Types (pyright)"
	@$(BIN)/pyright
	@echo "== Walls between the packages (import-linter)"
	@$(BIN)/lint-imports --no-logo

format: $(DEV)
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

hooks: $(DEV)
	@$(BIN)/pre-commit install

clean:
	rm -rf demo build *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find bcb generators slotssm eval tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
