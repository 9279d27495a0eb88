# The two commands: `make demo` shows the product at work, `make test` proves it.

SWIFT_FLAGS := --explicit-target-dependency-import-check error

.PHONY: demo test soak kills build deps lint format clean

demo: deps
	swift build --product yrdsync $(SWIFT_FLAGS)
	KEEP=$(KEEP) Config/demo/demo.sh "$$(swift build --show-bin-path)/yrdsync"

# The transport's tests and the storm of kills measure patience on real sockets, so they do not share two cores with
# thousands of seeds.
test: deps lint
	swift build --build-tests $(SWIFT_FLAGS)
	swift test --skip-build $(TEST_FLAGS) --skip PeerTransportTests --skip KillTests
	swift test --skip-build --filter PeerTransportTests
	swift test --skip-build --filter KillTests

# Whole federations from seeds: what was thrown at them, and what held. `make soak SEED=n` replays one, with its story.
SEEDS := 1000
STEPS := 200

soak: deps
	swift build --build-tests $(SWIFT_FLAGS)
	YRD_SIM_SEEDS=$(SEEDS) YRD_SIM_STEPS=$(STEPS) YRD_SIM_SEED=$(SEED) swift test --skip-build --filter SimulationTests

# Four real nodes in a storm of kill -9 over a bad network: what was thrown at them, and what held. SEED=n is another plan.
KILLS := 200

kills: deps
	swift build --build-tests $(SWIFT_FLAGS)
	YRD_KILLS=$(KILLS) YRD_KILL_SEED=$(SEED) swift test --skip-build --filter KillTests

build: deps
	swift build $(SWIFT_FLAGS)

# The C libraries and the test clients, as Debian packages; nothing to do where they are installed.
deps:
	@Config/demo/install-dependencies.sh

lint:
	swift format lint --strict -r Sources Tests Package.swift

format:
	swift format -i -r Sources Tests Package.swift

clean:
	rm -rf .build .build-* .demo
