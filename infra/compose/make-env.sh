#!/bin/sh
# Writes .env: a copy of .env.example with a random secret for each variable without a value. An existing .env stays as it is.
set -eu
cd "$(dirname "$0")"
umask 077
if [ -e .env ]; then
  echo ".env exists; remove it first to make all secrets anew." >&2
  exit 1
fi
while IFS= read -r line; do
  case "$line" in
    [A-Z]*=) echo "${line}s$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" ;;
    *) echo "$line" ;;
  esac
done < .env.example > .env.new
mv .env.new .env
