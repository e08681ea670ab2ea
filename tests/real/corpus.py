"""Documents as users write them: each domain shows one thing, on top of the least that starts."""

from __future__ import annotations

from collections.abc import Iterator

_PLAIN = """<domain type='{type}'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='{machine}'>hvm</type></os>{outside}
<devices>{devices}</devices></domain>"""

DEVICES = {
    "disk-file-raw": "<disk type='file' device='disk'><driver name='qemu' type='raw'/>"
    "<source file='/tmp/a.img'/><target dev='vda' bus='virtio'/></disk>",
    "disk-file-bare": "<disk type='file'><source file='/tmp/b.img'/><target dev='hda'/></disk>",
    "disk-qcow2-tuned": "<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'"
    " io='native' discard='unmap' detect_zeroes='unmap'/><source file='/tmp/c.qcow2'/>"
    "<target dev='vda' bus='virtio'/><serial>WD-123</serial><boot order='1'/></disk>",
    "disk-sata": "<disk type='file'><source file='/tmp/d.img'/><target dev='sda' bus='sata'/></disk>",
    "disk-scsi": "<disk type='file'><source file='/tmp/e.img'/><target dev='sda' bus='scsi'/></disk>"
    "<controller type='scsi' index='0' model='virtio-scsi'/>",
    "disk-scsi-lsi": "<disk type='file'><source file='/tmp/f.img'/><target dev='sda' bus='scsi'/></disk>",
    "disk-usb": "<disk type='file'><source file='/tmp/g.img'/><target dev='sda' bus='usb'/></disk>",
    "disk-block": "<disk type='block' device='disk'><source dev='/dev/loop7'/>"
    "<target dev='vda' bus='virtio'/></disk>",
    "disk-nbd": "<disk type='network' device='disk'><driver name='qemu' type='raw'/>"
    "<source protocol='nbd' name='x'><host name='10.0.0.9' port='10809'/></source>"
    "<target dev='vda' bus='virtio'/></disk>",
    "disk-rbd": "<disk type='network' device='disk'><source protocol='rbd' name='pool/image'>"
    "<host name='mon1'/><host name='mon2' port='6789'/></source><target dev='vda' bus='virtio'/></disk>",
    "disk-volume": "<disk type='volume' device='disk'><source pool='p' volume='v'/>"
    "<target dev='vda' bus='virtio'/></disk>",
    "disk-iotune": "<disk type='file'><source file='/tmp/h.img'/><target dev='vda' bus='virtio'/>"
    "<iotune><total_iops_sec>100</total_iops_sec></iotune></disk>",
    "disk-iotune-split": "<disk type='file'><source file='/tmp/i.img'/><target dev='vda' bus='virtio'/>"
    "<iotune><read_bytes_sec>1048576</read_bytes_sec><write_iops_sec>50</write_iops_sec></iotune></disk>",
    "disk-readonly-shareable": "<disk type='file'><source file='/tmp/j.img'/>"
    "<target dev='vda' bus='virtio'/><readonly/><shareable/></disk>",
    "disk-many": "".join(
        f"<disk type='file'><source file='/tmp/m{n}.img'/><target dev='vd{letter}' bus='virtio'/></disk>"
        for n, letter in enumerate("abcdefgh")
    ),
    "disk-wwn": "<disk type='file'><source file='/tmp/k.img'/><target dev='sda' bus='scsi'/>"
    "<wwn>5000c50015ea71ac</wwn></disk><controller type='scsi' model='virtio-scsi'/>",
    "disk-geometry": "<disk type='file'><source file='/tmp/l.img'/><target dev='hda' bus='ide'/>"
    "<geometry cyls='16383' heads='16' secs='63' trans='lba'/></disk>",
    "disk-blockio": "<disk type='file'><source file='/tmp/o.img'/><target dev='vda' bus='virtio'/>"
    "<blockio logical_block_size='512' physical_block_size='4096'/></disk>",
    "disk-backing": "<disk type='file'><driver name='qemu' type='qcow2'/><source file='/tmp/top.qcow2'/>"
    "<backingStore type='file'><format type='raw'/><source file='/tmp/base.img'/><backingStore/>"
    "</backingStore><target dev='vda' bus='virtio'/></disk>",
    "disk-startup-policy": "<disk type='file' device='cdrom'><source file='/tmp/p.iso'"
    " startupPolicy='optional'/><target dev='sda' bus='sata'/><readonly/></disk>",
    "cdrom-empty": "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>",
    "cdrom-ide": "<disk type='file' device='cdrom'><source file='/tmp/q.iso'/><target dev='hdc'/></disk>",
    "floppy": "<disk type='file' device='floppy'><source file='/tmp/r.img'/><target dev='fda'/></disk>",
    "iothread-disk": "<disk type='file'><driver name='qemu' type='raw' iothread='1'/>"
    "<source file='/tmp/s.img'/><target dev='vda' bus='virtio'/></disk>",
    "nic-network": "<interface type='network'><source network='default'/></interface>",
    "nic-network-mac": "<interface type='network'><mac address='52:54:00:AA:BB:CC'/>"
    "<source network='default'/><model type='virtio'/></interface>",
    "nic-bridge": "<interface type='bridge'><source bridge='br0'/><model type='e1000'/></interface>",
    "nic-direct": "<interface type='direct'><source dev='eth0' mode='bridge'/></interface>",
    "nic-direct-plain": "<interface type='direct'><source dev='eth0'/></interface>",
    "nic-user": "<interface type='user'/>",
    "nic-ethernet": "<interface type='ethernet'><target dev='tap7'/></interface>",
    "nic-vnet-target": "<interface type='network'><source network='default'/>"
    "<target dev='vnet3'/></interface>",
    "nic-link-down": "<interface type='network'><source network='default'/><link state='down'/></interface>",
    "nic-bandwidth": "<interface type='network'><source network='default'/><bandwidth>"
    "<inbound average='1000' peak='5000' burst='1024'/><outbound average='128'/></bandwidth></interface>",
    "nic-vlan-ovs": "<interface type='bridge'><source bridge='ovs0'/><virtualport type='openvswitch'/>"
    "<vlan><tag id='42'/></vlan></interface>",
    "nic-trunk": "<interface type='bridge'><source bridge='ovs0'/><virtualport type='openvswitch'/>"
    "<vlan trunk='yes'><tag id='42'/><tag id='47'/></vlan></interface>",
    "nic-mtu": "<interface type='network'><source network='default'/><mtu size='1400'/></interface>",
    "nic-queues": "<interface type='network'><source network='default'/><model type='virtio'/>"
    "<driver name='vhost' queues='2'/></interface>",
    "nic-teaming": "<interface type='user'><mac address='52:54:00:7e:a0:01'/><model type='virtio'/>"
    "<teaming type='persistent'/><alias name='ua-backup'/></interface>"
    "<interface type='hostdev' managed='yes'><mac address='52:54:00:7e:a0:01'/><source>"
    "<address type='pci' domain='0x0000' bus='0x03' slot='0x07' function='0x1'/></source>"
    "<teaming type='transient' persistent='ua-backup'/></interface>",
    "nic-boot": "<interface type='network'><source network='default'/><boot order='1'/></interface>",
    "nic-rom": "<interface type='network'><source network='default'/><rom bar='off'/></interface>",
    "nic-filter": "<interface type='network'><source network='default'/><filterref filter='clean-traffic'>"
    "<parameter name='IP' value='10.0.0.1'/></filterref></interface>",
    "nic-portgroup": "<interface type='network'><source network='default' portgroup='g'/></interface>",
    "nic-two": "<interface type='network'><source network='default'/></interface>"
    "<interface type='network'><source network='other'/></interface>",
    "nic-three-same": "<interface type='network'><source network='default'/></interface>" * 3,
    "nic-isolated": "<interface type='network'><source network='default'/><port isolated='yes'/></interface>",
    "nic-coalesce": "<interface type='network'><source network='default'/><coalesce><rx><frames max='7'/>"
    "</rx></coalesce></interface>",
    "graphics-vnc": "<graphics type='vnc'/>",
    "graphics-vnc-auto": "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>",
    "graphics-vnc-port": "<graphics type='vnc' port='5977' autoport='no' listen='0.0.0.0'/>",
    "graphics-vnc-listen": "<graphics type='vnc'><listen type='address' address='127.0.0.1'/></graphics>",
    "graphics-vnc-socket": "<graphics type='vnc'><listen type='socket' socket='/tmp/vnc.sock'/></graphics>",
    "graphics-spice-nowhere": "<graphics type='spice' autoport='no'/>",
    "graphics-vnc-keymap": "<graphics type='vnc' keymap='de' sharePolicy='force-shared'/>",
    "video-vga": "<video><model type='vga' vram='32768'/></video>",
    "video-cirrus": "<video><model type='cirrus'/></video>",
    "video-bochs": "<graphics type='vnc'/><video><model type='bochs'/></video>",
    "video-none": "<video><model type='none'/></video>",
    "serial-pty": "<serial type='pty'/>",
    "serial-two": "<serial type='pty'><target port='0'/></serial>"
    "<serial type='null'><target port='1'/></serial>",
    "serial-file": "<serial type='file'><source path='/tmp/serial.log'/></serial>",
    "serial-file-append": "<serial type='file'><source path='/tmp/s2.log' append='on'/></serial>",
    "serial-log": "<serial type='pty'><log file='/tmp/s3.log' append='off'/></serial>",
    "serial-tcp": "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='2445'/>"
    "<protocol type='telnet'/></serial>",
    "serial-udp": "<serial type='udp'><source mode='connect' host='127.0.0.1' service='2446'/></serial>",
    "serial-unix": "<serial type='unix'><source mode='bind' path='/tmp/serial.sock'/></serial>",
    "serial-isa": "<serial type='pty'><target type='isa-serial' port='0'/></serial>",
    "console-only": "<console type='pty'/>",
    "console-virtio": "<console type='pty'><target type='virtio' port='0'/></console>",
    "console-beside-serial": "<serial type='unix'><source mode='bind' path='/tmp/beside.sock'/></serial>"
    "<console type='pty'/>",
    "console-and-serial": "<serial type='pty'/><console type='pty'><target type='serial'/></console>",
    "parallel": "<parallel type='null'/>",
    "channel-agent": "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    "channel-path": "<channel type='unix'><source mode='bind' path='/tmp/agent.sock'/>"
    "<target type='virtio' name='org.example.0'/></channel>",
    "channel-two": "<channel type='unix'><target type='virtio' name='a.0'/></channel>"
    "<channel type='unix'><target type='virtio' name='b.0'/></channel>",
    "rng": "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    "rng-rate": "<rng model='virtio'><rate bytes='1234' period='2000'/>"
    "<backend model='random'>/dev/random</backend></rng>",
    "rng-builtin": "<rng model='virtio'><backend model='builtin'/></rng>",
    "watchdog": "<watchdog model='i6300esb' action='reset'/>",
    "watchdog-ib700": "<watchdog model='ib700' action='poweroff'/>",
    "memballoon-none": "<memballoon model='none'/>",
    "memballoon-stats": "<memballoon model='virtio' autodeflate='on'><stats period='10'/></memballoon>",
    "sound-ich6": "<sound model='ich6'/>",
    "sound-ac97": "<sound model='ac97'/>",
    "sound-codec": "<sound model='ich6'><codec type='micro'/></sound>",
    "input-bare": "<input type='tablet'/><input type='keyboard'/>",
    "input-tablet": "<input type='tablet' bus='usb'/>",
    "input-keyboard-virtio": "<input type='keyboard' bus='virtio'/>",
    "input-mouse": "<input type='mouse' bus='usb'/>",
    "filesystem-9p": "<filesystem type='mount' accessmode='mapped'><source dir='/srv'/>"
    "<target dir='share'/></filesystem>",
    "filesystem-9p-bare": "<filesystem><source dir='/srv'/><target dir='share'/><readonly/></filesystem>",
    "hostdev-pci": "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
    "<address domain='0x0000' bus='0x06' slot='0x02' function='0x0'/></source></hostdev>",
    "hostdev-pci-short": "<hostdev mode='subsystem' type='pci'><source>"
    "<address bus='6' slot='3' function='0'/></source></hostdev>",
    "hostdev-usb": "<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'>"
    "<vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>",
    "controller-usb": "<controller type='usb' model='qemu-xhci' ports='8'/>",
    "controllers-bare": "<controller type='scsi' model='virtio-scsi'/>"
    + "".join(
        f"<controller type='usb' model='ich9-{name}'/>" for name in ("uhci1", "uhci2", "uhci3", "ehci1")
    ),
    "controller-usb-none": "<controller type='usb' model='none'/>",
    "controller-serial": "<controller type='virtio-serial' index='0' ports='16' vectors='4'/>",
    "controller-scsi-queues": "<controller type='scsi' model='virtio-scsi'><driver queues='4'/></controller>",
    "shmem": "<shmem name='my_shmem'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>",
    "panic-isa": "<panic model='isa'/>",
    "vsock": "<vsock model='virtio'><cid auto='yes'/></vsock>",
    "vsock-cid": "<vsock><cid auto='no' address='42'/></vsock>",
    "tpm-passthrough": "<tpm model='tpm-tis'><backend type='passthrough'>"
    "<device path='/dev/tpm0'/></backend></tpm>",
    "alias-user": "<disk type='file'><source file='/tmp/t.img'/><target dev='vda' bus='virtio'/>"
    "<alias name='ua-mydisk'/></disk>",
    "address-given": "<interface type='network'><source network='default'/>"
    "<address type='pci' domain='0x0000' bus='0x00' slot='0x1c' function='0x0'/></interface>",
    "emulator": "<emulator>/usr/bin/qemu-system-x86_64</emulator>",
}
"""Name → devices; on an i440FX machine."""

