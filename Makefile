# SPDX-License-Identifier: MIT
# The front door. It needs make and sh; everything else is found or installed by scripts/setup.
#   make demo        build, then run the main job on a picture
#   make test        build, then run every test
#   make bench       build, then measure everything beside its floor
# Settings: BUILD (folder), PREFIX, DESTDIR, JOBS (compilers at once), TESTS (tests at
# once, many only wait), SEED (of make stress), REPEAT (for ctest).

BUILD  ?= build
DEB    ?= build/deb
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)
TESTS  ?= $(shell expr 2 \* $(JOBS))
SEED   ?= $(shell date +%s)
COMPILE = cmake --build $(1) -j$(JOBS)

.DEFAULT_GOAL := help
.PHONY: help setup build demo test stress asan tsan clang windows fuzz bench bench-compare \
        test-gpu lint format exports install deb doc doctor nightly clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## say what is missing here; install it (root) or print the command that does
	@scripts/setup

build: setup ## libraries, stand-in CUDA runtimes and the command, in build/
	@test -f $(BUILD)/build.ninja || cmake --preset dev -B $(BUILD) -DISTHMUS_TESTS=OFF
	@$(call COMPILE,$(BUILD))

demo: build ## run the main job on a generated 1920x1080 picture: D3D11 -> CUDA -> D3D11
	@$(BUILD)/bin/isthmus image 1920 1080 $(BUILD)/demo-in.png
	@$(BUILD)/bin/isthmus demo $(BUILD)/demo-in.png $(BUILD)/demo-out.png

test: ## build, then run all tests
	@scripts/setup --test
	@grep -qs ISTHMUS_TESTS:BOOL=ON $(BUILD)/CMakeCache.txt || \
	    cmake --preset dev -B $(BUILD) -DISTHMUS_TESTS=ON
	@$(call COMPILE,$(BUILD))
	@ctest --test-dir $(BUILD) --output-on-failure -j$(TESTS) $(REPEAT)

stress: ## a thousand kills among eight processes and their broker; the monkey for a minute
	@scripts/setup --test
	@grep -qs ISTHMUS_TESTS:BOOL=ON $(BUILD)/CMakeCache.txt || \
	    cmake --preset dev -B $(BUILD) -DISTHMUS_TESTS=ON
	@$(call COMPILE,$(BUILD))
	@$(BUILD)/tests/test_stress_storm --kills 1000 --seconds 500 --seed $(SEED)
	@$(BUILD)/tests/test_stress_monkey --seconds 60 --threads 8 --seed $(SEED)

# Other builds of the same tests; each has its own folder below build/. What is left out runs
# once, in `make test`; ThreadSanitizer follows no process that forks and goes on with threads.
# Another compiler's build runs what is quick: its warnings are half of what it is for.
LEFT_OUT = -LE 'models|windows|layout$(LESS_$@)' -E '^(conformance\.self$(BUT_$@))$$'
LESS_clang = |nvidia|stress|fault|conformance|bench|fuzz
LESS_tsan  = |multiprocess
BUT_tsan   = |stress\.storm|nvidia\.(fail|process|d3d11\.device)|unit\.device\.nvidia\.lost
asan: ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer
tsan: ## all tests under ThreadSanitizer
clang: ## all tests built with clang
asan tsan clang:
	@scripts/setup --test $(if $(filter clang,$@),--clang)
	@test -f build/$@/build.ninja || cmake --preset $@
	@$(call COMPILE,build/$@)
	@ctest --preset $@ -j$(TESTS) $(LEFT_OUT) $(REPEAT)

windows: ## isthmus.dll, import library, its tests and the examples with mingw: build/windows
	@test -f build/windows/build.ninja || cmake --preset windows
	@$(call COMPILE,build/windows)

FUZZERS = wire journal server handle
SECS ?= 60

fuzz: ## every fuzz target for SECS seconds (60), with ASan and UBSan; finds go to build/fuzzing
	@scripts/setup --test --clang
	@test -f build/fuzzing/build.ninja || cmake --preset fuzz
	@cmake --build build/fuzzing -j$(JOBS) --target $(FUZZERS:%=fuzz_%)
	@for name in $(FUZZERS); do \
	    mkdir -p build/fuzzing/found-$$name && \
	    build/fuzzing/fuzz/fuzz_$$name -max_total_time=$(SECS) -timeout=20 -rss_limit_mb=2048 \
	        -print_final_stats=1 -artifact_prefix=build/fuzzing/found-$$name/ \
	        build/fuzzing/found-$$name fuzz/corpus/$$name || exit 1; \
	done

bench: build ## every figure beside its floor: a table, $(BUILD)/bench.json and bench.svg
	@$(BUILD)/bin/isthmus bench --json $(BUILD)/bench.json --svg $(BUILD)/bench.svg

bench-compare: bench ## the same, then compare with BASE=FILE (JSON): fails on what got worse
	@test -n "$(BASE)" || \
	    { echo "bench-compare: say BASE=FILE, a bench.json of before" >&2; exit 2; }
	@scripts/bench-compare "$(BASE)" $(BUILD)/bench.json

test-gpu: ## suites and figures on this machine's NVIDIA GPU; results in build/gpu-results
	@scripts/setup --test
	@scripts/test-gpu

lint: ## layers, vocabulary, exports, formatting, sizes; prints the figures
	@scripts/setup --lint
	@scripts/lint $(BUILD)

format: ## rewrite all sources with clang-format
	@git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp' | xargs -r clang-format -i

exports: ## bring src/isthmus.map up to date with the headers
	@scripts/exports --write

install: build ## install under $(DESTDIR)$(PREFIX)
	@DESTDIR="$(DESTDIR)" cmake --install $(BUILD) --prefix "$(PREFIX)"
	@test -n "$(DESTDIR)" || test "$$(id -u)" -ne 0 || ldconfig

deb: setup ## Debian packages: libisthmus0, libisthmus-dev, isthmus, isthmus-doc in build/deb
	@test -f $(DEB)/build.ninja || cmake --preset release -B $(DEB) \
	    -DCMAKE_INSTALL_PREFIX=/usr -DISTHMUS_TESTS=OFF -DISTHMUS_WERROR=OFF
	@$(call COMPILE,$(DEB))
	@cd $(DEB) && cpack -G DEB

doc: ## the API reference as HTML: build/docs/html (needs doxygen)
	@scripts/setup --doc
	@cmake --preset dev -B $(BUILD) > /dev/null
	@cmake --build $(BUILD) --target doc

doctor: build ## what this machine has and which devices work
	@$(BUILD)/bin/isthmus doctor

nightly: ## the longer forms: everything of .ci/run, each test program 20 times
	@.ci/run
	@ctest --test-dir $(BUILD) --output-on-failure -j$(TESTS) --repeat until-fail:20
	@ctest --preset tsan -j$(TESTS) --repeat until-fail:5
	@for build in $(BUILD) build/asan build/tsan; do \
	    $$build/tests/test_stress_monkey --seconds 300 --threads 8 --seed $$(date +%s) || exit 1; \
	done

clean: ## remove the build folder
	@rm -rf $(BUILD)
