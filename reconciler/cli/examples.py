"""An example or two for each command: what one wants, and what one types after `virt-reconcile`."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "validate": (
        ("all problems of the files in this folder", "validate"),
        ("a stranger's tree: nothing outside of it is read", "validate --untrusted pull-request/"),
    ),
    "plan": (
        ("what would be done, and why", "plan"),
        ("of one guest alone, and saved", "plan Domain/web --out web.plan"),
        ("for a pull request: what merging into main would do", "plan --base origin/main -o markdown"),
    ),
    "diff": (("the XML of one guest, as it is and as it would be", "diff Domain/web"),),
    "status": (
        ("everything, and how it stands", "status"),
        ("guests with addresses, size and uptime", "status 'Domain/*' -o wide"),
        ("all that has a label", "status app=shop"),
    ),
    "history": (
        ("the last runs", "history"),
        ("what was done to one guest", "history Domain/web"),
        ("each action of run 12", "history --run 12"),
    ),
    "hosts": (
        ("every host", "hosts"),
        ("what they can do, and change of what runs", "hosts -o wide"),
    ),
    "explain": (("a kind and its fields", "explain Domain"), ("one field", "explain Domain.disks.cache")),
    "start": (("a guest of the files", "start web"), ("all that have a label", "start app=shop --wait")),
    "stop": (
        ("gracefully, until the next apply", "stop web"),
        ("and it stays so for two hours", "stop web --hold --for 2h --reason 'a repair'"),
    ),
    "restart": (("so that what waits for it takes effect", "restart web"),),
    "snapshot": (
        ("before something is tried", "snapshot web --name before-upgrade"),
        ("and away with it", "snapshot web --delete before-upgrade"),
    ),
    "snapshots": (("of all guests", "snapshots"), ("of one", "snapshots web")),
    "revert": (
        ("back to the last one", "revert web"),
        ("back to one by its name", "revert web before-upgrade"),
    ),
    "apply": (
        ("shows the plan, asks, does it", "apply"),
        ("one guest, without asking", "apply Domain/web --yes"),
        ("what was planned and saved, and nothing else", "apply web.plan"),
        ("only shows it, as plan does", "apply --dry-run"),
    ),
    "destroy": (
        ("what would be removed", "destroy --dry-run"),
        ("one guest of the tree", "destroy Domain/web"),
    ),
    "release": (("leaves a guest to itself, as it is", "release Domain/web"),),
    "rebalance": (
        ("look at the proposal", "rebalance"),
        ("take it into the files", "rebalance -q | git apply"),
    ),
    "convert": (("a guest's disks to another hypervisor", "convert web --onto esx1 --pool store"),),
    "logs": (("the last lines", "logs web"), ("what comes, too", "logs web -f --since 1h")),
    "console": (
        ("a guest's serial console; Ctrl-] leaves", "console web"),
        ("of any guest on a host, without files", "console web --host qemu:///system"),
    ),
    "run": (
        ("this folder, for ever", "run"),
        ("a branch of a repository", "run https://git.example.org/fleet.git --ref main"),
        ("one round, as from cron", "run --once"),
        ("only reports what differs", "run --once --observe"),
    ),
    "commits": (("what became of the last commits", "commits --limit 5"),),
    "token": (("somebody who may look", "token anna --role view --tokens /etc/virt-reconcile/tokens"),),
    "suspend": (
        ("nobody touches a guest for two hours", "suspend Domain/web --reason 'a repair' --for 2h"),
        ("a whole host, until somebody resumes it", "suspend Host/hv1 --reason 'new memory'"),
    ),
    "resume": (("the files count again", "resume Domain/web"), ("a roll-out goes on", "resume Rollout")),
    "pin": (("back to a good commit, and stay there", "pin 3f2a91c --reason 'the last good one'"),),
    "unpin": (("follow the newest commit again", "unpin"),),
    "skip": (
        ("never apply a commit", "skip 3f2a91c --reason 'wrong addresses'"),
        ("take that back", "skip 3f2a91c --undo"),
    ),
    "approve": (("let a commit in", "approve 3f2a91c"),),
    "decisions": (("what is in force", "decisions"), ("and what is over", "decisions --past")),
    "init": (("a tree to begin with", "init demo"),),
    "adopt": (
        ("all that is on this machine", "adopt --host qemu:///system --to fleet"),
        ("one guest of another", "adopt --host qemu+ssh://root@hv2/system --only Domain/web"),
        ("what another tool's file describes", "adopt guest.vmx --to fleet"),
    ),
    "lab": (
        ("three hosts and a tree for them", "lab up demo"),
        ("do they answer?", "lab status demo"),
        ("all of it away", "lab down demo"),
    ),
    "completion": (
        ("for good, for the shell that runs", "completion --install"),
        ('for this bash alone: eval "$(…)" around', "completion bash"),
    ),
    "schema": (("for an editor", "schema > virt-reconcile.schema.json"),),
}
