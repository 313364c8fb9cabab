#!/bin/bash
set -e
mkdir -p ~/page
echo "<!doctype html><title>$(hostname)</title><h1>$(hostname)</h1>" > ~/page/index.html
setsid python3 -u -m http.server --directory ~/page 8080 < /dev/null > ~/web_server.log 2>&1 &
until (exec 3<> /dev/tcp/127.0.0.1/8080) 2> /dev/null; do sleep 0.1; done
echo "a web server listens on port 8080"
