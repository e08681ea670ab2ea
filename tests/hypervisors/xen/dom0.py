"""What is put into dom0's root: its first process, the scripts that plug disks and NICs, and settings.

All of it is small, for in QEMU's own translation everything takes its time: Xen's `block` script forks so
many programs that libxl gives up after 40 s (LIBXL_HOTPLUG_TIMEOUT), and systemd is not needed for anything.
"""

from __future__ import annotations

from collections.abc import Mapping

LIBVIRT_PORT = 16509
GUESTS = "/guests"
"""Where the guests' kernel and initramfs are."""

READY = "dom0 is ready"
"""What the first process says when libvirtd listens."""

_MODULES = (
    "xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xen-blkback xen-netback loop tun bridge virtio_net"
    " ip_tables iptable_filter iptable_nat iptable_mangle nf_tables nft_compat xt_MASQUERADE xt_CHECKSUM"
    " ipt_REJECT xt_comment br_netfilter"
)

_INIT = f"""#!/bin/sh
# Dom0's first process: what libxl and libvirtd need, and nothing else.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/xen-4.17/bin LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
for name in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
  ln -sfn /proc/self/${{name#*:}} /dev/${{name%:*}}
done
for module in {_MODULES}; do modprobe -q $module; done
mount -t xenfs xenfs /proc/xen
mkdir -p /run/xen /run/xenstored /run/libvirt /run/lock /var/lib/xen /var/log/xen
hostname xen
ip link set lo up
ip link set eth0 up
ip address add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
export XENSTORED_ROOTDIR=/run/xenstored
xenstored --pid-file /run/xen/xenstored.pid || exec sh
until xenstore-read / >/dev/null 2>&1; do sleep 0.2; done
xen-init-dom0
xenconsoled --pid-file=/run/xen/xenconsoled.pid
libvirtd -d -l -p /run/libvirtd.pid
until [ -e /run/libvirt/libvirt-sock ]; do sleep 0.2; done
echo "{READY}"
# Whoever asks for more gets a shell on the console.
while :; do setsid sh -c 'exec sh -i </dev/hvc0 >/dev/hvc0 2>&1'; sleep 1; done
"""

_BLOCK = """#!/bin/bash
# A loop device, or the device itself, for a disk of a guest's (instead of Xen's own script).
path=$XENBUS_PATH
write() { xenstore-write "$path/$1" "$2"; }
case $1 in
  add)
    file=$(xenstore-read "$path/params")
    if [ -b "$file" ]; then device=$file
    else
      [ "$(xenstore-read "$path/mode")" = r ] && only=-r
      device=$(losetup -f --show $only "$file") || {
        write hotplug-error "no loop device for $file"; write hotplug-status error; exit 1; }
      write node "$device"
    fi
    write physical-device "$(stat -L -c %t:%T "$device")"
    write physical-device-path "$device"
    write hotplug-status connected ;;
  remove)
    device=$(xenstore-read "$path/node" 2>/dev/null)
    [ -n "$device" ] && losetup -d "$device"
    xenstore-rm "$path/hotplug-status" ;;
esac
exit 0
"""

_VIF = """#!/bin/bash
# Puts a guest's NIC, or the tap device of its emulator, onto its bridge (instead of Xen's own script).
path=$XENBUS_PATH
device=${dev:-$vif}
bridge=${bridge:-$(xenstore-read "$path/bridge")}
case $1 in
  online|add)
    [ "$type_if" = vif ] && ip link set "$device" mtu 1500
    ip link set "$device" master "$bridge" && ip link set "$device" up
    [ "$type_if" = vif ] && xenstore-write "$path/hotplug-status" connected ;;
  offline)
    ip link set "$device" nomaster 2>/dev/null
    xenstore-rm "$path/hotplug-status" ;;
esac
exit 0
"""

_LIBVIRTD = """listen_tls = 0
listen_tcp = 1
listen_addr = "0.0.0.0"
auth_tcp = "none"
auth_unix_rw = "none"
host_uuid = "6d0d0d8e-5a0e-4a57-9d5c-7c8e6c3f0417"
log_outputs = "2:file:/var/log/libvirtd.log"
"""

FILES: Mapping[str, tuple[str, int]] = {
    "init": (_INIT, 0o755),
    "etc/xen/scripts/block": (_BLOCK, 0o755),
    "etc/xen/scripts/vif-bridge": (_VIF, 0o755),
    "etc/libvirt/libvirtd.conf": (_LIBVIRTD, 0o644),
    "etc/libvirt/libxl.conf": ("", 0o644),
    "etc/hostname": ("xen\n", 0o644),
    "etc/hosts": ("127.0.0.1 localhost\n10.0.2.15 xen\n", 0o644),
}
"""File below dom0's root → what is in it, and its mode."""

BOOT_INIT = """#!/bin/sh
# Finds dom0's root, and goes on there.
export PATH=/bin
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module.ko; done
until [ -b /dev/vda ]; do sleep 0.1; done
mount -t ext4 /dev/vda /root && exec switch_root /root /init
exec sh
"""

BOOT_MODULES = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic")

GUEST_MODULES = ("xen-blkfront", "xen-netfront", "af_packet")

GUEST_INIT = """#!/bin/sh
# The guest: says that it is ready, counts, echoes what is typed at its console, and ends when it is asked to.
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module.ko 2>/dev/null; done
[ -e /sys/class/net/eth0 ] && udhcpc -f -S -i eth0 -s /bin/on-lease >/dev/null 2>&1 &
while read -r line; do echo "echo: $line"; done </dev/console &
echo "virt-reconcile guest is ready"
count=0
while :; do count=$((count + 1)); echo "tick $count $(date +%s)"; sleep 1; done
"""

GUEST_POWEROFF = """#!/bin/busybox sh
# What the kernel calls when Xen asks the guest to stop (orderly_poweroff).
exec /bin/busybox poweroff -f
"""
