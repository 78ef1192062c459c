# SPDX-License-Identifier: MIT
# The front door. It needs make and sh; everything else is found or installed by scripts/setup.
#   make demo        build, then run the main job on a picture
#   make test        build, then run every test
# Settings: BUILD (folder), PREFIX, DESTDIR, JOBS.

BUILD  ?= build
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)
COMPILE = cmake --build $(1) -j$(JOBS)

.DEFAULT_GOAL := help
.PHONY: help setup build demo test asan tsan clang lint format exports install doctor \
        nightly clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

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
	@ctest --test-dir $(BUILD) --output-on-failure -j$(JOBS)

# Other builds of the same tests; each has its own folder below build/.
asan: ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer
tsan: ## all tests under ThreadSanitizer
clang: ## all tests built with clang
asan tsan clang:
	@scripts/setup --test $(if $(filter clang,$@),--clang)
	@test -f build/$@/build.ninja || cmake --preset $@
	@$(call COMPILE,build/$@)
	@ctest --preset $@ -j$(JOBS)

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

doctor: build ## what this machine has and which devices work
	@$(BUILD)/bin/isthmus doctor

nightly: ## the longer forms: everything of .ci/run, each test program 20 times
	@.ci/run
	@ctest --test-dir $(BUILD) --output-on-failure -j$(JOBS) --repeat until-fail:20
	@ctest --preset tsan -j$(JOBS) --repeat until-fail:5
	@for build in $(BUILD) build/asan build/tsan; do \
	    $$build/tests/test_stress_monkey --seconds 300 --threads 8 --seed $$(date +%s) || exit 1; \
	done

clean: ## remove the build folder
	@rm -rf $(BUILD)
