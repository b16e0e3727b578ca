#!/usr/bin/env bash
# Makes the bundled fonts from Debian's fonts-noto-cjk (Noto Sans CJK SC is font
# number 2 of the collections) with fonttools' pyftsubset. OFL-1.1 allows it.
#
# Emoji are of Noto Emoji (one colour, OFL-1.1), as the npm package
# @fontsource/noto-emoji 5.3.2 has it: what egui's own face of 2015 lacks.
#
# Regular has all of U+4E00-9FFF, kana, Hangul and the signs that the window draws;
# Bold, for captions and reasons, the 3,755 usual characters (level 1 of GB 2312):
# what it lacks is shown in Regular.
set -euo pipefail
cd "$(dirname "$0")"
source=${1:-/usr/share/fonts/opentype/noto}
latin='U+0020-024F,U+0370-03FF,U+0400-045F,U+2000-206F,U+20A0-20BF,U+2100-214F,U+2190-21FF,U+2200-22FF,U+2460-24FF,U+2500-25FF,U+2600-266F,U+2713-2717,U+2776-277F'
cjk='U+3000-303F,U+3040-30FF,U+3100-312F,U+3131-318E,U+31F0-31FF,U+3200-33FF,U+4E00-9FFF,U+AC00-D7A3,U+FF00-FFEF'
usual=$(python3 -c '
rows = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
print(",".join("U+%04X" % ord(c) for c in b"".join(rows).decode("gb2312", "ignore")))')
subset() {
  pyftsubset "$source/$1" --font-number=2 --unicodes="$2" --output-file="$3" \
    --layout-features='' --no-hinting --name-IDs=0,1,2,3,4,5,6,13,14
}
subset NotoSansCJK-Regular.ttc "$latin,$cjk" NotoSansCJKsc-Regular-subset.otf
subset NotoSansCJK-Bold.ttc "$latin,U+3000-303F,U+FF00-FFEF,$usual" NotoSansCJKsc-Bold-subset.otf

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" @fontsource/noto-emoji@5.3.2 >/dev/null
tar -xzf "$work"/*.tgz -C "$work" package/files/noto-emoji-emoji-400-normal.woff
python3 -c '
import sys
from fontTools.ttLib import TTFont
font = TTFont(sys.argv[1])
font.flavor = None  # unpacked: a plain TTF
font.save(sys.argv[2])' "$work"/package/files/*.woff "$work/emoji.ttf"
pyftsubset "$work/emoji.ttf" --unicodes=U+1F000-1FAFF \
  --output-file=NotoEmoji-Regular-subset.ttf --layout-features='' --no-hinting \
  --name-IDs=0,1,2,3,4,5,6,13,14
