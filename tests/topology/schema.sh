#!/bin/sh
# The JSON Schema of `lanyard keys --schema`, judged by an independent validator: it
# is a schema, it takes every lab that lint takes, and no misspelt key.
# limit: 60
cd "$(dirname "$0")/../.." || exit 1
python3 -c 'import jsonschema, yaml' 2>/dev/null || exit 77
"${LANYARD:-build/lanyard}" keys --schema | python3 tests/topology/schema.py
