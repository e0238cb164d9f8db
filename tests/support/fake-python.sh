#!/bin/sh
# Stands for a Python with the SDK: writes down how it was started and what it is told, until its standard input ends.
[ "$1" = "-c" ] && exit 0
folder="$AGENT_TEST_FOLDER"
env > "$folder/env"
echo "$@" > "$folder/arguments"
echo $$ >> "$folder/pids"
while read -r line; do echo "$line" >> "$folder/lines"; done
echo $$ >> "$folder/ended"
