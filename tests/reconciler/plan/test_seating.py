"""A disk that is put before another one in the files does not take that one's place in the guest."""

from __future__ import annotations

from reconciler.operations import Attach, Define
from reconciler.plan import Options, make_plan
from specs.desired import PowerState
from tests.reconciler.plan.facts import declare, desire, domain_xml, marked, observe, record, world

UUID = "11111111-2222-3333-4444-555555555555"


def _disk(target: str, file: str) -> str:
    return (
        f"<disk type='file' device='disk'><source file='{file}'/><target dev='{target}' bus='virtio'/></disk>"
    )


def test_the_new_disk_is_added_and_the_old_one_stays() -> None:
    before = declare(domain_xml(extra=_disk("vda", "/a")), by_place=("vda",))
    document = marked(domain_xml(extra=_disk("vda", "/a"), uuid=UUID), before)
    there = observe(document, power=PowerState.RUNNING, live=document)
    documents = {record(before, there): (before.document, there.document)}
    both = domain_xml(extra=_disk("vda", "/b") + _disk("vdb", "/a"))
    after = declare(both, by_place=("vda", "vdb"), power=PowerState.RUNNING)
    for known in (documents, {}):
        plan = make_plan(desire(after), world(there, records=known), Options())
        assert [type(action.operation) for action in plan.actions] == [Define, Attach]
        assert [difference.path for difference in plan.verdicts[0].differences] == ["devices/disk[vdb]"]
        (refresh,) = plan.refreshes
        assert refresh.declared.index("/b") < refresh.declared.index("vdb") < refresh.declared.index("/a")
