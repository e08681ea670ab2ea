"""StoragePool and Volume."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.content import MARKER
from specs.models.base import AbsolutePath, Bool, Int, Mode, Model, Name, Resource, Size, Text, Uuid, as_list
from specs.models.encryption import Encryption
from specs.models.placement import Hosts, one_of_host_and_hosts
from specs.models.policy import Governed
from specs.models.sources import VolumeSource, short_source
from specs.places import At, Becomes, Flag, In, Pairs


class Permissions(Model):
    """Mode and ownership of a file or folder."""

    mode: Annotated[Mode | None, At("mode")] = Field(default=None, description="The mode, in quotes: '0711'.")
    owner: Annotated[Int | None, At("owner")] = Field(default=None, description="The numeric user.")
    group: Annotated[Int | None, At("group")] = Field(default=None, description="The numeric group.")


class PoolHost(Model):
    """A server of a pool."""

    name: Annotated[Text, At("@name")] = Field(description="Host name or address.")
    port: Annotated[Int | None, At("@port")] = Field(default=None, description="The port.")


class PoolAuth(Model):
    """How a pool logs in to its server."""

    type: Annotated[Literal["ceph", "chap"], At("@type")] = Field(description="ceph for rbd, chap for iscsi.")
    user: Annotated[Text, At("@username")] = Field(description="Who.")
    secret: Annotated[Name, At("secret/@usage")] = Field(description="The Secret that holds the key.")


class Adapter(Model):
    """A SCSI host adapter: by its name, or by the world-wide names of a virtual one."""

    name: Annotated[Text | None, At("@name")] = Field(default=None, description="Such as scsi_host5.")
    parent: Annotated[Text | None, At("@parent")] = Field(
        default=None, description="The parent of a virtual adapter."
    )
    wwnn: Annotated[Text | None, At("@wwnn")] = Field(default=None, description="World-wide node name.")
    wwpn: Annotated[Text | None, At("@wwpn")] = Field(default=None, description="World-wide port name.")


class PoolSource(Model):
    """Where a pool's storage comes from."""

    hosts: Annotated[list[PoolHost], BeforeValidator(as_list), At("host")] = Field(
        default=[], description="Its servers."
    )
    dir: Annotated[Text | None, At("dir/@path")] = Field(
        default=None, description="The exported folder (netfs, gluster)."
    )
    devices: Annotated[list[Text], At("device/@path")] = Field(
        default=[], description="Devices of the host, or an iSCSI target."
    )
    name: Annotated[Text | None, At("name")] = Field(
        default=None, description="The volume group, Ceph pool, Gluster volume or ZFS pool."
    )
    format: Annotated[Text | None, At("format/@type")] = Field(
        default=None, description="The format: ext4, nfs, lvm2, gpt, …"
    )
    protocol_version: Annotated[Text | None, At("protocol/@ver")] = Field(
        default=None, description="The version of NFS, in quotes: '4.2'; what both sides can by default."
    )
    initiator: Annotated[Text | None, At("initiator/iqn/@name")] = Field(
        default=None, description="The iSCSI initiator."
    )
    adapter: Annotated[Adapter | None, At("adapter")] = Field(default=None, description="The SCSI adapter.")
    auth: Annotated[PoolAuth | None, At("auth")] = Field(default=None, description="How it logs in.")


