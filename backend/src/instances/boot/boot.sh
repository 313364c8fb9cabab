#!/bin/bash
# Runs this instance's bootstrap script, and tells the server that asked for it how that goes:
# by HTTP where the server can be reached, and on the console in any case.
umask 077
id='@ID@'
url='@URL@'
token='@TOKEN@'
key='@KEY@'
for folder in "${AGENT_FOLDER:-/var/lib/manageacloud}" "${HOME:-/root}/.manageacloud.d" /tmp/manageacloud; do
    mkdir -p "$folder" 2> /dev/null && [ -w "$folder" ] && break
done
cd "$folder" || exit 1
# a machine that starts again goes on with the token that it had last
[ -s token ] && token=$(cat token)
script="$folder/bootstrap"
log="$folder/bootstrap.log"

tell() { echo "::manageacloud $id $*"; }

# ask PATH [FILE]: sends the file, if there is one, and prints the answer
ask() {
    [ -n "$url" ] || return 1
    local path="$1" file="$2"
    if command -v curl > /dev/null; then
        curl -fsS --max-time 40 -H "Authorization: Agent $token" \
            ${file:+-X POST -H 'Content-Type: text/plain' --data-binary "@$file"} "$url/$path"
    else
        wget -qO- --timeout=40 --tries=1 --header "Authorization: Agent $token" \
            ${file:+--header 'Content-Type: text/plain' --post-file "$file"} "$url/$path"
    fi 2> /dev/null
}

# a few tries, as the server may be starting again
ask_patiently() {
    local tries
    for tries in 1 2 3 4 5 6; do
        ask "$@" && return 0
        [ -n "$url" ] || return 1
        sleep $((tries * tries))
    done
    return 1
}

word() { tr -d '"\\' < "$1" 2> /dev/null | head -n 1; }

facts() {
    local interfaces='' name address
    while IFS=': ' read -r name _; do
        case "$name" in Inter-* | face* | '') continue ;; esac
        address=$(ip -4 -o address show dev "$name" 2> /dev/null |
            while read -r _ _ _ found _; do echo "${found%/*}"; break; done)
        [ "$name" = lo ] && address=127.0.0.1
        [ -n "$address" ] || continue
        interfaces="$interfaces${interfaces:+,}$name"
        echo "ipaddress_$name=$address"
    done < /proc/net/dev
    echo "interfaces=$(echo "$interfaces" | tr ',' '\n' | sort | tr '\n' ',' | sed 's/,$//')"
    echo "hostname=$(word /proc/sys/kernel/hostname)"
    echo "kernel=$(word /proc/sys/kernel/ostype)"
    echo "kernelrelease=$(word /proc/sys/kernel/osrelease)"
    echo "architecture=$(uname -m)"
    echo "processorcount=$(grep -c '^processor' /proc/cpuinfo)"
    while read -r name address _; do
        [ "$name" = MemTotal: ] && echo "memorysize_mb=$((address / 1024))"
    done < /proc/meminfo
    read -r address _ < /proc/uptime && echo "uptime_seconds=${address%.*}"
    # the key it is known by to who enters it
    read -r _ address _ 2> /dev/null < /etc/ssh/ssh_host_ed25519_key.pub && echo "sshed25519key=$address"
    if [ -r /etc/os-release ]; then
        (. /etc/os-release && echo "operatingsystem=$ID" && echo "operatingsystemrelease=$VERSION_ID")
    fi
}

# lets the server's account in by SSH. Images of Amazon's let root do nothing but what the key itself
# says, so the key says: what is asked for.
admit() {
    [ -n "$key" ] || return
    local home
    home=$(getent passwd "$(id -u)" | cut -d: -f6)
    mkdir -p "$home/.ssh" || return
    grep -qsF "$key" "$home/.ssh/authorized_keys" && return
    cat >> "$home/.ssh/authorized_keys" << KEYS
command="eval \\"\${SSH_ORIGINAL_COMMAND:-exec bash -l}\\"" $key
KEYS
}

send_log() {
    local sent size
    sent=$(cat sent 2> /dev/null || echo 0)
    size=$(stat -c %s "$log" 2> /dev/null || echo 0)
    while [ "$size" -gt "$sent" ]; do
        tail -c "+$((sent + 1))" "$log" | head -c 65536 > part
        ask "log?offset=$sent" part > /dev/null || return
        sent=$((sent + $(stat -c %s part)))
        echo "$sent" > sent
    done
}

# says how the script ended until the server knows; the answer may be lost as well, and then the
# next token, which is fetched before, is good already
end_phase() {
    local next='' found
    while [ -n "$url" ]; do
        found=$(ask next) && next=$found
        if [ -n "$next" ]; then
            ask ended code > /dev/null && break
            (token=$next && ask next > /dev/null) && break
        fi
        sleep 5
    done
    [ -n "$next" ] && token=$next && echo "$token" > token
}

configure() {
    tell configuring
    chmod 700 "$script"
    : > "$log"
    echo 0 > sent
    (while sleep 1; do send_log; done) &
    local sender=$!
    cd ~ 2> /dev/null || cd /
    "$script" >> "$log" 2>&1 < /dev/null &
    local running=$!
    # the console shows what it writes until it ends; one that takes too long is left to itself
    local code
    timeout '@LONGEST@' tail --pid="$running" -s 0.05 -n +1 -f "$log"
    if [ $? = 124 ]; then
        code='@STILL@'
    else
        wait "$running"
        code=$?
    fi
    cd "$folder" || return
    kill "$sender" 2> /dev/null
    wait "$sender" 2> /dev/null
    send_log
    echo "$code" > code
    tell ended "$code"
    end_phase
}

admit
facts > facts
tell running
ask_patiently running facts > /dev/null && rm -f facts
if [ '@CONFIGURE@' = yes ]; then
    base64 -d > "$script" << 'SCRIPT'
@SCRIPT@
SCRIPT
    configure
fi
# further configurations, as they are asked for
(
    while [ -n "$url" ]; do
        [ -e facts ] && ask running facts > /dev/null && rm -f facts
        if ask 'work?wait_ms=25000' > work; then
            [ -s work ] || continue
            mv work "$script"
            configure
        else
            sleep 5
        fi
    done
) &
