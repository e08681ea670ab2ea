"""What is being done with the disks of a running domain."""

from __future__ import annotations

from collections.abc import Iterator

import libvirt

from drivers.libvirt.errors import is_lost
from specs.xml import parse

_WORDS = {
    libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_PULL: "a pull into",
    libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_COPY: "a copy of",
    libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT: "a commit of",
    libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT: "a commit of",
    libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_BACKUP: "a backup of",
}


def block_jobs(domain: libvirt.virDomain) -> Iterator[str]:
    """Each job on a disk (virDomainGetBlockJobInfo: mirrors that wait for their pivot, too), and a backup,
    which is none of a disk alone (virDomainBackupGetXMLDesc). A hypervisor without such calls has no such
    jobs."""
    if domain.ID() == -1:
        return
    try:
        for target in parse(domain.XMLDesc(0)).iterfind("devices/disk/target"):
            job = domain.blockJobInfo(target.get("dev", ""), 0)
            if job:
                yield f"{_WORDS.get(job['type'], 'a job on')} disk {target.get('dev')}"
        if domain.backupGetXMLDesc(0):
            yield "a backup"
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
