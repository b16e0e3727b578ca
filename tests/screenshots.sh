#!/usr/bin/env bash
# Makes the README's pictures of the real window, into screenshots/ or the folder given.
# Needs Xvfb, xdotool, xclip and imagemagick; no window manager, no network.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in Xvfb xdotool xclip import; do
    command -v "$tool" >/dev/null || { echo "$tool is needed" >&2; exit 1; }
done
out=$(realpath -m "${1:-screenshots}")
mkdir -p "$out"
cargo build --quiet
program=$(realpath "${CARGO_TARGET_DIR:-target}/debug/wsscope")
work=$(mktemp -d)
xvfb='' app='' peer=''
finish() {
    # The jobs that were started here, and no others.
    for job in "$peer" "$app" "$xvfb"; do
        [ -z "$job" ] || kill "$job" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

mars='孩子,地球太危险了,快回火星去吧!'
export HOME="$work" XDG_DATA_HOME="$work/data" XDG_CONFIG_HOME="$work/config"
export LIBGL_ALWAYS_SOFTWARE=1 LC_ALL=C.UTF-8
unset WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS

# until_true SECONDS WHAT COMMAND...: polls a condition.
until_true() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "$what: not within the time" >&2; exit 1; }
        sleep 0.05
    done
}

# screen SIZE: a display of its own.
screen() {
    [ -z "$xvfb" ] || { kill "$xvfb"; wait "$xvfb" || true; }
    : >"$work/display"
    Xvfb -noreset -screen 0 "$1x24" -nolisten tcp -displayfd 3 3>"$work/display" 2>/dev/null &
    xvfb=$!
    until_true 10 "a display" test -s "$work/display"
    export DISPLAY=":$(cat "$work/display")"
}

# start SIZE ARGUMENTS...: the window fills the screen.
start() {
    local size=$1
    shift
    rm -rf "$work/data" "$work/config"
    "$program" "$@" &
    app=$!
    until_true 20 "a window" xdotool search --onlyvisible --name 'wsscope$'
    window=$(xdotool search --onlyvisible --name 'wsscope$' | head -1)
    xdotool windowmove "$window" 0 0 windowsize "$window" "${size%x*}" "${size#*x}"
    xdotool windowfocus --sync "$window"
    settled
}

stop() {
    kill "$app"
    wait "$app" 2>/dev/null || true
    app=''
}

# A window that is gone leaves import waiting.
picture() {
    kill -0 "$app" || { echo "the program has ended" >&2; exit 1; }
    timeout 10 import -silent -window "$window" "ppm:$1"
}

# settled [TIMES]: waits until the picture is the same so many times in a row.
settled() {
    local times=${1:-2} same=0 before='' now end=$((SECONDS + 20))
    while [ $same -lt "$times" ]; do
        [ $SECONDS -lt $end ] || { echo "the window does not settle" >&2; exit 1; }
        sleep 0.1
        picture "$work/now.ppm"
        now=$(sha256sum <"$work/now.ppm")
        if [ "$now" = "$before" ]; then same=$((same + 1)); else same=0; fi
        before=$now
    done
}

shoot() {
    # The pointer rests where nothing lights up; it moves, since another zoom alone
    # would leave it over what was there before.
    xdotool mousemove 802 5 mousemove 800 3
    settled
    import -silent -window "$window" -dither None -colors 255 \
        -define png:exclude-chunks=date,time "png8:$out/$1"
    echo "$out/$1"
}

differs() { ! picture - | cmp -s - "$work/before.ppm"; }

# changes WHAT COMMAND...: does it and waits until the window shows something else.
# (A field with a blinking cursor never settles.)
changes() {
    local what=$1
    shift
    picture "$work/before.ppm"
    "$@"
    until_true 20 "$what" differs
}

click() { changes "a click" xdotool mousemove "$1" "$2" click 1; }

# A field lights up below the pointer before it can take the focus.
focus() {
    changes "a field" xdotool mousemove "$1" "$2"
    settled
    changes "a focus" xdotool click 1
}

paste() {
    printf %s "$1" | xclip -selection clipboard -i 2>/dev/null
    changes "a text" xdotool key ctrl+v
}

# scenario WIDTH HEIGHT: a chat with the partner, another client that is lost,
# a Close with a reason; that Close is chosen.
scenario() {
    click $(($1 / 2 - 178)) $((280 + ($2 - 800) / 2))
    # The partner pauses for 400 ms between its messages.
    settled 8
    # It listens on 8000, or on the next port that is free.
    local host
    host=$(cat "$work"/data/wsscope/sessions/*.pcapng | grep -aom1 'Host: 127.0.0.1:[0-9]*')
    timeout 20 "$program" connect "ws://${host#* }/" --headless --no-record \
        --after-open 'text:still on earth' --after-open wait:300 --after-open rst >/dev/null || true
    settled
    focus $(($1 / 2 + 310)) $(($2 - 70))
    paste "$mars"
    click $(($1 / 2 + 62)) $(($2 - 34))
    xdotool mousemove 800 3
    settled
    xdotool key Home
    # Six rows of the partner, six of the other client, then the Close.
    for _ in $(seq 12); do xdotool key Down; done
    settled
}

# press KEY...: one after the other, each heeded before the next.
press() { for key in "$@"; do changes "the key $key" xdotool key "$key"; done; }

screen 1280x800
start 1280x800
shoot start.png
scenario 1280 800
shoot table-dark.png
press i
shoot table-light.png
press t
shoot ladder-light.png
stop

start 1280x800 --lang zh
scenario 1280 800
shoot chinese.png
# In detail, for a room, light.
press t F5 i d
shoot present-chinese.png
stop

# A lesson in its last step, its question answered.
start 1280x800 lesson 6
press i
for _ in 1 2 3 4; do
    changes "a step" xdotool key Right
    settled
done
changes "an answer" xdotool key 3
shoot lesson.png
stop

# A replay that stands at a Close without an answer.
screen 1920x1080
start 1920x1080
scenario 1920 1080
press t F5 r
press Right Right Right Right Right Right Right
shoot present.png
stop
