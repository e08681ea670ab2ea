#!/bin/bash
# Holds a network namespace with a bridge in it, to which hosts are plugged, until its input ends.
set -eu
ip link set lo up
ip link add name switch type bridge
ip link set switch up
set +e
echo ready
while IFS= read -r command; do eval "$command"; done
