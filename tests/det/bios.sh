#!/bin/bash
# The firmware alone, flat out and paced.
. "$(dirname "$0")/det.sh"
det_same --memory 32M --until 3s
hash_of "in real time" "$LANYARD" boot --hash --pace realtime --memory 32M --until 3s
reference=
det_same --memory 32M --until 1s --seed 7 --cpu 686
