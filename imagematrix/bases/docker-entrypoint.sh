#!/bin/sh
# The container's command may be a program, or what is to be handed to node: a flag, a script, nothing known.
set -e

for_node() {
	case "$1" in
	-*) return 0 ;;
	esac
	command -v -- "$1" >/dev/null 2>&1 || return 0
	# Some shells' `command -v` also answers for a plain file that cannot be run: a script for node.
	[ -f "$1" ] && [ ! -x "$1" ]
}

if for_node "$1"; then
	set -- node "$@"
fi
exec "$@"
