# The two commands: `make demo` shows the product at work, `make test` proves it.

SWIFT_FLAGS := --explicit-target-dependency-import-check error

# With Swift's own libraries inside: a program that needs nothing but Debian's, and starts in half the time.
SWIFT_BUILD_RELEASE := swift build -c release --scratch-path .build-release --static-swift-stdlib $(SWIFT_FLAGS)

.PHONY: demo test release soak bench growth instructions kills fuzz fuzz-keep interop mutants coverage tsan asan build deps lint format clean

demo: deps
	swift build --product yrdsync $(SWIFT_FLAGS)
	KEEP=$(KEEP) Config/demo/demo.sh "$$(swift build --show-bin-path)/yrdsync"

# The transport's tests, those of a node's exchange and the storm of kills measure patience on real sockets, so they do not
# share two cores with thousands of seeds. What a user builds in release is built too: the optimizer has crashed where a debug build was fine.
test: deps lint
	swift build --build-tests $(SWIFT_FLAGS)
	swift test --skip-build $(TEST_FLAGS) --skip PeerTransportTests --skip SyncNodeTests --skip KillTests
	swift test --skip-build --filter PeerTransportTests
	swift test --skip-build --filter SyncNodeTests
	swift test --skip-build --filter KillTests
	$(SWIFT_BUILD_RELEASE) --product yrdsync
	$(MAKE) instructions
	$(MAKE) soak SEEDS=500

# Whole federations from seeds, in release: what was thrown at them, and what held. `make soak SEEDS=20000`, `FROM=n` for
# the first seed, `STEPS=n`; `make soak SEED=n` tells one seed's story.
SEEDS := 1000
FROM := 1
STEPS := 200
SEED :=
SOAK := .build-release/release/soak

soak: deps
	$(SWIFT_BUILD_RELEASE) --product soak
	$(SOAK) --steps $(STEPS) $(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --from $(FROM))

# The federation against what SQLite itself needs in the same run, as one table: `make bench RECORDS=1000000 REPEAT=5`,
# `ONLY="backlog wire"` for some rows, `BENCH_FLAGS=--dial-only` and the like as `Tests/Benchmarks/bench.py --help` lists them.
RECORDS := 100000
REPEAT := 5
ONLY :=
BENCH_FLAGS :=
BENCH_PROGRAMS := .build-release/release/yrdsync .build-release/floor

bench: bench-programs
	Tests/Benchmarks/bench.py $(BENCH_PROGRAMS) --records $(RECORDS) --repeat $(REPEAT) $(if $(ONLY),--only $(ONLY)) $(BENCH_FLAGS)

# How each cost grows with records, log, open conflicts and nodes: a table, and a plot in .build-release/growth.svg.
# More than an hour, most of it for a log of a million change sets: `GROWTH_FLAGS="--axes records nodes"` for some.
GROWTH_FLAGS :=

growth: bench-programs
	$(SWIFT_BUILD_RELEASE) --product changesets
	Tests/Benchmarks/growth.py $(BENCH_PROGRAMS) --plot .build-release/growth.svg $(GROWTH_FLAGS)

.PHONY: bench-programs
bench-programs: deps
	$(SWIFT_BUILD_RELEASE) --product yrdsync
	cc -O2 -Wall -Werror -o .build-release/floor Tests/Benchmarks/floor.c -lsqlite3

# Instructions (valgrind's count) and allocations of encode, decode, merge, root and verify, held against limits.
instructions: deps
	$(SWIFT_BUILD_RELEASE) --product instructions
	Tests/InstructionCounts/check.py .build-release/release/instructions

# Decoders under libFuzzer, each for so long: `make fuzz FUZZ_SECONDS=600 FUZZ_TARGET=json`; `make fuzz-keep` then writes
# what reached new code into Tests/FuzzTests/Corpus, which the suite tries too.
FUZZ_SECONDS := 30
FUZZ_TARGET :=

fuzz: deps
	Tests/FuzzTests/fuzz.sh run $(FUZZ_SECONDS) $(FUZZ_TARGET)

fuzz-keep: deps
	Tests/FuzzTests/fuzz.sh keep $(FUZZ_TARGET)

# Signatures of both suites against PyPI's cryptography and gmssl, which are installed into .build-interop.
INTEROP := .build-interop

interop: deps
	test -x $(INTEROP)/bin/python || python3 -m venv $(INTEROP)
	$(INTEROP)/bin/python -m pip install --quiet cryptography gmssl
	swift build --build-tests $(SWIFT_FLAGS)
	YRD_INTEROP_PYTHON=$(abspath $(INTEROP))/bin/python swift test --skip-build --filter InteropTests

# Breaks one rule after another, and shows that a test notices each: `make mutants MUTANT=name` tries one.
mutants: deps
	Tests/Mutation/check.py $(MUTANT)

# Lines of the merge, envelope, rights and apply code that the tests run; `Tests/Coverage/measure.py --missed` names the others.
coverage: deps
	Tests/Coverage/measure.py

# The suite under the thread and the address sanitizer, each with a planted fault first.
tsan: deps
	Tests/Sanitizers/check.sh thread $(TEST_FLAGS)

asan: deps
	Tests/Sanitizers/check.sh address $(TEST_FLAGS)

# Four real nodes in a storm of kill -9 over a bad network: what was thrown at them, and what held. SEED=n is another plan.
KILLS := 200

kills: deps
	swift build --build-tests $(SWIFT_FLAGS)
	YRD_KILLS=$(KILLS) YRD_KILL_SEED=$(SEED) swift test --skip-build --filter KillTests

build: deps
	swift build $(SWIFT_FLAGS)

# What a market's machine runs: .build-release/release/yrdsync, to be copied wherever Debian's libraries are.
release: deps
	$(SWIFT_BUILD_RELEASE) --product yrdsync

# The C libraries and the test clients, as Debian packages; nothing to do where they are installed.
deps:
	@Config/demo/install-dependencies.sh

# Also that each mutant still finds the code that it breaks.
lint:
	swift format lint --strict -r Sources Tests Package.swift
	Tests/Mutation/check.py --list > /dev/null

format:
	swift format -i -r Sources Tests Package.swift

clean:
	rm -rf .build .build-* .demo
