#!/bin/sh
# pip_install.sh PYTHON LOCK: installs exactly what LOCK names, and says in a few lines how far it is.
# Where pip fails, all that it said is shown.
set -u
python="$1"
lock="$2"
said="$(mktemp)"
trap 'rm -f "$said"' EXIT
# The locks are complete, so nothing is resolved: pip 23.2 looks past a lock for extras as soon as a newer release exists.
{
	"$python" -m pip --disable-pip-version-check --no-input install --progress-bar off \
		--require-hashes --no-deps -r "$lock" 2>&1 || echo "pip failed"
} | {
	count=0
	while IFS= read -r line; do
		if [ "$line" = "pip failed" ]; then
			cat "$said" >&2
			exit 1
		fi
		printf '%s\n' "$line" >>"$said"
		case "$line" in
		"Collecting "* | "Requirement already satisfied"*)
			count=$((count + 1))
			if [ $((count % 10)) -eq 0 ]; then echo "  $count packages fetched"; fi
			;;
		"Installing collected packages"*)
			echo "  $count packages fetched; unpacking them takes a moment"
			;;
		esac
	done
}
