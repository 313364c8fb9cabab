"""What an account's books say of all that runs, as one JSON value.

Read off moto's own objects, as writing its answers in XML and reading them again takes tens of
milliseconds for each of the nine kinds of things that are asked here.
"""

from moto.elb.policies import AppCookieStickinessPolicy, LbCookieStickinessPolicy

EC2 = "moto.ec2.models:EC2Backend"
ELB = "moto.elb.models:ELBBackend"
ELBV2 = "moto.elbv2.models:ELBv2Backend"
ROUTE53 = "moto.route53.models:Route53Backend"


def pairs(groups):
    return [[group.id, group.name] for group in groups]


def interface(nic, owner):
    return {
        "id": nic.id,
        "mac": nic.mac_address,
        "device_number": str(nic.device_index or 0),
        "card": "0",
        "owner": owner,
        "private_addresses": [one["PrivateIpAddress"] for one in nic.private_ip_addresses],
        "public_address": nic.public_ip,
        "groups": pairs(nic.group_set),
        "subnet": nic.subnet.id,
        "vpc": nic.subnet.vpc_id,
    }


def details(one, backend, reservation):
    nics = list(one.nics.values())
    options, first = one.metadata_options, nics[0] if nics else None
    key = backend.key_pairs.get(one.key_name)
    profile = backend.iam_instance_profile_associations.get(one.id)
    vpc = backend.vpcs.get(one.vpc_id)
    return {
        "image": one.image_id,
        "instance_type": one.instance_type,
        "architecture": one.architecture,
        "zone": one.availability_zone or "",
        "private_name": one.private_dns_name,
        "public_address": one.public_ip,
        "public_name": one.public_dns_name or None,
        # those of nobody's choice are at the interface alone
        "groups": pairs(one.security_groups or (first.group_set if first else [])),
        "tags": [[tag["key"], tag["value"]] for tag in one.get_tags()],
        "key_name": one.key_name,
        "launch_index": str(one.ami_launch_index or 0),
        "reservation": reservation,
        "owner": one.owner_id,
        "subnet": one.subnet_id or "",
        "vpc": one.vpc_id or "",
        "launched_at": one.launch_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "profile": profile
        and {"arn": profile.instance_profile.arn, "id": profile.association_id},
        "metadata": {
            "needs_token": options.http_tokens == "required",
            "is_enabled": options.http_endpoint != "disabled",
            "has_tags": options.instance_metadata_tags == "enabled",
        },
        "root_device": one.root_device_name or "",
        "devices": list(one.block_device_mapping),
        "interfaces": [interface(nic, one.owner_id) for nic in nics],
        "lifecycle": one.lifecycle,
        "public_key": key and key.public_key.strip(),
        "zone_id": first and first.subnet.availability_zone_id,
        "subnet_block": first and first.subnet.cidr_block,
        "vpc_blocks": [
            block["cidr_block"] for block in (vpc.get_cidr_block_association_set() if vpc else [])
        ],
    }


def instance(one, backend, region, reservation):
    return {
        "id": one.id,
        "region": region,
        "state": one.state,
        "private_address": (one.private_ip if one.nics else None) or "",
        "details": details(one, backend, reservation),
    }


def instances(backend, region):
    return [
        instance(one, backend, region, reservation.id)
        for reservation in backend.reservations.values()
        for one in reservation.instances
    ]


def user_data(books, wanted):
    """What an instance was told at its launch, in base64."""
    for backend in books.get(EC2, {}).values():
        for reservation in backend.reservations.values():
            for one in reservation.instances:
                if one.id == wanted:
                    return one.user_data and str(one.user_data)
    return None


def rule(one):
    source = one.source_group or {}
    return {
        "protocol": one.ip_protocol,
        "from": one.from_port,
        "to": one.to_port,
        "range": (one.ip_range or {}).get("CidrIp"),
        "group": source.get("GroupId"),
    }


def groups(backend):
    return [
        {
            "id": group.id,
            "vpc": group.vpc_id or "",
            # the second kind is made for a load balancer that was given none
            "is_default": group.name == "default" or group.name.startswith("default_elb_"),
            "ingress": [rule(one) for one in group.ingress_rules],
        }
        for by_id in backend.groups.values()
        for group in by_id.values()
    ]


def policy(one):
    if isinstance(one, LbCookieStickinessPolicy):
        seconds = one.cookie_expiration_period
        return {"seconds": int(seconds) if seconds else None}
    if isinstance(one, AppCookieStickinessPolicy):
        return {"cookie": one.cookie_name}
    return None


