#!/bin/bash
# Makes a root ready for a daemon of a host: root.sh ROOT FOLDER, in the host's namespaces. The root sees the
# host's folders where libvirt expects its own; what stands below FOLDER has the same path everywhere.
set -eu
root=$1 folder=$2

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys" # that of the host's own network
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount --rbind /run "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
for pair in etc:/etc/libvirt lib:/var/lib/libvirt log:/var/log/libvirt cache:/var/cache/libvirt; do
  mkdir -p "$root${pair#*:}"
  mount --bind "$folder/${pair%%:*}" "$root${pair#*:}"
done
mkdir -p "$root$folder"
mount --bind "$folder" "$root$folder"
