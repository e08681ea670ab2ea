"""Documents of QEMU's family, which other hosts take with little changed."""

from __future__ import annotations

from drivers.contract.host import Samples

TALKER = """<devices><interface type='network'><mac address='52:54:00:C0:00:02'/>
  <source network='contract'/><model type='virtio'/></interface><console type='pty'/>
  <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>"""

KEPT_DISK = """<devices><disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>
  <source pool='contract' volume='kept.qcow2'/><target dev='vda' bus='virtio'/></disk></devices>"""

QEMU_SAMPLES = Samples(
    domain="""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <vcpu current='1'>2</vcpu><os><type machine='q35'>hvm</type></os><features><acpi/></features>
      </domain>""",
    plugged="""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <vcpu current='1'>2</vcpu><os><type machine='q35'>hvm</type></os><features><acpi/></features>
      <devices><interface type='network'><mac address='52:54:00:c0:00:02'/><source network='contract'/>
      <model type='virtio'/></interface></devices></domain>""",
    network="""<network><name>contract</name><ip address='192.168.213.1' netmask='255.255.255.0'>
      <dhcp><range start='192.168.213.100' end='192.168.213.200'/></dhcp></ip></network>""",
    pool="<pool type='dir'><name>contract</name><target><path>{folder}/pool</path></target></pool>",
    volume="""<volume><name>disk.img</name><capacity unit='MiB'>8</capacity>
      <target><format type='raw'/></target></volume>""",
    secret="<secret><usage type='ceph'><name>contract secret</name></usage></secret>",
    filter="""<filter name='contract'><rule action='drop' direction='in'><mac/></rule></filter>""",
    disk="""<disk type='file' device='disk'><driver name='qemu' type='raw'/>
      <source file='{folder}/pool/disk.img'/><target dev='vdb' bus='virtio'/></disk>""",
    nic="""<interface type='network'><mac address='52:54:00:c0:00:03'/><source network='contract'/>
      <model type='virtio'/></interface>""",
    cold_device="<sound model='ich9'/>",
    kept=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <vcpu>1</vcpu><os><type machine='q35'>hvm</type></os><features><acpi/></features>{KEPT_DISK}
      </domain>""",
    kept_volume="""<volume><name>kept.qcow2</name><capacity unit='MiB'>8</capacity>
      <target><format type='qcow2'/></target></volume>""",
    talker=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <os><type machine='q35'>hvm</type></os><features><acpi/></features>{TALKER}</domain>""",
)
