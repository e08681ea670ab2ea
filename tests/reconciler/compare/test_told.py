"""How differences are told, which element is which, and what a character device is."""

from __future__ import annotations

import pytest

from reconciler.compare import Base
from reconciler.compare.model import Cause
from specs.identity import Kind
from tests.reconciler.compare.support import assert_spelling, disk, domain, facts, judged, paths


def test_a_size_is_told_with_its_unit_and_an_element_as_it_is_written() -> None:
    given, kept = (domain(memory=f"<memory unit='{unit}'>2</memory>") for unit in ("GiB", "MiB"))
    assert ("memory", "2 GiB", "2 MiB", Cause.ADOPTED) in facts(judged(given, kept))
    (title,) = judged(domain("<title>a b</title>"), domain()).differences
    assert (title.declared, title.observed) == ("a b", None)
    device = "<watchdog model='i6300esb' action='reset'/>"
    (found,) = judged(domain(devices=device), domain()).differences
    assert (found.declared or "").startswith("<watchdog ")
    (gone,) = judged(
        domain(), domain("<title>t</title>"), Base(domain("<title>t</title>"), domain())
    ).differences
    assert (gone.path, gone.declared, gone.observed) == ("title", None, "t")


def test_an_attribute_that_is_declared_no_more_is_told_as_it_was_kept() -> None:
    old = domain(devices="<watchdog model='i6300esb' action='reset'/>")
    new = domain(devices="<watchdog model='i6300esb'/>")
    assert facts(judged(new, old, Base(old, old))) == [
        ("devices/watchdog/@action", None, "reset", Cause.EDITED)
    ]


def _one(device: str) -> str:
    return domain(devices=device)


CHARACTERS = {
    "the terminal of what runs": (
        _one("<serial type='pty' tty='/dev/pts/3'><source path='/dev/pts/3'/><target port='0'/></serial>"),
        _one("<serial type='pty'><target port='0'/></serial>"),
        _one("<serial type='pty'><target port='1'/></serial>"),
    ),
    "a source's skipped labels": (
        _one("<serial type='file'><source path='/l'><seclabel labelskip='yes'/></source></serial>"),
        _one("<serial type='file'><source path='/l'/></serial>"),
        _one("<serial type='file'><source path='/m'/></serial>"),
    ),
    "who is connected to a channel": (
        _one("<channel type='pty'><target type='virtio' name='a' state='connected'/></channel>"),
        _one("<channel type='pty'><target type='virtio' name='a'/></channel>"),
        _one("<channel type='pty'><target type='virtio' name='b'/></channel>"),
    ),
    "the number of a console": (
        _one("<console type='pty'><target type='virtio' port='3'/></console>"),
        _one("<console type='pty'><target type='virtio'/></console>"),
        _one("<console type='pty'><target type='sclp'/></console>"),
    ),
    "how a socket that was chosen is opened": (
        _one("<channel type='unix'><source mode='bind'/><target type='virtio' name='a'/></channel>"),
        _one("<channel type='unix'><target type='virtio' name='a'/></channel>"),
        _one("<channel type='unix'><source path='/s'/><target type='virtio' name='a'/></channel>"),
    ),
    "a redirected device's terminal": (
        _one("<redirdev bus='usb' type='pty'><source path='/dev/pts/3'/></redirdev>"),
        _one("<redirdev bus='usb' type='pty'/>"),
        _one("<redirdev bus='usb' type='tcp'/>"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHARACTERS)
def test_what_a_character_device_says_while_it_runs(case: str) -> None:
    given, kept, other = CHARACTERS[case]
    assert_spelling(Kind.DOMAIN, given, kept, other)


def test_a_socket_of_ones_own_is_kept_whatever_its_name() -> None:
    channel = "<channel type='unix'><source mode='bind' path='{}'/><target type='virtio' name='a'/></channel>"
    generated = "/var/lib/libvirt/qemu/channel/target/web.a"
    plain = _one("<channel type='unix'><target type='virtio' name='a'/></channel>")
    assert judged(plain, _one(channel.format(generated)), Base(plain, plain)).differences == ()
    for own in ("/srv/a", "/var/lib/libvirt/qemu/channel/target/web.other"):
        assert judged(plain, _one(channel.format(own)), Base(plain, plain)).differences


# path of the list, two entries: each must be told by the label that tells it apart
LISTS = {
    "disk": ("devices/disk[vdb]", disk("vda", "/a"), disk("vdb", "/b"), ("/b", "/c")),
    "filesystem": (
        "devices/filesystem[b]", "<filesystem><source dir='/a'/><target dir='a'/></filesystem>",
        "<filesystem><source dir='/b'/><target dir='b'/></filesystem>", ("/b", "/c"),
    ),
    "serial": (
        "devices/serial[1]", "<serial type='file'><source path='/a'/><target port='0'/></serial>",
        "<serial type='file'><source path='/b'/><target port='1'/></serial>", ("/b", "/c"),
    ),
    "parallel": (
        "devices/parallel[1]", "<parallel type='file'><source path='/a'/><target port='0'/></parallel>",
        "<parallel type='file'><source path='/b'/><target port='1'/></parallel>", ("/b", "/c"),
    ),
    "channel": (
        "devices/channel[virtio,b]",
        "<channel type='file'><source path='/a'/><target type='virtio' name='a'/></channel>",
        "<channel type='file'><source path='/b'/><target type='virtio' name='b'/></channel>", ("/b", "/c"),
    ),
    "input": (
        "devices/input[tablet,virtio]", "<input type='tablet' bus='usb'/>",
        "<input type='tablet' bus='virtio' model='b'/>", ("model='b'", "model='c'"),
    ),
    "shmem": ("devices/shmem[b]", "<shmem name='a'/>", "<shmem name='b' role='x'/>", ("'x'", "'y'")),
}  # fmt: skip


@pytest.mark.parametrize("case", LISTS)
def test_an_element_of_a_list_is_told_by_what_tells_it_apart(case: str) -> None:
    place, first, second, (was, now) = LISTS[case]
    kept = domain(devices=first + second)
    given = domain(devices=second.replace(was, now) + first)
    assert [path.startswith(place) for path in paths(judged(given, kept))] == [True]


NETWORK_LISTS = {
    "dns/host[10.0.0.2]": (
        "<dns>{}</dns>", "<host ip='10.0.0.1'><hostname>a</hostname></host>",
        "<host ip='10.0.0.2'><hostname>b</hostname></host>", ("<hostname>b", "<hostname>c"),
    ),
    "dns/txt[b]": ("<dns>{}</dns>", "<txt name='a' value='a'/>", "<txt name='b' value='x'/>", ("'x'", "'y'")),
    "dns/srv[http": (
        "<dns>{}</dns>", "<srv service='smtp' protocol='tcp' target='t' weight='1'/>",
        "<srv service='http' protocol='tcp' target='t' weight='2'/>", ("weight='2'", "weight='3'"),
    ),
    "portgroup[b]": (
        "{}", "<portgroup name='a'/>", "<portgroup name='b' trustGuestRxFilters='yes'/>", ("'yes'", "'no'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", NETWORK_LISTS)
def test_an_entry_of_a_network_is_told_by_what_tells_it_apart(place: str) -> None:
    outer, first, second, (was, now) = NETWORK_LISTS[place]
    kept, given = (
        f"<network><name>n</name>{outer.format(text)}</network>"
        for text in (first + second, second.replace(was, now) + first)
    )
    assert [path.startswith(place) for path in paths(judged(given, kept, None, Kind.NETWORK))] == [True]
