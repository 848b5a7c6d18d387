#!/bin/sh
# Makes the demonstration's paper: printed by Chromium, with the few glyphs of Noto Serif CJK (OFL) that it needs inside.
# Needs chromium and fonts-noto-cjk. Run it in this directory.
set -eu
chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --disable-pdf-tagging --print-to-pdf=discussion.pdf "file://$PWD/discussion.html"
