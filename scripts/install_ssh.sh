#!/usr/bin/env bash
# The OpenSSH server that tests start for themselves on loopback: Debian's package, installed where there is none.
# Nothing is started or configured; twice in a row does nothing the second time.
set -euo pipefail

found() { command -v sshd >/dev/null || [ -x /usr/sbin/sshd ]; }

found && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo 'The tests of ssh need an OpenSSH server: install it, on Debian and Ubuntu with: sudo apt-get install openssh-server' >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold openssh-server >/dev/null
found
