#!/bin/bash
# Four markets on this machine, from nothing to one settled conflict. `make demo` runs it; KEEP=1 leaves the nodes running.
set -euo pipefail

yrdsync=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
demo="$root/.demo"
markets=(shanghai jiangsu zhejiang anhui)

case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in zh*) language=zh ;; *) language=en ;; esac

say() { if [ "$language" = zh ]; then printf '%s\n' "$1"; else printf '%s\n' "$2"; fi; }
chapter() { printf '\n\033[1m'; say "$1" "$2"; printf '\033[0m'; }
# Shows a command as a person would type it, then runs it.
show() { printf '\033[2m$ yrdsync %s\033[0m\n' "$*"; (cd "$demo" && "$yrdsync" "$@") || [ $? -eq 3 ]; }
quiet() { (cd "$demo" && "$yrdsync" "$@"); }
sql() { printf '\033[2m$ sqlite3 %s/replica.sqlite "%s"\033[0m\n' "$1" "$2"; sqlite3 -cmd '.timeout 15000' "$demo/$1/replica.sqlite" "$2"; }

field() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
status() { { quiet -C "$1" status --json || [ $? -eq 3 ]; } | field "$2"; }

# Waits until a question has one and the same answer on all four nodes (and the expected one, if given).
await_same() {
    local question=$1 expected=${2:-} answers attempt
    for attempt in $(seq 1 240); do
        answers=$(for market in "${markets[@]}"; do status "$market" "$question"; done | sort -u)
        if [ "$(printf '%s\n' "$answers" | wc -l)" -eq 1 ] && { [ -z "$expected" ] || [ "$answers" = "$expected" ]; }; then
            # Nothing may be on its way any more.
            [ "$(for market in "${markets[@]}"; do status "$market" pending; done | sort -u)" = 0 ] && return 0
        fi
        sleep 0.5
    done
    say "四个节点未能一致($question),日志在 $demo/*/serve.log" \
        "the four nodes did not agree on $question; their logs are in $demo/*/serve.log" >&2
    return 1
}

start() {
    local market=$1
    (cd "$demo" && exec "$yrdsync" -C "$market" serve >"$market/serve.out" 2>>"$market/serve.log" 9>&-) &
    echo $! >"$demo/$market/serve.pid"
    for _ in $(seq 1 100); do
        grep -q '^ready' "$demo/$market/serve.out" 2>/dev/null && return 0
        kill -0 "$(cat "$demo/$market/serve.pid")" 2>/dev/null || { cat "$demo/$market/serve.log" >&2; return 1; }
        sleep 0.1
    done
}

stop() {
    local pid
    [ -f "$demo/$1/serve.pid" ] || return 0
    pid=$(cat "$demo/$1/serve.pid")
    kill "$pid" 2>/dev/null && while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    rm -f "$demo/$1/serve.pid"
}

stop_all() { for market in "${markets[@]}"; do stop "$market"; done; }

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

if [ -d "$demo" ]; then stop_all; rm -rf "$demo"; fi
mkdir -p "$demo"
trap 'status=$?; [ "${finished:-}" = yes ] || stop_all; exit $status' EXIT
trap 'exit 130' INT TERM

chapter "一、四个市场各建一个节点" "1. Four markets, a node each"
for market in "${markets[@]}"; do
    show init "$market" --market "$market" --listen "127.0.0.1:$(free_port)" | head -2
    others=$(printf '%s\n' "${markets[@]}" | grep -v "^$market$")
    { echo "peers:"; for other in $others; do echo "  $other: {every: 2s, jitter: 0s}"; done; } >>"$demo/$market/node.yaml"
done

chapter "二、互相信任:交换描述文件(真实环境请电话核对指纹)" \
    "2. Trust: they hand each other their descriptors (in earnest: compare fingerprints by telephone)"
for market in "${markets[@]}"; do
    for other in "${markets[@]}"; do
        [ "$market" = "$other" ] || quiet -C "$market" peers add "$other/descriptor.yaml" >/dev/null
    done
done
show -C shanghai peers list

