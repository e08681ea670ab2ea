"""What people type out of habit, from kubectl, terraform, virsh, flux and ansible: each is answered with what
it is called here, and a slip of the fingers with the nearest name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

import click

from reconciler.faults import Fault
from specs.diagnostics import nearest

_PLAN = "plan shows what would be done: virt-reconcile plan"
_STATUS = "status shows what there is: virt-reconcile status, or status Domain/NAME -o wide"
_APPLY = "what is to be stands in the files, and apply makes it so: virt-reconcile apply"
_FILES = "that stands in the files: change it there, then virt-reconcile plan and apply"
_REMOVE = (
    "take it out of the files, then virt-reconcile apply --prune; destroy removes all that the files declare"
)
_ADOPT = "adopt writes files for what a host has: virt-reconcile adopt --host URI --to DIR"
_VALIDATE = "validate checks the files, offline: virt-reconcile validate"
_RUN = "run converges for ever: virt-reconcile run"
_FRESH = "every plan looks at the hosts anew: virt-reconcile plan"
_DIFF = "diff shows the XML, as it is and as it would be: virt-reconcile diff Domain/NAME"
_CONSOLE = "console attaches to a guest's serial console: virt-reconcile console NAME"
_NONE = "there is nothing like it, and nothing that would need it"

COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("get", "show", "list", "ls", "ps", "top", "inventory", "dominfo", "domstate", "domstats", "net-list",
         "pool-list", "vol-list", "nodelist", "state", "describe", "health", "domblklist", "domiflist",
         "domifaddr",
         "net-info", "pool-info", "vol-info", "vcpucount", "vcpuinfo", "dommemstat", "net-dhcp-leases"),
        _STATUS,
    ),
    **dict.fromkeys(("preview", "noop", "whatif", "dry-run", "check-mode", "drift"), _PLAN),
    **dict.fromkeys(
        ("create", "define", "up", "sync", "reconcile", "deploy", "converge", "install", "update", "upgrade",
         "playbook", "net-define", "net-start", "pool-define", "pool-start", "vol-create", "kustomize"),
        _APPLY,
    ),
    **dict.fromkeys(
        ("edit", "set", "patch", "scale", "label", "annotate", "autostart", "setmem", "setmaxmem", "setvcpus",
         "attach-disk", "attach-device", "attach-interface", "detach-disk", "detach-device", "vol-resize",
         "detach-interface", "net-edit", "pool-edit", "net-update", "net-autostart", "pool-autostart"),
        _FILES,
    ),
    **dict.fromkeys(
        ("delete", "undefine", "remove", "rm", "down", "prune", "net-destroy", "net-undefine", "pool-destroy",
         "pool-undefine", "vol-delete", "uninstall", "teardown"),
        _REMOVE,
    ),
    **dict.fromkeys(("import", "export", "generate", "dump"), _ADOPT),
    **dict.fromkeys(("lint", "check", "verify", "test", "syntax-check", "inspect-files"), _VALIDATE),
    **dict.fromkeys(("serve", "daemon", "controller", "watch", "agent", "follow", "bootstrap"), _RUN),
    **dict.fromkeys(("refresh", "gather", "setup", "rescan"), _FRESH),
    **dict.fromkeys(("dumpxml", "net-dumpxml", "pool-dumpxml", "vol-dumpxml"), _DIFF),
    **dict.fromkeys(("ssh", "exec", "attach", "ttyconsole", "vnc"), _CONSOLE),
    **dict.fromkeys(("force-unlock", "unlock", "taint", "untaint", "workspace", "config", "cd"), _NONE),
    "fmt": "files stay as they were written; validate checks them: virt-reconcile validate",
    "output": "status tells programs, too: virt-reconcile status -o json",
    "migrate": "change `host:` in the guest's file, and apply moves it: virt-reconcile plan",
    "drain": "write `maintenance: true` into the Host's file, and apply moves its guests away",
    "cordon": "write `maintenance: true` into the Host's file, and apply moves its guests away",
    "uncordon": "take `maintenance: true` out of the Host's file, and apply brings its guests back",
    "rollback": "pin holds the fleet at an earlier commit: virt-reconcile pin COMMIT",
    "rename": "change the name in the file, and say the old one there: `formerly: NAME`",
    "domrename": "change the name in the file, and say the old one there: `formerly: NAME`",
    "version": "virt-reconcile --version",
    "events": "history shows what was done: virt-reconcile history",
    "log": "history shows what was done: virt-reconcile history",
    "node": "hosts shows every host: virt-reconcile hosts",
    "freecell": "hosts shows every host: virt-reconcile hosts",
    "nodeinfo": "hosts shows every host: virt-reconcile hosts",
    "api-resources": "explain tells of kinds and fields: virt-reconcile explain Domain",
    "nodes": "hosts shows every host: virt-reconcile hosts",
    "capabilities": "hosts shows what each can do: virt-reconcile hosts -o wide",
    "doc": "explain tells of kinds and fields: virt-reconcile explain Domain",
    "docs": "explain tells of kinds and fields: virt-reconcile explain Domain",
    "reboot": "restart restarts a declared guest: virt-reconcile restart NAME",
    "shutdown": "stop stops a declared guest: virt-reconcile stop NAME",
    "poweroff": "stop stops a declared guest: virt-reconcile stop NAME",
    "snapshot-create": "virt-reconcile snapshot NAME",
    "snapshot-list": "virt-reconcile snapshots",
    "snapshot-revert": "virt-reconcile revert NAME",
    "checkpoint": "virt-reconcile snapshot NAME",
    "pause": "write `state: paused` into the guest's file, then virt-reconcile apply",
    "unsuspend": "resume ends what suspend decided: virt-reconcile resume SUBJECT",
    "uri": "each Host's file says its uri; hosts shows them: virt-reconcile hosts",
    "connect": "each Host's file says its uri; for this once: --host [NAME=]URI",
}  # fmt: skip
"""Command of another program → what to do here."""

_YES = "--yes"
_ONLY = "--only KIND/NAME or LABEL=VALUE, or the resource itself as an argument"
_TREE = "the folder itself is the argument, and is read with all that is in it"
_VERBOSE = "--verbose"
_NO_FORCE = "nothing is forced as a whole: what a plan holds back says itself which option or field lets it"

OPTIONS: Mapping[str, str] = {
    **dict.fromkeys(("-auto-approve", "--auto-approve", "--assumeyes", "--assume-yes", "--no-confirm"), _YES),
    **dict.fromkeys(
        ("-target", "--target", "-l", "--selector", "--limit", "-t", "--tags", "--domain", "--label"), _ONLY
    ),
    **dict.fromkeys(
        ("-f", "--file", "--filename", "-i", "--inventory", "-R", "--recursive", "-chdir", "--chdir"), _TREE
    ),
    **dict.fromkeys(("--check", "-C", "--noop", "--dry-run", "--plan-only"), "virt-reconcile plan"),
    **dict.fromkeys(("--debug", "-vv", "-vvv", "-V", "--trace"), _VERBOSE),
    **dict.fromkeys(("--force", "--force-conflicts", "--overwrite", "-replace", "--replace"), _NO_FORCE),
    **dict.fromkeys(("-c", "--connect", "--uri", "--context", "--kubeconfig"), "--host [NAME=]URI"),
    **dict.fromkeys(("-out", "--save"), "--out FILE"),
    **dict.fromkeys(("-json", "--json"), "-o json"),
    **dict.fromkeys(("--format", "--output-format", "-format"), "-o text|json|yaml|markdown"),
    **dict.fromkeys(("-var", "--var", "-var-file", "--var-file", "-e", "--extra-vars", "--set", "--values"),
                    "values stand in the files; what many share in a DomainTemplate"),
    **dict.fromkeys(("-refresh", "-refresh-only", "--refresh"), "every plan looks at the hosts anew"),
    **dict.fromkeys(("-lock", "-lock-timeout", "-input", "--wait", "--no-wait"), _NONE),
    **dict.fromkeys(("-no-color", "--no-color", "--no-colour"), "--color never"),
    **dict.fromkeys(("--colour",), "--color"),
    **dict.fromkeys(("-A", "--all", "--all-namespaces", "-a"), "without --only it is all of the tree"),
    **dict.fromkeys(("-w", "--watch", "--follow"), "virt-reconcile run --observe changes nothing"),
    **dict.fromkeys(("--live", "--persistent", "--config", "--current"),
                    "what can be made live is made live, and the definition with it"),
    **dict.fromkeys(("-detailed-exitcode",), "--detailed-exitcode"),
    **dict.fromkeys(("-parallelism", "--parallelism", "--forks", "--concurrency", "-j"), "--parallel N"),
    "--diff": "virt-reconcile diff",
    "-D": "virt-reconcile diff",
    "--namespace": "there are no namespaces; labels group, and --only LABEL=VALUE selects them",
    "-n": "there are no namespaces: --only LABEL=VALUE; and what only looks is virt-reconcile plan",
    "-destroy": "virt-reconcile destroy --dry-run",
    "--destroy": "virt-reconcile destroy --dry-run",
    "-state": "--state",
    "--version": "virt-reconcile --version",
    "--delete": "--prune",
    "--wide": "-o wide",
    "--yaml": "-o yaml",
    "--tree": _TREE,
    "--revision": "--ref BRANCH",
    "--branch": "--ref BRANCH",
    "--interval": "run has it: virt-reconcile run --interval 60s",
}  # fmt: skip
"""Option of another program → what it is here."""


def unknown_command(word: str, known: Iterable[str]) -> NoReturn:
    """Raises Fault for a word that is no command, with the right one."""
    answer = COMMANDS.get(word.lower())
    if answer is None:
        near = nearest(word, known) or nearest(word, COMMANDS, 0.8)
        answer = COMMANDS.get(near) or (f"did you mean 'virt-reconcile {near}'?" if near else "")
    more = answer or "virt-reconcile --help lists the commands"
    raise Fault(f"there is no command '{word}'; {more}")


def told_of_usage(error: click.UsageError, arguments: Sequence[str]) -> str:
    """What is wrong with a command line, in one line that says what to type."""
    command = error.ctx.command_path if error.ctx else " ".join(["virt-reconcile", *arguments[:1]])
    more = f" ({command} --help tells more)"
    if isinstance(error, click.NoSuchOption):
        given = _as_typed(error.option_name, arguments)
        if error.ctx and error.ctx.parent is None:
            return f"{given} stands before the command; options come after it: virt-reconcile COMMAND {given}"
        if answer := OPTIONS.get(given) or OPTIONS.get(error.option_name):
            return f"{command} has no option '{given}'; here: {answer}"
        near = f"; did you mean '{error.possibilities[0]}'?" if error.possibilities else ""
        return f"{command} has no option '{given}'{near}{more}"
    if isinstance(error, click.NoSuchCommand):
        near = f"; did you mean '{error.possibilities[0]}'?" if error.possibilities else ""
        return f"{command} has no command '{error.command_name}'{near}{more}"
    message = " ".join(error.format_message().rstrip(".").split())
    return f"{message[:1].lower()}{message[1:]}{more}"


def _as_typed(option: str, arguments: Sequence[str]) -> str:
    """-target=web is read letter by letter: the word that was meant, without its value."""
    words = (argument.partition("=")[0] for argument in arguments)
    if option.startswith("--"):
        return option
    return next((word for word in words if word.startswith(option) and word in OPTIONS), option)
