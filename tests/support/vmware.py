"""A stand-in for VMware's programs, which behaves as VMware documents of them; and a host that has them.

    with vmware_desktop(folder) as desk:
        open_endpoint(f"vmware://{desk.machines}")

What runs is a file of the folder. The programs are found by the PATH, as the real ones are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_VMRUN = r"""#!/bin/sh
# What runs: a line each, the file and 'paused' behind a tab.
state='{state}'
error() {{ echo "Error: $1"; exit 255; }}
while [ "$1" = -T ]; do shift 2; done
verb="$1" vmx="$2" how="$3"
fault=
if [ -f "$state/fault-$verb" ]; then fault="$(cat "$state/fault-$verb")"; rm "$state/fault-$verb"; fi
case "$fault" in before:*) error "${{fault#before:}}" ;; esac
case "$verb" in
'') printf '\nvmrun version 1.17.0 build-24409262\n\nUsage: vmrun COMMAND\n'; exit 255 ;;
list)
  count=0 found=
  while IFS='	' read -r file how; do
    [ -n "$file" ] && count=$((count + 1)) found="$found$file
"
  done < "$state/running"
  printf 'Total running VMs: %s\n%s' "$count" "$found"; exit ;;
esac
[ -f "$vmx" ] || error "Cannot open VM: $vmx, The virtual machine cannot be found"
now="$(grep -F "$vmx	" "$state/running")"
others() {{ grep -vF "$vmx	" "$state/running" > "$state/new"; }}
keep() {{ mv "$state/new" "$state/running"; }}
if [ "$verb" = start ]; then
  [ "$how" = nogui ] || error "Invalid argument"
  sed -n 's/^[a-z]*[0-9]:[0-9]*.fileName = "\(.*[.]vmdk\)"$/\1/p' "$vmx" | while read -r disk; do
    case "$disk" in /*) ;; *) disk="$(dirname "$vmx")/$disk" ;; esac
    [ -f "$disk" ] || exit 1
  done || error "Cannot open the disk or one of the snapshot disks it depends on."
  grep -v '^checkpoint.vmState = ' "$vmx" > "$state/vmx"; cat "$state/vmx" > "$vmx"
  others; printf '%s\t\n' "$vmx" >> "$state/new"; keep
elif [ -z "$now" ]; then error "The virtual machine is not powered on: $vmx"
else case "$verb" in
  stop)
    if [ "$how" = soft ] && [ -f "$state/no-tools" ]; then
      error "The VMware Tools are not running in the virtual machine: $vmx"
    fi
    [ "$how" = soft ] && [ "${{now##*	}}" = paused ] && error "The virtual machine is paused"
    others; keep ;;
  suspend) others; keep; echo 'checkpoint.vmState = "machine.vmss"' >> "$vmx" ;;
  pause) others; printf '%s\tpaused\n' "$vmx" >> "$state/new"; keep ;;
  unpause) others; printf '%s\t\n' "$vmx" >> "$state/new"; keep ;;
  checkToolsState) if grep -q ethernet0 "$vmx"; then echo running; else echo unknown; fi ;;
  getGuestIPAddress)
    grep -q ethernet0 "$vmx" || error "The VMware Tools are not running in the virtual machine: $vmx"
    echo 192.168.213.7 ;;
  *) error "Unrecognized command: $verb" ;;
  esac
fi
case "$fault" in after:*) error "${{fault#after:}}" ;; esac
exit 0
"""

_VMPLAYER = """#!/bin/sh
echo "VMware Player 17.6.2 build-24409262"
"""

_VDISKMANAGER = """#!{python} -S
# A monolithic sparse image is but its header here.
import os, struct, sys
def size(text):
    unit = text.lstrip("0123456789")
    return int(text[: len(text) - len(unit)]) * dict(KB=2, MB=2048, GB=2097152).get(unit, 1)
def put(path, sectors):
    with open(path, "wb") as file:
        file.write(b"KDMV" + struct.pack("<IIQ", 1, 3, sectors) + bytes(65520))
def capacity(path):
    return struct.unpack_from("<Q", open(path, "rb").read(), 12)[0]
words = sys.argv[1:]
if os.path.exists(words[-1]) and words[0] != "-x":
    print("Failed to create disk: The file already exists (0x2730000000a).", file=sys.stderr)
    sys.exit(1)
if words[0] == "-c":
    put(words[-1], size(words[words.index("-s") + 1]))
elif words[0] == "-x":
    put(words[2], max(size(words[1]), capacity(words[2])))
elif words[0] == "-r":
    put(words[-1], capacity(words[1]))
"""
_PROGRAMS = {"vmrun": _VMRUN, "vmware-vdiskmanager": _VDISKMANAGER, "vmplayer": _VMPLAYER}


@dataclass(frozen=True)
class DesktopStandIn:
    """Where the programs, their state and the machines are."""

    folder: Path

    @property
    def machines(self) -> Path:
        return self.folder / "machines"

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    def fault(self, verb: str, text: str) -> None:
        """Makes the next call of a verb fail: 'before:WORDS' does nothing, 'after:WORDS' is a lost reply."""
        (self.folder / f"fault-{verb}").write_text(text)

    def without_tools(self) -> None:
        (self.folder / "no-tools").touch()

    def without(self, program: str) -> None:
        (self.programs / program).unlink()


@contextmanager
def vmware_desktop(folder: Path) -> Iterator[DesktopStandIn]:
    """Puts the programs into the PATH."""
    desk = DesktopStandIn(folder)
    desk.machines.mkdir(parents=True)
    desk.programs.mkdir()
    (folder / "running").touch()
    for program, text in _PROGRAMS.items():
        file = desk.programs / program
        file.write_text(text.format(python=sys.executable, state=folder))
        file.chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{desk.programs}:{before}"
    try:
        yield desk
    finally:
        os.environ["PATH"] = before