def classic(one, region):
    policies = {known.policy_name: policy(known) for known in one.policies}
    sticky = [
        (listener, [policies[name] for name in listener.policy_names if policies.get(name)])
        for listener in one.listeners
    ]
    check = one.health_check
    draining = one.attributes["connection_draining"]
    seconds = draining.get("Timeout") or draining.get("timeout") or 300
    settings = one.attributes["connection_settings"]
    return {
        "region": region,
        "name": one.name,
        "dns_name": one.dns_name,
        "groups": list(one.security_groups or []),
        "vpc": one.vpc_id or "",
        "listeners": [
            {
                "protocol": listener.protocol,
                "port": int(listener.load_balancer_port),
                "instance_port": int(listener.instance_port),
                "sticky": found[0] if found else None,
            }
            for listener, found in sticky
        ],
        "instances": list(one.instance_ids),
        "check": check
        and {
            "target": check.target,
            "interval": int(check.interval),
            "timeout": int(check.timeout),
            "healthy": int(check.healthy_threshold),
            "unhealthy": int(check.unhealthy_threshold),
        },
        "draining": int(seconds) if is_on(draining) else 0,
        "idle": int(settings.get("IdleTimeout") or settings.get("idle_timeout") or 60),
    }


def is_on(attribute):
    """moto keeps an attribute in the case of its own, or as the request had it."""
    return str(attribute.get("Enabled", attribute.get("enabled"))).lower() == "true"


def listener(one):
    rules = sorted(
        (found for found in one.rules.values() if not found.is_default),
        key=lambda found: int(found.priority),
    )
    rules += [found for found in one.rules.values() if found.is_default]
    return {
        "arn": one.arn,
        "protocol": one.protocol,
        "port": int(one.port),
        "rules": [
            {
                "conditions": found.conditions,
                "actions": [action.data for action in found.actions],
            }
            for found in rules
        ],
    }


def balancer(one, region):
    return {
        "region": region,
        "arn": one.arn,
        "name": one.name,
        "dns_name": one.dns_name,
        "kind": one.type,
        "groups": list(one.security_groups or []),
        "vpc": one.vpc_id or "",
        "listeners": [listener(found) for found in one.listeners.values()],
        "idle": int(one.attrs.get("idle_timeout.timeout_seconds") or 60),
    }


def target_group(one):
    port = one.health_check_port
    return {
        "arn": one.arn,
        "protocol": one.protocol,
        "kind": one.target_type,
        "targets": [
            {"id": target["Id"], "port": int(target["Port"] or one.port or 0)}
            for target in one.targets.values()
        ],
        "check": {
            "protocol": one.health_check_protocol,
            "port": None if port in (None, "traffic-port") else int(port),
            "path": one.health_check_path or "/",
            "interval": int(one.health_check_interval_seconds),
            "timeout": int(one.health_check_timeout_seconds),
            "healthy": int(one.healthy_threshold_count),
            "unhealthy": int(one.unhealthy_threshold_count),
            "matcher": (getattr(one, "matcher", None) or {}).get("HttpCode"),
        },
        "attributes": {name: str(value) for name, value in one.attributes.items()},
    }


def record(one):
    alias = one.alias_target or {}
    return {
        "name": one.name,
        "kind": one.type,
        "ttl": int(one.ttl or 60),
        "values": [
            value["Value"] if isinstance(value, dict) else value for value in one.records or []
        ],
        "alias": alias.get("DNSName"),
        "weight": None if one.weight is None else int(one.weight),
    }


def zone(one):
    return {"name": one.name, "records": [record(found) for found in one.rrsets]}


def picture(books):
    """The value, of what `Keeper.books` gives."""

    def each(service, read):
        return [
            thing for region, backend in books.get(service, {}).items() for thing in read(backend, region)
        ]

    return {
        "instances": each(EC2, instances),
        "groups": each(EC2, lambda backend, _: groups(backend)),
        "classic": each(
            ELB, lambda backend, region: [classic(one, region) for one in backend.load_balancers.values()]
        ),
        "balancers": each(
            ELBV2, lambda backend, region: [balancer(one, region) for one in backend.load_balancers.values()]
        ),
        "target_groups": each(
            ELBV2, lambda backend, _: [target_group(one) for one in backend.target_groups.values()]
        ),
        "zones": each(ROUTE53, lambda backend, _: [zone(one) for one in backend.zones.values()]),
    }
