"""What the planner promises, by example: each name is the promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Inventory, Observation
from reconciler.compare.model import Cause, Effect
from reconciler.plan import Options, Plan, Selector, make_plan, unconverged
from reconciler.plan.model import Status
from specs.desired import Declared, OnDelete, Policy, PowerState, RestartPolicy
from specs.documents.marks import read_mark
from specs.identity import Address, Kind
from specs.windows import weekly
from state.records import Record
from tests.reconciler.plan.facts import (
    CAPABILITIES,
    HOST,
    VERSION,
    changed,
    declare,
    desire,
    domain_xml,
    marked,
    observe,
    record,
    world,
)

NOTHING = Options()
PRUNE = Options(prune=True)
UUID = "11111111-2222-3333-4444-555555555555"
NETWORK = (
    "<network><name>lan</name><bridge name='virbr7'/>"
    "<ip address='10.7.0.1' netmask='255.255.255.0'/></network>"
)
RNG = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"


def verbs(plan: Plan) -> list[str]:
    return [action.verb for action in plan.actions]


def applied(declared: Declared, **values: Any) -> tuple[Observation, dict[Record, tuple[str, str]]]:
    """A world in which the domain is just as it was applied."""
    document = marked(domain_xml(uuid=UUID), declared)
    observation = observe(document, **values)
    return observation, {record(declared, observation): (declared.document, document)}


def test_a_missing_domain_is_defined_then_started() -> None:
    plan = make_plan(desire(declare(power=PowerState.RUNNING)), world(), NOTHING)
    assert verbs(plan) == ["define", "start"]
    assert plan.actions[1].after == (plan.actions[0].id,)
    assert plan.verdicts[0].status is Status.CREATE


def test_a_new_domain_gets_its_derived_identity_type_and_mark() -> None:
    nic = "<interface type='network'><source network='default'/></interface>"
    document = domain_xml(extra=nic * 2).replace(" type='kvm'", "", 1)
    declared = declare(document)
    given = make_plan(desire(declared), world(), NOTHING).actions[0].operation.document
    again = make_plan(desire(declared), world(), NOTHING).actions[0].operation.document
    assert given == again
    assert f"<uuid>{declared.uuid}</uuid>" in given
    assert given.startswith('<domain type="kvm">')
    assert given.count("52:54:00:") == 2
    assert len(set(given.split("52:54:00:")[1:])) == 2
    mark = read_mark(given)
    assert mark is not None
    assert (mark.fleet, mark.digest) == ("default", declared.digest)


def test_what_is_as_applied_is_converged_by_digests_alone() -> None:
    declared = declare(power=PowerState.STOPPED)
    observation, records = applied(declared)
    seen = world(observation, records=records, capabilities={})
    assert unconverged(desire(declared), seen) == frozenset()
    plan = make_plan(desire(declared), seen, NOTHING)
    assert plan.actions == ()
    assert plan.refreshes == ()


def test_a_lost_state_plans_nothing_and_records_again() -> None:
    declared = declare()
    observation, _ = applied(declared)
    plan = make_plan(desire(declared), world(observation), NOTHING)
    assert plan.actions == ()
    assert [refresh.address for refresh in plan.refreshes] == [declared.address]


def test_an_unmarked_domain_that_matches_is_adopted_without_a_change() -> None:
    plan = make_plan(desire(declare()), world(observe(domain_xml(uuid=UUID))), NOTHING)
    assert verbs(plan) == ["adopt"]
    assert plan.changes == ()
    assert plan.verdicts[0].status is Status.ADOPT


def test_an_adopted_domain_keeps_its_uuid() -> None:
    declared = declare(domain_xml(memory=2097152))
    plan = make_plan(desire(declared), world(observe(domain_xml(uuid=UUID))), NOTHING)
    assert verbs(plan) == ["define"]
    assert f"<uuid>{UUID}</uuid>" in plan.actions[0].operation.document
    assert plan.actions[0].reasons[0].cause is Cause.ADOPTED


def test_another_fleets_domain_is_refused_by_name() -> None:
    declared = declare()
    document = marked(domain_xml(uuid=UUID), declared, fleet="theirs")
    plan = make_plan(desire(declared), world(observe(document)), NOTHING)
    assert plan.actions == ()
    assert plan.verdicts[0].status is Status.BLOCKED
    assert "'theirs'" in plan.verdicts[0].problem


def test_an_unmarked_undeclared_domain_is_never_touched() -> None:
    stranger = observe(domain_xml("stranger", uuid=UUID), name="stranger")
    plan = make_plan(desire(declare()), world(stranger), Options(prune=True))
    assert not [action for action in plan.actions if action.native == "stranger"]


def test_an_edited_file_and_a_drifted_host_are_told_apart() -> None:
    old = declare(domain_xml())
    observation, records = applied(old)
    edited = make_plan(
        desire(declare(domain_xml(memory=2097152))), world(observation, records=records), NOTHING
    )
    drifted_host = replace(observation, document=observation.document.replace("1048576", "524288"))
    drifted = make_plan(desire(old), world(drifted_host, records=records), NOTHING)
    assert {reason.cause for reason in edited.actions[0].reasons} == {Cause.EDITED}
    assert {reason.cause for reason in drifted.actions[0].reasons} == {Cause.DRIFTED}
    assert "1048576" in drifted.actions[0].operation.document


@pytest.mark.parametrize(
    ("declared_power", "observed_power", "expected"),
    [
        (PowerState.RUNNING, PowerState.STOPPED, ["start"]),
        (PowerState.RUNNING, PowerState.PAUSED, ["resume"]),
        (PowerState.PAUSED, PowerState.RUNNING, ["suspend"]),
        (PowerState.PAUSED, PowerState.STOPPED, ["start"]),
        (PowerState.STOPPED, PowerState.RUNNING, ["stop"]),
        (PowerState.STOPPED, PowerState.PAUSED, ["stop"]),
        (PowerState.RUNNING, PowerState.RUNNING, []),
        (None, PowerState.RUNNING, []),
        (None, PowerState.STOPPED, []),
    ],
)
def test_power_is_a_goal(
    declared_power: PowerState | None, observed_power: PowerState, expected: list[str]
) -> None:
    declared = declare(power=declared_power)
    live = marked(domain_xml(uuid=UUID), declared) if observed_power is not PowerState.STOPPED else None
    observation, records = applied(declared, power=observed_power, live=live)
    plan = make_plan(desire(declared), world(observation, records=records), NOTHING)
    assert verbs(plan) == expected
    if expected == ["stop"]:
        assert plan.actions[0].operation.arguments()["force"] == "false"
        assert plan.actions[0].effect is Effect.RESTART


def test_autostart_changed_on_the_host_is_drift_even_where_the_files_are_silent() -> None:
    declared = declare()
    observation, records = applied(declared)
    plan = make_plan(desire(declared), world(replace(observation, autostart=True), records=records), NOTHING)
    assert verbs(plan) == ["autostart"]
    assert plan.actions[0].operation.arguments() == {"on": "false"}
    assert plan.actions[0].reasons[0].cause is Cause.DRIFTED


def running(policy: Policy | None = None) -> tuple[Declared, Observation]:
    """A guest that runs on older definition than the one that is persistent now."""
    declared = declare(domain_xml(extra=RNG), power=PowerState.RUNNING, policy=policy or Policy())
    document = marked(domain_xml(uuid=UUID), declared)
    observation = observe(document, power=PowerState.RUNNING, live=document)
    return declared, observation


def machine_change(policy: Policy) -> tuple[Declared, Observation]:
    declared = declare(
        domain_xml().replace("machine='pc-i440fx-7.2'", "machine='pc-q35-7.2'"),
        power=PowerState.RUNNING,
        policy=policy,
    )
    document = marked(domain_xml(uuid=UUID), declared)
    return declared, observe(document, power=PowerState.RUNNING, live=document)


def test_a_running_guest_is_never_restarted_without_leave() -> None:
    declared, observation = machine_change(Policy())
    plan = make_plan(desire(declared), world(observation), NOTHING)
    assert plan.verdicts[0].pending
    assert [action.verb for action in plan.changes] == ["define"]
    (restart,) = (action for action in plan.actions if action.verb == "restart")
    assert "never" in restart.deferred


@pytest.mark.parametrize(("day", "allowed"), [(6, True), (0, False)])
def test_a_window_lets_a_guest_restart_only_while_it_is_open(day: int, allowed: bool) -> None:
    window = weekly((day,), 15 * 60, 16 * 60)
    declared, observation = machine_change(Policy(restart=RestartPolicy.WINDOW, windows=(window,)))
    plan = make_plan(desire(declared), world(observation), NOTHING)
    assert ("restart" in [action.verb for action in plan.changes]) is allowed


@pytest.mark.parametrize(
    ("memory", "restart", "done"),
    [
        (524288, RestartPolicy.NEVER, ["define"]),
        (524288, RestartPolicy.IF_NEEDED, ["define", "set-memory"]),
        (2097152, RestartPolicy.NEVER, ["define", "set-memory"]),
    ],
)
def test_memory_is_taken_from_a_running_guest_only_with_leave(
    memory: int, restart: RestartPolicy, done: list[str]
) -> None:
    def of(now: int) -> str:
        return (
            domain_xml(uuid=UUID).replace("1048576</memory>", "4194304</memory>").replace("1048576", str(now))
        )

    declared = declare(of(memory), power=PowerState.RUNNING, policy=Policy(restart=restart))
    document = marked(of(1048576), declared)
    plan = make_plan(
        desire(declared), world(observe(document, power=PowerState.RUNNING, live=document)), NOTHING
    )
    assert [action.verb for action in plan.changes] == done
    assert [d.path for d in plan.verdicts[0].pending] == ([] if "set-memory" in done else ["currentMemory"])
    assert bool(plan.verdicts[0].pending) is any(action.deferred for action in plan.actions)


def test_a_live_change_follows_the_definition() -> None:
    declared, observation = running()
    plan = make_plan(desire(declared), world(observation), NOTHING)
    assert verbs(plan) == ["define", "attach"]
    assert plan.actions[1].after == (plan.actions[0].id,)
    assert plan.actions[1].effect is Effect.LIVE


SCSI = (
    "<controller type='scsi' index='0' model='virtio-scsi'/>"
    "<disk type='file'><source file='/b'/><target dev='sdb' bus='scsi'/></disk>"
)


def test_a_controller_is_plugged_in_before_its_disk() -> None:
    """libvirt adds a controller of its own choice with a disk that finds none."""
    declared = declare(domain_xml(uuid=UUID, extra=SCSI), power=PowerState.RUNNING)
    document = marked(domain_xml(uuid=UUID), declare(domain_xml(uuid=UUID)))
    observation = observe(document, power=PowerState.RUNNING, live=document)
    plan = make_plan(desire(declared), world(observation), NOTHING)
    define, first, second = plan.actions
    assert [first.part, second.part] == ["devices/controller[scsi,0]", "devices/disk[sdb]"]
    assert second.after == (define.id, first.id)


def test_a_device_that_loses_something_for_its_next_start_waits_as_a_whole() -> None:
    """libvirt would take the missing model for its default, and refuse the update."""
    nic = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='{}'/>{}</interface>"
    was = declare(domain_xml(uuid=UUID, extra=nic.format("lan", "<model type='virtio'/>")))
    declared = declare(domain_xml(uuid=UUID, extra=nic.format("red", "")), power=PowerState.RUNNING)
    document = marked(was.document, was)
    observation = observe(document, power=PowerState.RUNNING, live=document)
    known = {record(was, observation): (was.document, document)}
    plan = make_plan(desire(declared), world(observation, records=known), NOTHING)
    assert verbs(plan) == ["define", "restart"]
    assert plan.verdicts[0].pending[0].path.endswith("source/@network")


def test_an_entry_that_cannot_be_modified_goes_and_comes_anew() -> None:
    """virNetworkUpdate modifies no DNS entries."""
    was, wanted = (
        NETWORK.replace("<ip", f"<dns><txt name='a' value='{value}'/></dns><ip") for value in ("1", "2")
    )
    declared = declare(wanted, Kind.NETWORK, "lan", power=PowerState.ACTIVE)
    observation = observe(was, Kind.NETWORK, "lan", power=PowerState.ACTIVE, live=was)
    plan = make_plan(desire(declared), world(observation), NOTHING)
    define, gone, anew = plan.actions[:3]
    commands = [each.operation.arguments()["command"] for each in (gone, anew)]
    assert commands == ["delete", "add"]
    assert (gone.after, anew.after) == ((define.id,), (define.id, gone.id))


def test_a_boot_order_takes_the_place_of_what_libvirt_filled_in() -> None:
    """It takes one or the other."""
    filled_in = domain_xml(uuid=UUID).replace("</os>", "<boot dev='hd'/></os>")
    disk = "<disk type='file'><source file='/b'/><target dev='vdb' bus='virtio'/><boot order='1'/></disk>"
    declared = declare(domain_xml(uuid=UUID, extra=disk))
    observation = observe(marked(filled_in, declare(domain_xml(uuid=UUID))))
    plan = make_plan(desire(declared), world(observation), NOTHING)
    given = plan.actions[0].operation.document
    assert 'order="1"' in given
    assert "hd" not in given


def test_a_new_raw_network_whose_start_failed_is_started_again_and_a_stopped_one_is_left() -> None:
    network = declare(NETWORK, Kind.NETWORK, "lan", start_new=True)
    seen = observe(NETWORK, Kind.NETWORK, "lan", power=PowerState.INACTIVE)
    failed = record(network, seen, power=None)
    stopped = record(network, seen, power=PowerState.ACTIVE)
    again = make_plan(desire(network), world(seen, records={failed: (NETWORK, NETWORK)}), NOTHING)
    left = make_plan(desire(network), world(seen, records={stopped: (NETWORK, NETWORK)}), NOTHING)
    assert verbs(again) == ["start"]
    assert verbs(left) == []


def test_an_unreachable_host_blocks_nothing_else() -> None:
    plan = make_plan(desire(declare()), world(unreachable={HOST: "connection refused"}), NOTHING)
    assert plan.verdicts[0].status is Status.UNREACHABLE
    assert plan.actions == ()


def test_a_domain_on_another_host_is_not_created_twice() -> None:
    declared = declare()
    there = observe(marked(domain_xml(uuid=UUID), declared))
    seen = world()
    seen = changed(
        seen,
        inventories={**seen.inventories, "hv2": Inventory("hv2", VERSION, {(Kind.DOMAIN, "web"): there})},
    )
    plan = make_plan(desire(declared), seen, NOTHING)
    assert [action.verb for action in plan.actions] == ["migrate"]
    assert "define" not in verbs(plan)


def test_a_domain_last_seen_on_an_unreachable_host_is_not_created_elsewhere() -> None:
    declared = declare()
    there = record(declared, observe(domain_xml()), host="hv2")
    plan = make_plan(desire(declared), world(records={there: ("", "")}), NOTHING)
    assert plan.actions == ()
    assert "cannot be asked" in plan.verdicts[0].problem


def test_a_taken_uuid_names_its_owner() -> None:
    declared = declare()
    other = observe(domain_xml("other", uuid=declared.uuid), name="other")
    plan = make_plan(desire(declared), world(other), NOTHING)
    assert "Domain/other" in plan.verdicts[0].problem


def test_an_unreadable_object_is_not_taken_for_absent() -> None:
    seen = world()
    broken = Inventory(HOST, VERSION, {}, {(Kind.DOMAIN, "web"): "permission denied"})
    plan = make_plan(desire(declare()), changed(seen, inventories={HOST: broken}), NOTHING)
    assert plan.verdicts[0].status is Status.BLOCKED
    assert "permission denied" in plan.verdicts[0].problem


def test_what_is_needed_comes_first_and_a_blocked_need_blocks() -> None:
    network = declare(NETWORK, Kind.NETWORK, "lan", power=PowerState.ACTIVE)
    domain = declare(power=PowerState.RUNNING, requires=(network.address,))
    plan = make_plan(desire(domain, network), world(), NOTHING)
    assert [action.id for action in plan.actions] == [
        "define Network/lan@hv1",
        "start Network/lan@hv1",
        "define Domain/web",
        "start Domain/web",
    ]
    assert "start Network/lan@hv1" in plan.actions[3].after

    unable = replace(CAPABILITIES, kinds=frozenset({Kind.DOMAIN}))
    plan = make_plan(desire(domain, network), world(capabilities={HOST: unable}), NOTHING)
    assert plan.actions == ()
    assert [verdict.status for verdict in plan.verdicts] == [Status.BLOCKED] * 2
    assert "needs Network/lan@hv1" in plan.verdicts[1].problem


class TestPrune:
    def owned(
        self,
        kind: Kind = Kind.NETWORK,
        name: str = "lan",
        document: str = NETWORK,
        power: PowerState | None = PowerState.ACTIVE,
        **policy: Any,
    ) -> tuple[Observation, Record]:
        declared = declare(document, kind, name, policy=Policy(**policy))
        observation = observe(document, kind, name, power=power)
        return observation, record(declared, observation)

    def plan(
        self,
        *owned: tuple[Observation, Record],
        options: Options = PRUNE,
        resources: tuple[Declared, ...] | None = None,
        **fleet: Any,
    ) -> Plan:
        seen = world(*(o for o, _ in owned), records={r: ("", "") for _, r in owned})
        tree = (declare(),) if resources is None else resources
        return make_plan(desire(*tree, **fleet), seen, options)

    def removed(self, plan: Plan) -> list[str]:
        return [action.id for action in plan.actions if action.verb in ("stop", "undefine")]

    def test_nothing_is_pruned_unless_asked_for(self) -> None:
        plan = self.plan(self.owned(), options=NOTHING)
        assert self.removed(plan) == []
        assert plan.verdicts[-1].status is Status.KEPT

    def test_the_fleet_or_a_flag_asks_for_it_and_the_flag_wins(self) -> None:
        assert self.removed(self.plan(self.owned(), options=NOTHING, prune=True))
        assert not self.removed(self.plan(self.owned(), options=Options(prune=False), prune=True))

    def test_what_is_active_is_stopped_then_undefined_then_forgotten(self) -> None:
        plan = self.plan(self.owned())
        assert self.removed(plan) == ["stop Network/lan@hv1", "undefine Network/lan@hv1"]
        assert plan.forget == (Address(Kind.NETWORK, "lan", HOST),)

    def test_an_empty_tree_prunes_nothing(self) -> None:
        plan = self.plan(self.owned(), resources=())
        assert self.removed(plan) == []
        assert "destroy" in plan.verdicts[0].problem

    def test_protect_outlives_the_declaration(self) -> None:
        plan = self.plan(self.owned(protect=True))
        assert self.removed(plan) == []
        assert "protect" in plan.verdicts[-1].problem

    def test_the_cap_holds_all_deletions_back(self) -> None:
        owned = [self.owned(name=f"n{i}", document=NETWORK.replace("lan", f"n{i}")) for i in range(3)]
        plan = self.plan(*owned, options=Options(prune=True, max_deletions=2, allow_shrink=True))
        assert self.removed(plan) == []
        assert "--max-deletions 3" in plan.verdicts[-1].problem
        allowed = Options(prune=True, max_deletions=3, allow_shrink=True)
        assert self.removed(self.plan(*owned, options=allowed))

    def test_a_volumes_data_goes_only_by_its_own_word(self) -> None:
        volume = "<volume><name>a</name><capacity unit='bytes'>1</capacity></volume>"
        kept = self.plan(self.owned(Kind.VOLUME, "a", volume, None))
        assert self.removed(kept) == []
        gone = self.plan(self.owned(Kind.VOLUME, "a", volume, None, on_delete=OnDelete.DELETE))
        assert [action.effect for action in gone.actions if action.verb == "undefine"] == [
            Effect.DESTROYS_DATA
        ]

    def test_a_marked_domain_is_ours_though_the_state_is_lost(self) -> None:
        old = declare(name="old", document=domain_xml("old"))
        observation = observe(marked(domain_xml("old", uuid=UUID), old), name="old")
        plan = make_plan(desire(declare()), world(observation), Options(prune=True))
        assert "undefine Domain/old" in [action.id for action in plan.actions]

    def test_domains_leave_before_what_they_may_use(self) -> None:
        plan = self.plan(
            self.owned(),
            self.owned(
                Kind.DOMAIN, "old", marked(domain_xml("old", uuid=UUID), declare()), PowerState.STOPPED
            ),
            max_shrink=1.0,
        )
        ids = [action.id for action in plan.actions]
        assert ids.index("undefine Domain/old") < ids.index("stop Network/lan@hv1")

    def test_what_is_gone_is_forgotten(self) -> None:
        _, entry = self.owned()
        plan = make_plan(desire(declare()), world(records={entry: ("", "")}), NOTHING)
        assert plan.forget == (entry.address,)

    def test_destroy_takes_what_is_declared_and_owned_only(self) -> None:
        declared = declare()
        ours = make_plan(
            desire(declared), world(observe(marked(domain_xml(uuid=UUID), declared))), Options(destroy=True)
        )
        assert self.removed(ours) == ["undefine Domain/web"]
        theirs = make_plan(desire(declared), world(observe(domain_xml(uuid=UUID))), Options(destroy=True))
        assert theirs.actions == ()
        assert theirs.verdicts[0].status is Status.BLOCKED


class TestVolumes:
    address = Address(Kind.VOLUME, "a.qcow2", HOST, "default")

    def plan(self, wanted: int, actual: int, form: str = "qcow2") -> Plan:
        def document(size: int) -> str:
            return (
                f"<volume><name>a.qcow2</name><capacity unit='bytes'>{size}</capacity>"
                f"<target><format type='{{}}'/></target></volume>"
            )

        declared = declare(document(wanted).format("qcow2"), Kind.VOLUME, "a.qcow2",
                           address=self.address, native="default/a.qcow2")  # fmt: skip
        observation = observe(document(actual).format(form), Kind.VOLUME, "default/a.qcow2", None, None)
        return make_plan(desire(declared), world(observation), NOTHING)

    def test_a_larger_capacity_grows_it(self) -> None:
        plan = self.plan(2048, 1024)
        assert verbs(plan) == ["resize"]
        assert plan.actions[0].operation.arguments() == {"capacity": "2048"}

    def test_it_never_shrinks(self) -> None:
        plan = self.plan(1024, 2048)
        assert plan.actions == ()
        assert "never shrunk" in plan.verdicts[0].problem

    def test_another_format_is_not_forced_upon_it(self) -> None:
        plan = self.plan(1024, 1024, form="raw")
        assert plan.actions == ()
        assert "format" in plan.verdicts[0].problem


def test_only_takes_what_a_selected_resource_lacks_with_it() -> None:
    network = declare(NETWORK, Kind.NETWORK, "lan", power=PowerState.ACTIVE)
    web = declare(requires=(network.address,))
    other = declare(domain_xml("other"), name="other")
    plan = make_plan(desire(web, other, network), world(), Options(only=(Selector.parse("domain/we*"),)))
    assert {str(action.address) for action in plan.actions} == {"Network/lan@hv1", "Domain/web"}


def test_a_secrets_value_never_stands_in_the_plan() -> None:
    from specs.secret_source import SecretSource

    xml = "<secret ephemeral='no' private='yes'><usage type='ceph'><name>key</name></usage></secret>"
    secret = declare(xml, Kind.SECRET, "key", native="ceph:key", secret=SecretSource(env="KEY"))
    plan = make_plan(desire(secret), world(), NOTHING)
    assert verbs(plan) == ["define", "set-value"]
    assert plan.actions[1].operation.document == ""


def test_what_the_host_will_not_keep_is_said_before_it_is_made() -> None:
    disk = "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio' dpofua='on'/></disk>"
    plan = make_plan(desire(declare(domain_xml(extra=disk))), world(), NOTHING)
    ((note,),) = (verdict.rewritten for verdict in plan.verdicts)
    assert (note.path, note.keeper) == ("devices/disk[vda]/target/@dpofua", "12.8.0")
