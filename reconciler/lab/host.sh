#!/bin/bash
# The first process of a host, in namespaces of its own: makes the machine look like one that has nothing
# but our libvirtd, then does what it is told, a line a time, until its input ends. As the first process
# of its pid namespace it takes everything with it when it ends.
set -eu
root=$1 name=$2

hostname "$name"
ip link set lo up
for folder in etc lib log cache; do
  case $folder in etc) over=/etc/libvirt ;; *) over=/var/$folder/libvirt ;; esac
  mkdir -p "$over"
  mount --bind "$root/$folder" "$over"
done
[ ! -e "$root/hosts" ] || mount --bind "$root/hosts" /etc/hosts
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock

# The control groups that the host was started in become the roots of its own hierarchies.
awk '{ for (i = 7; $i != "-"; i++); print $5, $(i + 1), $(i + 3) }' /proc/self/mountinfo |
  while read -r at type options; do
    case $type in
      cgroup)
        options=$(printf %s "$options" | sed -E 's/(^|,)(rw|ro|xattr|clone_children|release_agent=[^,]*)//g; s/^,//')
        case $options in name=*) options=none,$options ;; esac
        umount "$at"
        mount -t cgroup -o "$options" cgroup "$at"
        ;;
      cgroup2)
        umount "$at" # libvirt_lxc stumbles over the hybrid layout
        if [ "$at" = /sys/fs/cgroup ]; then
          mount -t cgroup2 cgroup2 "$at"
          mkdir "$at/init" # a group with processes of its own can give controllers to none below it
          echo $$ >"$at/init/cgroup.procs"
        fi
        ;;
    esac
  done

set +e
echo ready
while IFS= read -r command; do eval "$command"; done
