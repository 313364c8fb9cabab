#!/bin/bash
# A visitor of a page: asks for it five times a second, and keeps in ~/visits.log what came back.
#
#   ./visitor.sh NAME      until Ctrl+C
#
trap "echo; exit" INT TERM
log=~/visits.log
: > "$log"
while sleep 0.2; do
  if page=$(curl --silent --fail --max-time 5 "http://$1/"); then
    seen=$(grep -o 'Version [^<]*' <<< "$page" || echo 'another page')
  else
    seen='no answer'
  fi
  echo "$seen" >> "$log"
  printf '\r%-8s %-20s answers: %s, without an answer: %s ' \
    "$(date +%T)" "$seen" "$(grep -vc 'no answer' "$log")" "$(grep -c 'no answer' "$log")"
done