def _permissions_target(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


class PoolTarget(Model):
    """Where the pool appears on the host."""

    path: Annotated[AbsolutePath, At("path")] = Field(description="The folder.")
    permissions: Annotated[Permissions | None, At("permissions")] = Field(
        default=None, description="Mode and ownership of the folder."
    )


PoolType = Literal["dir", "fs", "netfs", "logical", "disk", "iscsi", "scsi", "mpath", "rbd", "gluster", "zfs"]
_NEEDS_TARGET = frozenset({"dir", "fs", "netfs"})
_TARGETS = {"disk": "/dev", "iscsi": "/dev/disk/by-path", "scsi": "/dev/disk/by-path", "mpath": "/dev/mapper"}
_DEVICES = {"logical": "/dev", "zfs": "/dev/zvol"}


class PoolSpec(Governed):
    """What a pool is."""

    host: Name | None = Field(default=None, description="The Host it is on; may be left out with one host.")
    hosts: Hosts | None = Field(
        default=None, description="In place of host: all, names or labels; the same pool on each of them."
    )
    shared: Bool = Field(
        default=False,
        description="Whether its hosts see one storage (NFS, Ceph, a SAN): its volumes are there once.",
    )
    type: Annotated[PoolType, At("@type")] = Field(default="dir", description="The kind of storage.")
    state: Literal["active", "inactive"] = Field(default="active", description="Whether it is in use.")
    autostart: Bool | None = Field(default=True, description="Whether it starts with its host.")
    uuid: Annotated[Uuid | None, At("uuid")] = Field(
        default=None, description="Its UUID; derived by default."
    )
    target: Annotated[PoolTarget | None, BeforeValidator(_permissions_target), At("target")] = Field(
        default=None, description="A path, or a mapping."
    )
    source: Annotated[PoolSource | None, At("source")] = Field(
        default=None, description="Where the storage comes from."
    )
    mount_options: Annotated[
        list[Text], BeforeValidator(as_list), At("fs:mount_opts/fs:option/@name", ordered=True)
    ] = Field(default=[], description="Options it is mounted with, such as noatime (fs, netfs).")
    rbd_options: Annotated[dict[Text, Text], Pairs("rbd:config_opts/rbd:option")] = Field(
        default={}, description="Options of Ceph's client, such as client_mount_timeout (rbd)."
    )
    build: Literal["never", "if-missing", "overwrite"] | None = Field(
        default=None,
        description="Whether its target is made before the start: if-missing for dir and netfs, else never.",
    )
    xml: Text | None = Field(default=None, description="libvirt XML, <pool>…</pool>, merged in.")
    xml_file: Text | None = Field(default=None, description="A libvirt XML file of the tree to start from.")

    @model_validator(mode="after")
    def _one_place(self) -> PoolSpec:
        one_of_host_and_hosts(self.host, self.hosts)
        return self

    @model_validator(mode="after")
    def _complete(self) -> PoolSpec:
        if self.xml_file or self.xml:
            return self
        if self.type in _NEEDS_TARGET and self.target is None:
            raise ValueError(f"a pool of type {self.type} needs target: /path")
        if self.type not in ("dir", "mpath") and self.source is None:
            raise ValueError(f"a pool of type {self.type} needs a source")
        if self.mount_options and self.type not in ("fs", "netfs"):
            raise ValueError("mountOptions go with type: fs or netfs")
        if self.rbd_options and self.type != "rbd":
            raise ValueError("rbdOptions go with type: rbd")
        return self

    def target_path(self) -> str | None:
        """Where it appears: as declared, or where libvirt puts its type (virStoragePoolDefParseXML) or
        everybody does."""
        if self.target:
            return self.target.path
        if self.type in _DEVICES and self.source and self.source.name:
            return f"{_DEVICES[self.type]}/{self.source.name}"
        return _TARGETS.get(self.type)

    def build_policy(self) -> str:
        """Whether the target is made: as declared, or by the type."""
        return self.build or ("if-missing" if self.type in ("dir", "netfs") else "never")


class StoragePool(Resource):
    """A pool of storage."""

    kind: Literal["StoragePool"] = Field(description="StoragePool.")
    spec: PoolSpec = Field(description="What it is.")


class Backing(Model):
    """What a copy-on-write volume is laid upon: a volume of the same pool, or a path on the host."""

    volume: Annotated[Name | None, Becomes("path")] = Field(
        default=None, description="A volume of the same pool."
    )
    path: Annotated[AbsolutePath | None, At("path")] = Field(
        default=None, description="A file or device of the host."
    )
    format: Annotated[Text | None, At("format/@type")] = Field(
        default=None, description="Its format; by the volume, else qcow2."
    )

    @model_validator(mode="after")
    def _one(self) -> Backing:
        if (self.volume is None) == (self.path is None):
            raise ValueError("backing is exactly one of volume and path")
        return self


class Qcow2(Model):
    """How a qcow2 image is made; it stays so."""

    compat: Annotated[Literal["0.10", "1.1"] | None, At("target/compat")] = Field(
        default=None,
        description="The version of the format; by default the storage's own (libvirt's is 0.10, which does"
        " not grow with snapshots in it).",
    )
    cluster_size: Annotated[Size | None, At("target/clusterSize", unit="bytes")] = Field(
        default=None, description="The size of its clusters, such as 64KiB."
    )
    lazy_refcounts: Annotated[Bool, Flag("target/features/lazy_refcounts")] = Field(
        default=False,
        description="Whether its counts are written late, and repaired after a crash.",
    )
    extended_l2: Annotated[Bool, Flag("target/features/extended_l2")] = Field(
        default=False, description="Whether parts of a cluster can be allocated."
    )

    @model_validator(mode="after")
    def _new_enough(self) -> Qcow2:
        if self.compat == "0.10" and (self.lazy_refcounts or self.extended_l2):
            raise ValueError("lazyRefcounts and extendedL2 need compat: '1.1'")
        return self


class VolumeSpec(Governed):
    """What a volume is."""

    host: Name | None = Field(
        default=None,
        description="Its pool's host; by default the only one, or that of the domain that uses it.",
    )
    hosts: Hosts | None = Field(
        default=None, description="In place of host: all, names or labels; the same volume on each of them."
    )
    pool: Name = Field(description="The storage pool.")
    capacity: Annotated[Size | None, At("capacity", unit="bytes")] = Field(
        default=None,
        description="How large it looks to the guest; may grow, never shrinks. With a source, the size of"
        " that by default.",
    )
    allocation: Annotated[Size | None, At("allocation", unit="bytes")] = Field(
        default=None, description="How much is reserved when it is created."
    )
    format: Annotated[Text | None, At("target/format/@type")] = Field(
        default=None,
        description="raw, qcow2, …; by default by the end of its name (.qcow2, .vhdx, …), else raw.",
    )
    backing: Annotated[
        Backing | None,
        BeforeValidator(lambda v: {"volume": v} if isinstance(v, str) else v),
        At("backingStore"),
    ] = Field(default=None, description="A volume of the same pool, or a mapping.")
    source: Annotated[VolumeSource | None, BeforeValidator(short_source)] = Field(
        default=None, description="What a new one is filled with: a path, an http(s) URL, or a mapping."
    )
    on_source_change: Literal["ignore", "replace"] = Field(
        default="ignore",
        description="What becomes of its data when its source (or the seed of its guest) changes.",
    )
    permissions: Annotated[Permissions | None, At("target/permissions")] = Field(
        default=None, description="Mode and ownership."
    )
    encryption: Annotated[Encryption | None, At("target/encryption[@format=luks]")] = Field(
        default=None, description="Encryption."
    )
    qcow2: Annotated[Qcow2 | None, In(".")] = Field(default=None, description="How a qcow2 image is made.")
    nocow: Annotated[Bool, Flag("target/nocow")] = Field(
        default=False, description="Whether btrfs is told not to copy it on write."
    )
    on_delete: Literal["keep", "delete"] = Field(
        default="keep", description="What becomes of its data when it is pruned or destroyed."
    )
    xml: Text | None = Field(default=None, description="libvirt XML, <volume>…</volume>, merged in.")
    xml_file: Text | None = Field(default=None, description="A libvirt XML file of the tree to start from.")

    @model_validator(mode="after")
    def _one_place(self) -> VolumeSpec:
        one_of_host_and_hosts(self.host, self.hosts)
        return self

    @model_validator(mode="after")
    def _sizes(self) -> VolumeSpec:
        if self.capacity is None:
            if self.source is None:
                raise ValueError("'capacity' is missing; only a volume with a source may leave it out")
        elif self.capacity == 0:
            raise ValueError("a capacity of 0; write a size such as 10GiB")
        elif self.allocation is not None and self.allocation > self.capacity:
            raise ValueError("allocation is more than capacity")
        if self.on_source_change == "replace" and self.source is None and self.backing is None:
            raise ValueError("onSourceChange: replace goes with source or backing")
        return self


class Volume(Resource):
    """A volume of a pool."""

    kind: Literal["Volume"] = Field(description="Volume.")
    spec: VolumeSpec = Field(description="What it is.")

    @model_validator(mode="after")
    def _no_marker(self) -> Volume:
        if self.metadata.name.endswith(MARKER):
            raise ValueError(f"a name that ends with {MARKER} marks a volume that is being filled")
        return self