OUTSIDE = {
    "memory-current": "<currentMemory unit='MiB'>32</currentMemory>",
    "memory-kib-odd": "<currentMemory>40000</currentMemory>",
    "memory-hugepages": "<memoryBacking><hugepages><page size='2' unit='M'/></hugepages></memoryBacking>",
    "memory-locked": "<memoryBacking><nosharepages/><locked/></memoryBacking>",
    "memory-memfd": "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
    "memtune": "<memtune><hard_limit unit='GiB'>1</hard_limit>"
    "<soft_limit unit='M'>128</soft_limit></memtune>",
    "cputune": "<cputune><shares>2048</shares><period>1000000</period><quota>-1</quota></cputune>",
    "vcpupin": "<cputune><vcpupin vcpu='0' cpuset='0-1'/><emulatorpin cpuset='1'/></cputune>",
    "iothreads": "<iothreads>2</iothreads>",
    "blkiotune": "<blkiotune><weight>800</weight></blkiotune>",
    "cpu-host-model": "<cpu mode='host-model'/>",
    "cpu-host-model-match": "<cpu mode='host-model' match='exact'>"
    "<topology sockets='1' cores='1' threads='1'/></cpu>",
    "tables-uuid": "<sysinfo type='smbios'><system>"
    "<entry name='uuid'>C04EF1F9-4B3D-5B1C-8B0C-7A8F1D2A3B4D</entry></system></sysinfo>",
    "cpu-custom": "<cpu mode='custom' match='exact'><model fallback='allow'>qemu64</model>"
    "<feature policy='disable' name='svm'/></cpu>",
    "cpu-named": "<cpu mode='custom' match='exact' check='none'>"
    "<model fallback='allow'>Skylake-Client</model></cpu>",
    "cpu-least": "<cpu match='minimum'><model>Penryn</model></cpu>",
    "cpu-wishes": "<cpu match='exact' check='none'><model>Penryn</model>"
    "<feature policy='optional' name='avx512f'/><feature policy='force' name='pcid'/>"
    "<feature policy='require' name='vmx'/><feature policy='forbid' name='svm'/></cpu>",
    "cpu-short": "<cpu><model>qemu64</model></cpu>",
    "cpu-topology": "<cpu><topology sockets='1' cores='1' threads='1'/></cpu>",
    "cpu-numa": "<cpu><numa><cell cpus='0' memory='64' unit='MiB'/></numa></cpu>",
    "cpu-max": "<cpu mode='maximum'/>",
    "features": "<features><acpi/><apic eoi='on'/><pae/></features>",
    "features-hyperv": "<features><acpi/><hyperv><relaxed state='on'/><vapic state='on'/>"
    "<spinlocks state='on' retries='8191'/></hyperv></features>",
    "features-kvm": "<features><kvm><hidden state='on'/></kvm><vmport state='off'/></features>",
    "clock-utc": "<clock offset='utc'/>",
    "clock-localtime": "<clock offset='localtime'/>",
    "clock-timezone": "<clock offset='timezone' timezone='Europe/Paris'/>",
    "clock-variable": "<clock offset='variable' adjustment='123456' basis='localtime'/>",
    "clock-adjusted": "<clock offset='utc' adjustment='3600'/>",
    "clock-timers": "<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/>"
    "<timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/></clock>",
    "events": "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>preserve</on_crash>",
    "pm": "<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='yes'/></pm>",
    "title": "<title>A title</title><description>Several words, ünïcode &amp; more</description>",
    "description-lines": "<description>one\n  two\nthree</description>",
    "metadata": "<metadata><app:x xmlns:app='http://example.org/app'>kept</app:x></metadata>",
    "sysinfo": "<sysinfo type='smbios'><bios><entry name='vendor'>LENOVO</entry></bios></sysinfo>",
    "seclabel-none": "<seclabel type='none'/>",
    "resource": "<resource><partition>/machine</partition></resource>",
    "uuid": "<uuid>C7A5FDBD-CDAF-9455-926A-D65C16DB1809</uuid>",
    "perf": "<perf><event name='cmt' enabled='no'/></perf>",
}
"""Name → what stands beside the devices."""

