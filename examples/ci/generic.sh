#!/bin/sh
# The same for any CI that has a shell, Python 3.11 or newer and a Docker engine. Run it in the folder of
# variants.yml, and let the CI keep two folders:
#
#   results/       from one run to the next (a cache), so that there is something to compare with
#   image-report/  for people to look at (artifacts); report.junit.xml in it is for the CI's own test view
#
# Name both in .dockerignore where the app's folder is the build context, as `invoke init` does.
#
# It ends as `invoke matrix` does: 0 all passed, 1 a variant failed or a budget broke, 2 bad input, 3 no engine.
set -eu

out=${IMAGEMATRIX_REPORT:-image-report}

# Not in this folder: what lies here may be in the build context, and so in the images.
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet "${IMAGEMATRIX_PACKAGE:-imagematrix}"
PATH=$tools/bin:$PATH
export PATH

# What an earlier build left here tells of another run.
rm -f "$out/compare.md" "$out"/report.*

code=0
invoke matrix --deep || code=$?

# With 2 or 3 nothing was run, and there is nothing to report. What follows only tells of the run: whatever
# becomes of it, the script ends as `invoke matrix` did.
if [ "$code" -le 1 ]; then
    mkdir -p "$out"
    invoke report --format markdown,html,junit,sarif --output "$out/" || echo "no report was written" >&2
    # The first run has nothing to be compared with.
    if [ "$(find results -name run.json | wc -l)" -gt 1 ]; then
        invoke compare --format markdown > "$out/compare.md" || rm -f "$out/compare.md"
    fi
    invoke runs --prune --keep 50 || echo "no old run was removed" >&2
fi

exit "$code"
