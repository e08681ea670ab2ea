"""The names of elements and attributes that libvirt's schemas know, of all kinds of documents together."""

from __future__ import annotations

LATEST = (12, 8, 0)
"""The release whose schemas these are; a later one may know more. None was taken out since 7.0."""

_NAMES = """
accel accel2d accel3d acceleration access accessmode acpi action active_pcr_banks actual adapter add addr
address adjustment age age-hi agentsock ah ah-ipv6 aia alias alignsize all all-ipv6 allocation allow apic
append appid arch arg arp arpdstipaddr arpdstmacaddr arpsrcipaddr arpsrcmacaddr associativity
async-teardown atime ats audio audit_control audit_write auth authorKey auto autodeflate autoport
available average avic aw_bits backend backenddomain backingStore bandwidth bar base baseBoard baselabel
basis behavior bin binary bios bits blkiotune blob block block_suspend blockio boot bootloader
bootloader_args bootmenu bootp bridge btime bufferCount bufferLength burst bus busNr bytes cache cachetune
caching_mode capabilities capability capacity catchup cbitpos ccf-assist cell cellid certificate cfpc
chain channel channels char chassis chassisNr check chown cid cipher class classID clientName clipboard
clock clusterSize clusters cmd_per_lun cmdline cmdqv coalesce code codec codeend commandline comment
compat compression config config_opts connectPorts connected connectionid connections connlimit-above
console controller cookie cookies copy_on_read copypaste cores count counter cow cpu cpus cpuset cputune
crypto cssid csum ctime current currentAddress currentMemory cyls dac_override dac_read_search dataStore
database datacenterpath debug default defaultMode defaultiothread del delay deprecated_features
deprecation description detect_zeroes dev device devices devno dhCert dhcp dies dir direct direction
dirty-ring discard discard_granularity discard_no_unref disk display distances dma_translation dmode dns
domain downscript dpofua driver dscp dspPolicy dstipaddr dstipfrom dstipmask dstipto dstmacaddr dstmacmask
dstportend dstportstart dtb dumpCore dynamicMemslots e820_host ecn edid eim emsr_bitmap emulator
emulator_period emulator_quota emulatorpin emulatorsched enable enabled encap-protocol encryption end
energytune engine entry env eoi ephemeral error_policy esp esp-ipv6 evdev event event_idx evmcs exactName
exclude exclusive expiry extended extended_l2 extent fallback family fdgroup feature features fibrechannel
fid file filesystem filetransfer filter filterref firmware fixedSettings flags flock floor fmode format
forward forward-delay forward-delay-hi forwardPlainNames forwarder fowner fqdn frames freeExtent
freePageReporting frequencies frequency frontend fsetid fullscreen function gateway genid geometry gic gid
gl global_period global_quota grab grabToggle granule graphics gratuitous group group_name grow gso guest
guestReset guestVisibleWorkarounds handle hap hard_limit hash heads hello-time hello-time-hi hidden
hint-dedicated host hostData hostdev hostname hotplug hotpluggable hpt htm hub hugepages hwtype hwuuid
hyperv ibs icmp icmpv6 id idAuth idBlock identity idmap igmp image imagelabel inactiveDomain inbound index
init initarg initdir initenv initgroup initiator initrd inituser input instanceid interconnects interface
interfaceid interval intremap io ioapic iobase ioeventfd iommu iommufd iothread iothread_period
iothread_quota iothreadids iothreadpin iothreads iothreadsched iotlb iotune ip ipc_lock ipc_owner ipi
ipset ipsetflags ipv6 iqn irq isolated ivgen job jpeg kernel kernelHashes key keyfile keymap keywrap kill
knownHosts kvm label labelskip latency latency-histogram launchSecurity lazy_refcounts lease level limit
line link linux_immutable listen loader loadparm local localOnly localPtr lock locked lockspace log
logFile logical_block_size mac macTableManager mac_admin mac_override machine managed managerid master
match max max-age max-age-hi maxEventChannels maxGrantFrames maxMemory max_sectors max_size maxpagesize
maxphysaddr memAccess memReserve memballoon memnode memory memoryBacking memorytune memtune metadata
metadata_cache metric microcode migratable migration min_guarantee mirror missing mixingEngine mknod mode
model monitor mount_opts mouse mrConfigId mrOwner mrOwnerConfig mrg_rxbuf msi msrs mtime mtu multiUser
multichannel multidevs multifunction name namespace nat nativeMode nested-hv net_admin net_bind_service
net_broadcast net_raw netmask network nocow node nodemask nodeset nonpae nosharepages numa numatune nvram
oas oemStrings offset on_crash on_lockfailure on_poweroff on_reboot opcode openfiles option options order
os outbound output override owner p2p packed pae page page_per_vq pages pagesize panic parallel parameter
parameters parent parent_fabric_wwn parent_wwnn parent_wwpn parentaddr part_separator partition
passthrough passwd passwdValidTo path pciBus pcihole64 peak peer perf period permissions persistent
persistent_state pf physical physical_block_size placement playback pm pmem pmu policy poll poll-control
pool port port-hi portForward portgroup portgroupid portid ports posix powerControl prefix present primary
priority private privateData privnet product profile profileid property proto protocol protocolid
protocoltype ps2 pstore pv-ipi pvspinlock query queue queue_size queues quota quoteGenerationService ram
ramfb range rarp ras rate rawio read_bytes_sec read_bytes_sec_max read_bytes_sec_max_length read_iops_sec
read_iops_sec_max read_iops_sec_max_length readahead readonly ready rebootTimeout reconnect redirdev
redirfilter reducedPhysBits reenlightenment refresh reg register relabel relaxed removable removeDisabled
rendernode repeat replaceUser requested rerror_policy reservations reset resizing resolution resource
retries ril rng role rom root root-address root-address-mask root-cost root-cost-hi root-priority
root-priority-hi rotation_rate route rss rss_hash_report rule runtime runtimeDir rx rx_queue_size sandbox
sbbc scaling scheduler script sctp sctp-ipv6 seclabel seconds secret secs secure sender-address
sender-address-mask sender-priority sender-priority-hi serial server serverName service session setfcap
setgid setpcap settings setuid sgio sha1 sha256 sha384 sha512 shareBacking sharePolicy shareable shareipc
sharenet shares shareuts shim shmem shrink sibling signature size size_iops_sec slave slew slice slices
slot slots smartcard smbios smm snapshot sndbuf socket sockets soft_limit sound source space_hard_limit
space_soft_limit speed spinlocks srcipaddr srcipfrom srcipmask srcipto srcmacaddr srcmacmask srcportend
srcportstart srv ssid ssidsize ssl start startport startupPolicy state stateless statematch statistic
statistics stats stepping stimer stp streamName streaming streams suspend-to-disk suspend-to-mem svm
swap_hard_limit switchid synic sys_admin sys_boot sys_chroot sys_module sys_nice sys_pacct sys_ptrace
sys_rawio sys_resource sys_time sys_tty_config sysinfo syslog system table tag tap target tb-cache tcg tcp
tcp-ipv6 teaming template templateFormat tftp thread_pool thread_pool_max thread_pool_min threads
threshold throttlefilter throttlefilters throttlegroup throttlegroups tickpolicy timeout timer timerPeriod
timestamps timezone title tlbflush tls tlsHostname tlsPort to topology total_bytes_sec total_bytes_sec_max
total_bytes_sec_max_length total_iops_sec total_iops_sec_max total_iops_sec_max_length tpm track trans
transient transport tray trunk trustGuestRxFilters tryMMap tryPoll tseg tso4 tso6 tty tune tx_queue_size
txmode txt type typeend typeid typeidversion udp udp-ipv6 udplite udplite-ipv6 ufo uid unique_id unit
units unknown usage usbdev user username useserial uuid value vapic varstore vcek vcpu vcpupin vcpus
vcpusched vectors vendor vendor_id ver verify version vgaconf vgamem vhost video viridian virtualization
virtualport vlan vlanid vmcoreinfo vmport vmx voices volume vpindex vram vram64 vsock wait wake_alarm
watchdog websocket weight writeFiltering write_bytes_sec write_bytes_sec_max write_bytes_sec_max_length
write_iops_sec write_iops_sec_max write_iops_sec_max_length wrpolicy wwn wwnn wwpn x xattr xauth xen
xmm_input xtsup y zlib zone zpci
"""
WORDS = frozenset(_NAMES.split())
