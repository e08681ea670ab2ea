"""What others have defined is declared as they wrote it: nothing to do, whatever libvirt made of it."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

NETWORK = """<network><name>odd</name><forward><nat/></forward>
<bridge name='vr-odd' delay='03'/><mtu size='01400'/>
<dns><host ip='FD00:97::5'><hostname>a</hostname></host></dns>
<ip address='10.97.1.1' prefix='024'><dhcp>
<range start='10.97.1.2' end='10.97.1.9'><lease expiry='16'/></range></dhcp></ip>
<ip family='ipv6' address='fd00:97:0::1' prefix='64'/>
<route family='ipv6' address='fd00:98:0::' prefix='64' gateway='fd00:97:0:0::2'/></network>"""
FILTER = """<filter name='odd' chain='ipv4'>
<rule action='drop' direction='in'><ip srcmacaddr='1:2:3:4:5:6' dstipmask='255.255.255.0'/></rule>
<rule action='accept' direction='out' statematch='0'><tcp state='related,new' dstportstart='0x16'/></rule>
<rule action='accept' direction='out'><all-ipv6 srcipaddr='$A[@0]' comment='x'/></rule></filter>"""
POOL = """<pool type='dir'><name>odd</name><source><format type='auto'/></source>
<target><path>{0}//odd/</path></target></pool>"""
SERVED = """<pool type='iscsi'><name>served</name><source><host name='127.0.0.1' port='3260'/>
<device path='iqn.2024-01.org.example:t'/></source><target><path>/dev/disk/by-path/</path></target></pool>"""
VOLUME = """<volume><name>odd.qcow2</name><capacity unit='MB'>10</capacity><allocation>0</allocation>
<target><format type='qcow2'/><compat>1.1</compat><nocow/></target></volume>"""
DECLARED = """\
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: odd.qcow2}
spec: {host: hv1, pool: odd, xmlFile: hv1/volume.xml}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: served}
spec: {host: hv1, state: inactive, autostart: false, xmlFile: hv1/served.xml}
"""


def _defined(host: LibvirtHost, shell: Shell) -> None:
    """Everything, defined with virsh alone, and declared in the same words."""
    (host.images / "odd").mkdir()
    for name, (command, document) in {
        "net": ("net-define", NETWORK),
        "filter": ("nwfilter-define", FILTER),
        "pool": ("pool-define", POOL.format(host.images)),
        "served": ("pool-define", SERVED),
    }.items():
        shell.write(f"hv1/{name}.xml", document)
        host.virsh(command, str(shell.tree / f"hv1/{name}.xml"))
    host.virsh("net-start", "odd")
    host.virsh("pool-start", "odd")
    shell.write("hv1/volume.xml", VOLUME)
    host.virsh("vol-create", "odd", str(shell.tree / "hv1/volume.xml"))
    shell.write("more.yaml", DECLARED)


def test_what_is_defined_as_it_is_declared_needs_no_change(host: LibvirtHost, shell: Shell) -> None:
    _defined(host, shell)
    shell.expect_nothing_to_do()
    shell.apply()
    host.virsh("pool-refresh", "odd")  # forgets what a volume's own bytes do not tell
    shell.expect_nothing_to_do()
    shell.lose_state()
    shell.expect_nothing_to_do()

    shell.write("hv1/net.xml", host.virsh("net-dumpxml", "odd"))  # of the running one, bridge and all
    shell.expect_nothing_to_do()

    shell.write("hv1/filter.xml", FILTER.replace("0x16", "0x17"))
    assert shell("plan", "--detailed-exitcode") == 2
    assert "dstportstart" in shell.out
