#!/bin/sh
# The command line inside the image: `docker exec <container> jarvis backup /data/copy.db`.
exec bun --no-install /app/packages/server/src/cli.ts "$@"
