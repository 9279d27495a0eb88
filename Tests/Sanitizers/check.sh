#!/bin/sh
# Runs the suite under a sanitizer: `check.sh thread`, `check.sh address`. First a fault is planted, which the sanitizer must
# report and the run must end with: a sanitizer that finds nothing is suspected first.
set -eu
cd "$(dirname "$0")/../.."
sanitizer=$1
shift
case $sanitizer in
thread)
    scratch=.build-tsan
    report="SUMMARY: ThreadSanitizer:"
    # Without halt_on_error a race is printed, the tests pass, and the run ends with 0.
    export TSAN_OPTIONS="halt_on_error=1"
    ;;
address)
    scratch=.build-asan
    report="SUMMARY: AddressSanitizer: heap-buffer-overflow"
    # Clean tests "leak" a few hundred bytes of the runtime's own.
    export ASAN_OPTIONS="detect_leaks=0"
    ;;
*)
    echo "usage: $0 thread|address [options of swift test]" >&2
    exit 2
    ;;
esac
# Everything is five to fifteen times as slow: fewer seeds, and what measures speed or patience has more time elsewhere.
export YRD_SEEDS="${YRD_SEEDS:-20}"
# A report must end the process, not wait for a debugger.
export SWIFT_BACKTRACE=enable=no

swift build --build-tests --sanitize="$sanitizer" --scratch-path "$scratch" --explicit-target-dependency-import-check error
if [ "$sanitizer" = thread ] && [ "$(uname)" = Linux ]; then
    clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
    "$clang" -shared -fPIC -O1 -Wall -Werror -o "$scratch/mutex.so" Tests/Sanitizers/mutex.c
    export LD_PRELOAD="$PWD/$scratch/mutex.so"
fi
test="swift test --skip-build --sanitize=$sanitizer --scratch-path $scratch"

echo "a planted fault must be reported"
if planted=$(YRD_PLANT_FAULT=$sanitizer $test --filter PlantedFaultTests 2>&1); then
    echo "$planted"
    echo "the planted fault did not end the run with an error" >&2
    exit 1
fi
case $planted in
*"$report"*) echo "reported: $report" ;;
*)
    echo "$planted"
    echo "the planted fault was not reported" >&2
    exit 1
    ;;
esac

if [ $# -gt 0 ]; then
    $test "$@"
    exit
fi
# As `make test`: what measures patience on real sockets does not share two cores with thousands of seeds.
$test --skip PeerTransportTests --skip SyncNodeTests --skip KillTests
$test --filter PeerTransportTests
$test --filter SyncNodeTests
$test --filter KillTests
