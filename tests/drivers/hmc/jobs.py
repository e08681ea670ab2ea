"""The jobs of a console of the tests: they run for a look or two, then end as it was found out at their
beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from drivers.hmc.elements import WEB, Element, every, put, text
from tests.drivers.hmc.recorded import element, wrapped
from tests.drivers.hmc.resources import Resource

if TYPE_CHECKING:
    from tests.drivers.hmc.console import Answer, Console


@dataclass
class Job:
    """One job: how many looks it still runs (-1: until it is cancelled), and its result."""

    operation: str
    looks: int
    problem: str = ""
    resource: Resource | None = None
    parameters: dict[str, str] = field(default_factory=dict)


class Jobs:
    """Those that a console was asked for."""

    def __init__(self, console: Console) -> None:
        self.console, self.all = console, dict[str, Job]()
        self.looks = 1
        self.stuck: set[str] = set()
        """Operations whose jobs run on until they are cancelled."""
        self.problems: dict[str, str] = {}
        """What jobs of an operation fail with."""
        self.asked: list[tuple[str, dict[str, str]]] = []

    def begin(self, operation: str, resource: Resource, request: Element) -> Answer:
        asked = text(request, "RequestedOperation/OperationName")
        assert asked == operation
        assert wrapped(request).op == operation, "IBM's client reads the job otherwise"
        parameters = {
            text(each, "ParameterName"): text(each, "ParameterValue")
            for each in every(request, "JobParameters/JobParameter")
        }
        self.asked.append((operation, parameters))
        looks = -1 if operation in self.stuck or parameters.get("operation") in self.stuck else self.looks
        problem = self.problems.get(operation, "") or self._problem(operation, resource, parameters)
        job = Job(operation, looks, problem, resource, parameters)
        number = str(1375391227297 + len(self.asked))
        self.all[number] = job
        if not problem and operation == "Migrate":
            put(resource.element, "ProgressPartitionDataTotal", "4096", ())
            put(resource.element, "ProgressPartitionDataRemaining", "1024", ())
        return self._answer(number)

    def ask(self, method: str, parts: list[str]) -> Answer:
        from tests.drivers.hmc.console import Answer, error

        job = self.all.get(parts[0])
        if job is None:
            return Answer(404, error(404, "no such job"))
        if method == "DELETE":
            if job.looks:
                return Answer(500, error(500, "the job is running"))
            del self.all[parts[0]]
            return Answer(204)
        if method == "POST":
            job.looks, job.problem = 0, job.problem or "HSCLA000 the job was cancelled"
            return Answer(204)
        if job.looks > 0:
            job.looks -= 1
            if not job.looks and not job.problem:
                self._done(job)
        return self._answer(parts[0])

    def _answer(self, number: str) -> Answer:
        from tests.drivers.hmc.console import ATOM, Answer

        job = self.all[number]
        told = element(
            "job_response_completed_failed.txt" if job.problem else "job_response_completed_ok.txt"
        )
        status = "RUNNING" if job.looks else "COMPLETED_WITH_ERROR" if job.problem else "COMPLETED_OK"
        for tag, value in (("JobID", number), ("Status", status)):
            found = told.find(f"{{{WEB}}}{tag}")
            assert found is not None
            found.text = value
        for each in every(told, "Results/JobParameter"):
            if text(each, "ParameterName") == "result":
                put(each, "ParameterValue", job.problem, ())
        root = etree.Element(f"{{{ATOM}}}entry")
        etree.SubElement(root, f"{{{ATOM}}}content").append(told)
        return Answer(200, etree.tostring(root))

    def _problem(self, operation: str, resource: Resource, parameters: dict[str, str]) -> str:
        state = text(resource.element, "PartitionState")
        if operation == "PowerOn" and state != "not activated":
            return "HSCL3681 the partition is already powered on"
        if operation == "PowerOff" and state == "not activated":
            return "HSCL1558 the partition is already powered off"
        if operation == "PowerOff" and parameters["operation"] == "osshutdown":
            talks = text(resource.element, "ResourceMonitoringControlState") == "active"
            return "" if talks else "HSCL0DB4 no RMC connection"
        if operation in ("Migrate", "MigrateValidate"):
            return self._lacking(resource, parameters["TargetManagedSystemName"])
        return ""

    def _lacking(self, partition: Resource, target: str) -> str:
        """What a partition would not have at its destination."""
        resources = self.console.resources
        system = next(e for e in resources.of("ManagedSystem") if text(e.element, "SystemName") == target)
        there = {text(each.element, "NetworkVLANID") for each in resources.of("VirtualNetwork", system.uuid)}
        needed = {text(e.element, "PortVLANID") for e in resources.of("ClientNetworkAdapter", partition.uuid)}
        missing = needed - there
        return f"HSCLA27C VLAN {', '.join(sorted(missing))} is not available on {target}" if missing else ""

    def _done(self, job: Job) -> None:
        assert job.resource is not None
        partition = job.resource.element
        if job.operation in ("PowerOn", "PowerOff"):
            on = job.operation == "PowerOn"
            put(partition, "PartitionState", "running" if on else "not activated", ())
            put(partition, "ResourceMonitoringControlState", "active" if on else "inactive", ())
        elif job.operation == "Migrate":
            target = job.parameters["TargetManagedSystemName"]
            systems = self.console.resources.of("ManagedSystem")
            job.resource.parent = next(e.uuid for e in systems if text(e.element, "SystemName") == target)
            put(partition, "PartitionID", str(self.console.resources.next_number(job.resource.parent)), ())
        else:
            return
        self.console.changed(job.resource, "PartitionState,Other")