NETWORKS = {
    "isolated": "<bridge name='vr-iso'/>",
    "nat": "<forward mode='nat'/><bridge name='vr-nat'/><ip address='10.99.1.1' netmask='255.255.255.0'/>",
    "nat-bare": "<forward/><ip address='10.99.2.1' prefix='24'/>",
    "nat-ports": "<forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>"
    "<ip address='10.99.3.1' prefix='24'/>",
    "nat-dev": "<forward mode='nat' dev='lo'/><ip address='10.99.4.1' prefix='24'/>",
    "route": "<forward mode='route'/><ip address='10.99.5.1' prefix='24'/>",
    "open": "<forward mode='open'/><ip address='10.99.6.1' prefix='24'/>",
    "bridged": "<forward mode='bridge'/><bridge name='br0'/>",
    "macvtap": "<forward mode='bridge'><interface dev='lo'/></forward>",
    "dhcp": "<ip address='10.99.7.1' prefix='24'><dhcp><range start='10.99.7.10' end='10.99.7.20'/>"
    "<host mac='52:54:00:00:00:11' name='a' ip='10.99.7.30'/></dhcp></ip>",
    "dhcp-lease": "<ip address='10.99.8.1' prefix='24'><dhcp><range start='10.99.8.10' end='10.99.8.20'>"
    "<lease expiry='2' unit='hours'/></range></dhcp></ip>",
    "ipv6": "<ip family='ipv6' address='fd00:99::1' prefix='64'/>",
    "dual": "<ip address='10.99.9.1' prefix='24'/><ip family='ipv6' address='fd00:98::1' prefix='64'>"
    "<dhcp><range start='fd00:98::100' end='fd00:98::1ff'/></dhcp></ip>",
    "domain": "<domain name='lab.example' localOnly='yes'/><ip address='10.99.10.1' prefix='24'/>",
    "dns-host": "<dns><host ip='10.99.11.2'><hostname>a</hostname><hostname>b</hostname></host></dns>"
    "<ip address='10.99.11.1' prefix='24'/>",
    "dns-records": "<dns><forwarder addr='8.8.8.8'/><forwarder domain='x.example' addr='9.9.9.9'/>"
    "<txt name='t' value='v'/><srv service='ldap' protocol='tcp' domain='d' target='s' port='389'/></dns>"
    "<ip address='10.99.12.1' prefix='24'/>",
    "dns-off": "<dns enable='no'/><ip address='10.99.13.1' prefix='24'/>",
    "stp": "<bridge name='vr-stp' stp='off' delay='3'/>",
    "mtu": "<mtu size='9000'/><ip address='10.99.14.1' prefix='24'/>",
    "bandwidth": "<bandwidth><inbound average='1000' peak='5000' burst='5120'/></bandwidth>"
    "<ip address='10.99.15.1' prefix='24'/>",
    "portgroups": "<forward mode='bridge'/><bridge name='ovs0'/><virtualport type='openvswitch'/>"
    "<portgroup name='a' default='yes'><vlan><tag id='1'/></vlan></portgroup>"
    "<portgroup name='b'><vlan trunk='yes'><tag id='2'/><tag id='3'/></vlan></portgroup>",
    "route-static": "<forward mode='route'/><ip address='10.99.16.1' prefix='24'/>"
    "<route address='10.98.0.0' prefix='16' gateway='10.99.16.2'/>",
    "tftp": "<ip address='10.99.17.1' prefix='24'><tftp root='/srv/tftp'/><dhcp>"
    "<range start='10.99.17.2' end='10.99.17.9'/><bootp file='pxelinux.0'/></dhcp></ip>",
    "port-isolated": "<port isolated='yes'/>",
}
"""Name → what a network holds."""

