"""A declared resource that does not exist yet."""

from __future__ import annotations

from reconciler.compare.model import Cause, Difference
from reconciler.operations import Define, SetAutostart, SetValue
from reconciler.plan.complete import complete
from reconciler.plan.draft import Context, Draft, Target, blocked, refresh, verdict
from reconciler.plan.model import Action, Status
from reconciler.plan.power import start_actions
from reconciler.plan.preflight import unfit
from reconciler.plan.unkept import unkept
from reconciler.plan.volume import fill_action
from reconciler.plan.world import World
from specs.desired import ON, Declared
from specs.identity import Kind


def create(declared: Declared, world: World, context: Context, *, if_missing: bool = False) -> Draft:
    """Define, give a value, build, start, autostart: as far as the kind has them."""
    capabilities = world.answers.capabilities.get(declared.host)
    kind = declared.address.kind
    if capabilities and kind not in capabilities.kinds:
        return blocked(declared, f"{declared.host} ({capabilities.version}) cannot hold a {kind}")
    document = complete(declared, declared.document, capabilities, context.fleet.name, context.mark(declared))
    if kind is Kind.DOMAIN:
        problems = [misfit.problem for misfit in unfit(declared.document, declared.host, world)]
        if problems:
            return blocked(declared, "; ".join(problems))
    reason = (Difference("", document, None, Cause.NEW),)
    target = Target.of(declared)
    dialect = world.dialect(declared.host)
    lost = unkept(declared, dialect.settings, dialect)
    told = verdict(declared, Status.CREATE, differences=reason, rewritten=lost)
    if declared.source:
        fill = fill_action(declared, reason, world, if_missing=if_missing)
        return Draft(told, (fill,), refresh(declared))
    define = target.act(Define(document, if_missing=if_missing), reason)
    actions: list[Action] = [define]
    if kind is Kind.SECRET and declared.secret:
        actions.append(target.act(SetValue(), reason, after=(define,)))
    if declared.power in ON or declared.start_new:
        actions.extend(start_actions(declared, reason, (define,)))
    if declared.autostart:
        # After the start: libvirt refuses to autostart what it could not yet build or find.
        actions.append(target.act(SetAutostart(on=True), reason, after=(actions[-1],)))
    return Draft(told, tuple(actions), refresh(declared))
