"""What `ess doctor` says about EC2: everything that a launch depends on, each in one line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ess_core.cloud import code
from ess_core.cloud.checkup import Case, Finding, Status, needs
from ess_core.conf.text import shown
from ess_core.errors import ConfigError
from ess_plugins.ec2 import checks, identity, jumphosts, network, pem, plan, preflight, records, settings
from ess_plugins.ec2.instances import listed
from ess_plugins.ec2.preflight import Facts, Seen, Where
from ess_plugins.ec2.provider import cluster_of
from ess_plugins.ec2.settings import Ec2Settings

BASE = ("conf", "region", "credentials")
SUBJECTS = ("ec2 key pair", "ec2 type", "ec2 image", "ec2 subnets", "ec2 security groups", "ec2 quota")
ANYWHERE = {"0.0.0.0/0", "::/0"}
WOULD_SUCCEED = "DryRunOperation"


@dataclass(frozen=True)
class _View:
    """What is wanted, and what AWS says about it."""

    wanted: Ec2Settings
    where: Where
    seen: Seen

    def facts(self, *reads: str) -> Facts:
        """The facts that these reads give. Raises why one of them failed."""
        for name in reads:
            if name in self.seen.failures:
                raise self.seen.failures[name]
        return self.seen.facts

    def unless_noted(self, read: str, text: str) -> str | Finding:
        """``text``, or the note on an optional read that was denied."""
        note = self.seen.notes.get(read)
        return Finding(Status.NOTE, note) if note else text


@needs("conf")
def pem_file(case: Case) -> str:
    """The private key is there, private, and can be used without asking."""
    return f"{shown(pem.check(settings.read(case.conf).pem))}, readable by you alone"


@needs("conf", "ec2 pem")
def jump_host(case: Case) -> str:
    """The host that connects us to the workers lets us in."""
    jump = settings.read(case.conf).jump
    if jump is None:
        return "none; workers are reached from here"
    jumphosts.try_out(jump)
    return f"{jump.address} lets {jump.username} in"


@needs(*BASE, "ec2 pem")
def key_pair(case: Case) -> str | Finding:
    """The pem is the private half of the key pair."""
    view = case.once(_look)
    if note := checks.check_key(view.facts("key pair"), view.wanted, view.where):
        return Finding(Status.NOTE, note)
    return view.unless_noted("key pair", f"{view.wanted.key_name} fits the pem")


@needs(*BASE)
def instance_type(case: Case) -> str | Finding:
    """The types exist here; in which zones they can be had."""
    view = case.once(_look)
    zones = view.facts("type", "offerings").zones or {}
    for name, some in zones.items():
        if not some:
            reason = f"{view.where('instance_type')}: {name} is not to be had in {case.cloud.region}"
            raise ConfigError(reason, "choose another type or region")
    known = "; ".join(f"{name} can be had in {', '.join(sorted(some))}" for name, some in zones.items())
    return view.unless_noted("offerings", known)


@needs(*BASE, "ec2 type")
def image(case: Case) -> Finding:
    """The image boots on the types."""
    view = case.once(_look)
    facts = view.facts("image", "ami")
    found, reasons = [], []
    for described in facts.types:
        try:
            fitting = checks.image_for(described, facts, view.wanted, view.where)
        except ConfigError as reason:
            reasons.append(reason)
        else:
            name = described["InstanceType"]
            found.append(f"{fitting['ImageId']} ({fitting['Architecture']}) boots on {name}")
    if not found:
        raise reasons[0]
    status = Status.NOTE if reasons else Status.OK
    return Finding(status, "; ".join([*found, *(reason.message for reason in reasons)]))


@needs(*BASE, "ec2 type")
def subnets(case: Case) -> str:
    """A subnet has the type, addresses that can be reached, and enough of them."""
    view = case.once(_look)
    facts, wanted = view.facts("subnets"), view.wanted
    first = wanted.instance_types[0]
    usable = network.subnets(first, facts, wanted, view.where, wanted.instance_count)
    return listed([f"{one['SubnetId']} ({one['AvailabilityZone']})" for one in usable])


@needs(*BASE)
def security_groups(case: Case) -> str | Finding:
    """The groups exist where the subnets are, and let somebody reach the SSH port."""
    settings.require(case.conf, "security_groups")
    view = case.once(_look)
    groups = network.groups(view.facts("subnets", "groups"), view.wanted, view.where)
    port, names = view.wanted.ssh_port, ", ".join(group["GroupName"] for group in groups)
    sources = network.sources(groups, port)
    text = f"{names} lets TCP {port} be reached from {listed(sources)}"
    if ANYWHERE & set(sources):
        return Finding(Status.NOTE, f"{text}, that is from anywhere", "narrow the rule to your own addresses")
    return text


@needs(*BASE, "ec2 type")
def quota(case: Case) -> str | Finding:
    """The quota of vCPUs allows ``instance_count`` more workers."""
    view = case.once(_look)
    facts, wanted = view.facts("alive", "quota"), view.wanted
    first, number = wanted.instance_types[0], wanted.instance_count
    if not checks.STANDARD_FAMILIES.match(first):
        return Finding(Status.NOTE, f"{first} has a quota of its own, which was not asked")
    checks.check_quota(facts, first, number, spot=wanted.spot)
    used = checks.vcpus_in_use(facts, spot=wanted.spot)
    text = f"{used} of {facts.quota_vcpus} {'spot ' * wanted.spot}vCPUs in use, {number} x {first} fit"
    return view.unless_noted("quota", text)


@needs(*BASE, *SUBJECTS)
def permission_to_launch(case: Case) -> str:
    """EC2 would take the very request that `create` sends."""
    view = case.once(_look)
    number = view.wanted.instance_count
    planned = plan.make(view.seen.facts, view.wanted, view.where, number, number)
    request = planned.request(min(number, network.BATCH), 1, planned.places[0], _labels(case, view, planned))
    _try(case.cloud.client("ec2").run_instances, **request)
    return "allowed (tried with DryRun)"


@needs(*BASE)
def permission_to_end(case: Case) -> str | Finding:
    """EC2 would end a worker of this cluster; without one there is nothing to try it on."""
    view = case.once(_look)
    facts, cluster = view.facts("identity", "alive"), cluster_of(case.conf)
    owner = identity.owner_of(facts.identity)
    ours = [one.id for one in facts.alive if cluster and (one.cluster, one.owner) == (cluster, owner)]
    if not ours:
        return Finding(Status.SKIPPED, "needs a worker to try it on, and none of this cluster is there")
    _try(case.cloud.client("ec2").terminate_instances, InstanceIds=ours[:1])
    return f"allowed (tried on {ours[0]} with DryRun)"


def _look(case: Case) -> _View:
    def where(key: str) -> str:
        return case.conf.where("EC2", key)

    wanted = settings.read(case.conf)
    return _View(wanted, where, preflight.look(case.cloud, where, wanted))


def _labels(case: Case, view: _View, planned: plan.Plan) -> dict[str, str]:
    """The tags of a launch: permissions may depend on them."""
    who = view.seen.facts.identity
    cluster = cluster_of(case.conf) or "doctor"
    launch = records.new_launch(cluster, case.cloud.region, who.account, identity.owner_of(who), {})
    return plan.labels(view.wanted, launch, planned.expires)


def _try(operation: Callable[..., Any], **request: Any) -> None:
    """Ask EC2 whether it would do it. Raises what it answers where it would not."""
    from botocore.exceptions import ClientError

    try:
        operation(DryRun=True, **request)
    except ClientError as error:
        if code(error) == WOULD_SUCCEED:
            return
        raise