NOT_STARTABLE_NETWORKS = frozenset({"bridged", "macvtap", "portgroups", "bandwidth", "tftp"})
"""Networks that need a device, a queueing discipline or a folder of the host to start."""

POOLS = {
    "dir": "<pool type='dir'>{}<target><path>{}</path></target></pool>",
    "dir-slashes": "<pool type='dir'>{}<target><path>{}//</path></target></pool>",
    "dir-permissions": "<pool type='dir'>{}<target><path>{}</path><permissions><mode>0711</mode>"
    "<owner>0</owner><group>0</group></permissions></target></pool>",
    "netfs": "<pool type='netfs'>{}<source><host name='nfs.example'/><dir path='/export/'/>"
    "<format type='nfs'/></source><target><path>{}</path></target></pool>",
    "fs": "<pool type='fs'>{}<source><device path='/dev/loop9'/><format type='ext4'/></source>"
    "<target><path>{}</path></target></pool>",
    "logical": "<pool type='logical'>{}<source><device path='/dev/loop10'/><name>vg9</name>"
    "<format type='lvm2'/></source><target><path>/dev/vg9</path></target></pool>",
    "disk": "<pool type='disk'>{}<source><device path='/dev/loop11'/><format type='gpt'/></source>"
    "<target><path>/dev</path></target></pool>",
    "iscsi": "<pool type='iscsi'>{}<source><host name='iscsi.example' port='3260'/>"
    "<device path='iqn.2024-01.org.example:t1'/></source>"
    "<target><path>/dev/disk/by-path</path></target></pool>",
}
"""Name → a pool with places for its name and path; only the dir ones start."""