chapter "三、守护进程启动,各自导入自己的登记册" "3. The daemons start, and each imports its own register"
for market in "${markets[@]}"; do start "$market"; done
for market in "${markets[@]}"; do
    cp "$here/registers/$market-contracts.csv" "$demo/$market/contracts.csv"
    cp "$here/registers/$market-agencies.csv" "$demo/$market/agencies.csv"
done
# Anhui's register comes as Chinese office software writes it: GB18030, with some damaged rows.
iconv -f UTF-8 -t GB18030 "$here/registers/anhui-contracts.csv" >"$demo/anhui/contracts.csv"
for market in "${markets[@]}"; do
    show -C "$market" records import contract "$market/contracts.csv"
    show -C "$market" records import agency "$market/agencies.csv"
done

chapter "四、签名的变更集经双向认证的 HTTPS 互换,直到四份副本相同" \
    "4. Signed change sets travel over mutually authenticated HTTPS until the four replicas are equal"
await_same digest
for market in "${markets[@]}"; do
    printf '%-9s %s\n' "$market" "$(sqlite3 "$demo/$market/replica.sqlite" \
        "SELECT (SELECT count(*) FROM contract) || ' contracts, ' || (SELECT count(*) FROM agency) || ' agencies'")  digest $(status "$market" digest | cut -c1-16)…"
done

chapter "五、江苏断网。上海与江苏各自修改同一机构,互不知情" \
    "5. Jiangsu's line is cut. Shanghai and Jiangsu edit the same agency without knowing of each other"
agency=$(sqlite3 "$demo/jiangsu/replica.sqlite" "SELECT agency_id FROM agency WHERE agency_id GLOB '31-*' ORDER BY agency_id LIMIT 1")
stop jiangsu
sql shanghai "UPDATE agency SET website = 'https://www.shanghai-tt.example.cn' WHERE agency_id = '$agency'"
sql jiangsu "UPDATE agency SET website = 'https://js.shanghai-tt.example.cn' WHERE agency_id = '$agency'"
start jiangsu

chapter "六、线路恢复:四个节点看见同一个冲突,编号相同" \
    "6. The line is back: all four see the same conflict, under one id"
await_same conflicts 1
await_same digest
for market in "${markets[@]}"; do
    printf '%-9s %s\n' "$market" "$({ quiet -C "$market" conflicts list --json || [ $? -eq 3 ]; } | field id)"
done
conflict=$({ quiet -C zhejiang conflicts list --json || [ $? -eq 3 ]; } | field id)
show -C zhejiang conflicts show "${conflict:0:12}"

chapter "七、第三方市场的管理员一条命令裁定,处处生效" \
    "7. An admin at a third market settles it with one command, and it is closed everywhere"
show -C zhejiang conflicts resolve "${conflict:0:12}" --take jiangsu --author "李敏" --reason "电话核实:江苏所记为新网址"
await_same conflicts 0
await_same digest
for market in "${markets[@]}"; do
    printf '%-9s %s  conflicts %s  digest %s…\n' "$market" \
        "$(sqlite3 "$demo/$market/replica.sqlite" "SELECT website FROM agency WHERE agency_id = '$agency'")" \
        "$(status "$market" conflicts)" "$(status "$market" digest | cut -c1-16)"
done
show -C anhui records history agency "$agency"

chapter "八、每个签名、每条链、每一行都可核对" "8. Every signature, every chain, every row can be checked"
show -C anhui verify --deep

finished=yes
if [ "${KEEP:-}" = 1 ]; then
    chapter "四个节点继续运行" "The four nodes are left running"
    say "看看:    yrdsync -C .demo/shanghai status    sqlite3 .demo/shanghai/replica.sqlite" \
        "look:    yrdsync -C .demo/shanghai status    sqlite3 .demo/shanghai/replica.sqlite"
    say "程序在:  $yrdsync" "program: $yrdsync"
    say "停止:    kill \$(cat .demo/*/serve.pid)" "stop:    kill \$(cat .demo/*/serve.pid)"
else
    stop_all
    chapter "演示结束,守护进程已停止。数据在 .demo/;make demo KEEP=1 则继续运行。" \
        "The demo is over and the daemons have stopped. The data is in .demo/; make demo KEEP=1 leaves them running."
fi
