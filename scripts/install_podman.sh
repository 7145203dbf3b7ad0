#!/usr/bin/env bash
# Podman and its runtime for the tests of containers: Debian's packages, installed where there are none.
# Nothing is started or configured; twice in a row does nothing the second time.
set -euo pipefail

found() { command -v podman >/dev/null && command -v runc >/dev/null && command -v busybox >/dev/null; }

found && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo 'The tests of containers need podman, runc and a static busybox, on Debian and Ubuntu:' >&2
    echo 'sudo apt-get install podman runc busybox-static' >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold podman runc busybox-static >/dev/null
found