def domains() -> Iterator[tuple[str, str]]:
    """Name and document of every domain: i440FX machines for all, q35 for a part."""
    for name, devices in DEVICES.items():
        outside = "<iothreads>1</iothreads>" if name == "iothread-disk" else ""
        yield f"d-{name}", _domain(f"d-{name}", "pc", outside, devices)
    for name, outside in OUTSIDE.items():
        yield f"o-{name}", _domain(f"o-{name}", "pc", outside, "")
    for name in ("disk-file-raw", "disk-many", "nic-two", "serial-pty", "rng", "controller-usb", "video-vga"):
        yield f"q-{name}", _domain(f"q-{name}", "q35", "", DEVICES[name].replace("/tmp/", "/tmp/q35-"))


def plain(name: str) -> str:
    """What the document of that name stood upon: a domain or a network of its name with nothing in it."""
    if name.startswith("n-"):
        return f"<network><name>{name}</name></network>"
    return _domain(name, "q35" if name.startswith("q-") else "pc", "", "")


def networks() -> Iterator[tuple[str, str]]:
    """Name and document of every network."""
    for name, inside in NETWORKS.items():
        yield f"n-{name}", f"<network><name>n-{name}</name>{inside}</network>"


def pools(folder: str) -> Iterator[tuple[str, str]]:
    """Name and document of every pool; their folders lie in `folder`."""
    for name, form in POOLS.items():
        yield f"p-{name}", form.format(f"<name>p-{name}</name>", f"{folder}/{name}")


def _domain(name: str, machine: str, outside: str, devices: str) -> str:
    return _PLAIN.format(type="qemu", name=name, machine=machine, outside=outside, devices=devices)
