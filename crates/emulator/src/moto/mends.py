"""What moto answers otherwise than AWS, where it is simplest mended inside."""

import functools
import inspect
import json

from moto.core.responses import ActionResult
from moto.elb.responses import ELBResponse
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend


@functools.cache
def managed_policies():
    """AWS's own policies: more than a thousand, so none is in an account's books before it is
    used there."""
    parsed = json.loads(aws_managed_policies_data)
    return {f"policy{data.get('Path', '/')}{name}": (name, data) for name, data in parsed.items()}


def learning(method):
    """A method of IAM's that is about a policy, which may be one of AWS's own."""

    def mended(backend, policy_arn, *rest, **more):
        _, _, name = policy_arn.partition(":iam::aws:")
        if name and policy_arn not in backend.managed_policies and name in managed_policies():
            name, data = managed_policies()[name]
            place = backend.account_id, backend.region_name
            policy = AWSManagedPolicy.from_data(name, *place, data)
            backend.managed_policies[policy.arn] = policy
        return method(backend, policy_arn, *rest, **more)

    return functools.wraps(method)(mended)


def with_its_instances(action):
    """An action of a classic load balancer's that answers with a list of lists of ids."""

    def mended(response):
        [ids] = action(response).result["Instances"]
        return ActionResult({"Instances": [{"InstanceId": name} for name in ids]})

    return functools.wraps(action)(mended)


def use():
    """Has moto answer so."""
    for name, method in inspect.getmembers(IAMBackend, inspect.isfunction):
        if list(inspect.signature(method).parameters)[1:2] == ["policy_arn"]:
            setattr(IAMBackend, name, learning(method))
    for action in ("register_instances_with", "deregister_instances_from"):
        name = f"{action}_load_balancer"
        setattr(ELBResponse, name, with_its_instances(getattr(ELBResponse, name)))
