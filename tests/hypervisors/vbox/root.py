"""A root with Debian's newest VirtualBox, which runs its guests in its own interpreter: no kernel module."""

from __future__ import annotations

from pathlib import Path

from tests.support.debian_root import make_root

_PACKAGES = ("virtualbox", "virtualbox-qt", "xvfb", "openssh-server")
_DISPLAY = "/run/vr-display"

_HEADLESS = f"""#!/bin/sh
# In place of VirtualBox's own, which wants the kernel module: its interpreter runs everything.
while [ $# -gt 0 ]; do case $1 in --startvm|-startvm|-s) machine=$2; shift;; esac; shift; done
export DISPLAY=:$(cat {_DISPLAY}) QT_QPA_PLATFORM=xcb
exec /usr/lib/virtualbox/VirtualBoxVM --startvm "$machine" --execute-all-in-iem --driverless
"""

INIT = f"""#!/bin/bash
# The first process of the namespaces: $1 is the root, $2 a folder for what is written, then sshd's settings.
set -e
root=$1 folder=$2
shift 2
mkdir -p $folder/upper $folder/work $folder/root
mount -t overlay overlay -o lowerdir=$root,upperdir=$folder/upper,workdir=$folder/work $folder/root
cd $folder/root
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount --bind /tmp tmp
mkdir -p run/sshd
exec chroot . /bin/bash -c '
Xvfb -displayfd 3 -nolisten tcp -screen 0 640x480x24 3>/run/vr-number 2>/run/xvfb.log &
until [ -s /run/vr-number ]; do sleep 0.02; done
cp /run/vr-number {_DISPLAY}
for each; do
  for other; do
    [ "$other" = "$each" ] || hidden=${{other%/*}}/own
  done
  unshare --mount sh -c "mount -t tmpfs tmpfs $hidden && exec /usr/sbin/sshd -D -e -f $each" &
done
wait -n' init "$@"
"""


def virtualbox_root(cache: Path) -> Path:
    """The root below `cache`, made when it is not there. Raises LabError when it cannot be."""
    root = cache / "root"
    if not (root / "usr/lib/virtualbox/VBoxSVC").exists():
        draft, log = cache / "root.new", cache / "make.log"
        make_root("sid", draft, _PACKAGES, log, components="main contrib", empty=("virtualbox-modules",))
        draft.rename(root)
    headless = root / "usr/lib/virtualbox/VBoxHeadless"
    if headless.read_bytes() != _HEADLESS.encode():
        headless.unlink()
        headless.write_text(_HEADLESS)
        headless.chmod(0o755)
    return root
