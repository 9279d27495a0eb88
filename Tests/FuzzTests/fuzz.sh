#!/bin/bash
# Decoders under libFuzzer: builds its program, and lets it attack one target after the other.
#   fuzz.sh run [SECONDS] [TARGET]    attacks for so long each; exits 1 if anything was found
#   fuzz.sh keep [TARGET]             writes what reached new code into Corpus/, as text
#   fuzz.sh again TARGET FILE         tries one input: a find that a run left behind
set -euo pipefail
cd "$(dirname "$0")/../.."

# A crash is libFuzzer's to report: Swift's own backtracer would hang on to the process. What Swift and OpenSSL keep for
# the life of the process is no leak.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 YRD_FUZZ=1
work=.build-fuzz
flags=(-c release --scratch-path "$work" --sanitize address --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing --product fuzz)
corpus=Tests/FuzzTests/Corpus

swift build "${flags[@]}" >"$work.log" 2>&1 || { cat "$work.log" >&2; exit 1; }
program=$(swift build "${flags[@]}" --show-bin-path 2>/dev/null)/fuzz
mkdir -p "$work/corpus" "$work/finds" && mv "$work.log" "$work/build.log"

# Two of the flags are the promises that only libFuzzer can check: no input takes ten seconds, none a gigabyte.
attack() { # target, longest input, folders and flags
    local name=$1 longest=$2
    shift 2
    YRD_FUZZ_TARGET=$name "$program" "$@" -max_len="$longest" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=128
}

run() {
    local name=$1 longest=$2 seconds=$3 log="$work/$1.log" folder="$work/corpus/$1" dictionary=()
    YRD_FUZZ_TARGET=$name YRD_FUZZ_EXPAND="$folder" "$program"
    [ -s "$folder.dict" ] && dictionary=(-dict="$folder.dict")
    local TIMEFORMAT='%U'
    if { time attack "$name" "$longest" "$folder" "${dictionary[@]}" -max_total_time="$seconds" -print_final_stats=1 \
        -reload=0 -artifact_prefix="$work/finds/$name-" ${FUZZ_FLAGS:-} >"$log" 2>&1; } 2>"$work/cpu"; then
        awk -v name="$name" -v cpu="$(cat "$work/cpu")" '
            $1 ~ /^#[0-9]+$/ && $3 == "cov:" { edges = $4; features = $6; kept = $8 }
            $1 == "stat::number_of_executed_units:" { runs = $2 }
            $1 == "stat::peak_rss_mb:" { rss = $2 }
            END { printf "%-12s %9d inputs %5d edges %6d features %6d kept %4d MB %5d s CPU\n", name, runs, edges, features, kept, rss, cpu }' "$log"
    else
        echo "$name: FOUND SOMETHING. The log is $log; its end:"
        grep -E 'Fatal error|ERROR|SUMMARY|Test unit written' "$log" | tail -5 | cut -c1-400 || true
        return 1
    fi
}

case ${1:-run} in
    run)
        found=0
        while read -r name longest; do
            [ -z "${3:-}" ] || [ "$3" = "$name" ] || continue
            run "$name" "$longest" "${2:-30}" </dev/null || found=1
        done < <(YRD_FUZZ_LIST=1 "$program")
        exit $found
        ;;
    keep)
        while read -r name longest; do
            [ -z "${2:-}" ] || [ "$2" = "$name" ] || continue
            [ -d "$work/corpus/$name" ] || continue
            rm -rf "$work/kept" && mkdir "$work/kept"
            # Of several inputs that reach the same code the shortest is kept; long ones are for a folder, not for text.
            attack "$name" 512 "$work/kept" "$work/corpus/$name" -merge=1 -use_counters=0 </dev/null >"$work/merge.log" 2>&1
            YRD_FUZZ_TARGET=$name YRD_FUZZ_COLLECT="$work/kept" "$program" >"$work/kept.hex"
            mv "$work/kept.hex" "$corpus/$name.hex"
            echo "$corpus/$name.hex: $(wc -l <"$corpus/$name.hex") inputs"
        done < <(YRD_FUZZ_LIST=1 "$program")
        ;;
    again)
        attack "$2" 1048576 "$3"
        ;;
    *)
        sed -n '3,5s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
