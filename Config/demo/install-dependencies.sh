#!/bin/sh
# Installs the Debian packages that the build and the tests need, if they are missing.
set -eu
packages="libcurl4-openssl-dev libsqlite3-dev libssl-dev libzstd-dev pkg-config sqlite3 python3 openssl curl valgrind binutils"
missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
echo "installing:$missing"
if [ "$(id -u)" -eq 0 ]; then run=""; else run="sudo"; fi
$run apt-get update -qq
# shellcheck disable=SC2086 — a list of words on purpose.
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq $missing
