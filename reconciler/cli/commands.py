"""The commands: what people want to do, and the first words of each one's help."""

from __future__ import annotations

GROUPS = {
    "Look": {
        "validate": "Reads and checks the files, offline",
        "plan": "Shows what apply would do, and why",
        "diff": "Shows a unified XML difference per resource",
        "status": "Shows every resource: declared, observed, drift",
        "history": "Shows past runs, newest first; or what was done to one RESOURCE",
        "hosts": "Shows every host: its state, what runs there, how full it is",
        "logs": "Shows what was logged of a guest, and what was done to it",
        "explain": "Explains a kind, or one of its fields",
    },
    "Change": {
        "apply": "Shows the plan, asks, and makes the hosts as declared",
        "start": "Starts declared guests, and ends what keeps them stopped",
        "stop": "Stops declared guests gracefully; --hold keeps them so",
        "restart": "Restarts declared guests: what waits for it takes effect",
        "destroy": "Removes what the tree declares and we own",
        "release": "Gives back what the fleet owns",
        "rebalance": "Proposes moves that even out the hosts, as a patch of the files",
        "convert": "Copies a stopped guest's disks to a host of another kind",
        "snapshot": "Keeps what guests are now: disks, and memory while they run",
        "snapshots": "Shows the snapshots of declared guests",
        "revert": "Brings back what a guest was when a snapshot was taken",
        "console": "Attaches to a guest's serial console",
    },
    "Run for ever": {
        "run": "Converges for ever",
        "commits": "Shows the commits that `run` saw, newest first",
        "token": "Makes a token for the page and the API of `run`",
    },
    "Decide": {
        "suspend": "Leaves something alone until it is resumed or the time is up",
        "resume": "Ends what suspend decided",
        "pin": "Holds the fleet at a commit",
        "unpin": "Ends a pin",
        "skip": "Never applies a commit",
        "approve": "Lets a commit in that waits",
        "decisions": "Shows what people decided beside the files",
    },
    "Set up": {
        "init": "Writes a small commented tree that plans and applies as it is",
        "adopt": "Writes files for all that is on a host",
        "lab": "Several real libvirt hosts on this machine",
        "schema": "Writes the JSON Schema of the files, for editors",
        "completion": "Writes the script that lets a shell complete what is typed",
    },
}
"""What people want to do → the commands for it → how each one's help begins: without a command nothing
else needs to be loaded."""

COMMANDS = {name: line for group in GROUPS.values() for name, line in group.items()}
"""Each by its name; its code stands in the file of that name."""
