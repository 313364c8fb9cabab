"""The keys that an account's users make for themselves, by IAM and STS.

moto's books hold them, so the front asks here whose a key is: one that is deleted, inactive or
expired there lets nobody in from then on. moto answers to GetSessionToken and GetFederationToken
with one key for all the world; here each makes a key of its own. IAM's policies are not enforced:
every key of an account may do everything in it.
"""

import calendar

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam.models import AccessKey, iam_backends
from moto.sts.models import STSBackend, sts_backends
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token

# How many sessions an account may have at once.
MOST_SESSIONS = 1000


def seconds(time):
    return calendar.timegm(time.utctimetuple())


def sessions(backend):
    """What was made by GetSessionToken and GetFederationToken, by the key's id."""
    return backend.__dict__.setdefault("sessions", {})


def find(access_key_id):
    """Whose a key is, its secret, and for a session its token and its end; none when unknown."""
    for account, partitions in iam_backends.items():
        for partition, backend in list(partitions.items()):
            key = backend.access_keys.get(access_key_id)
            if key and key.user_name in backend.users and key.status == "Active":
                return {"account": account, "secret": key.secret_access_key}
    for account, partitions in sts_backends.items():
        for partition, backend in list(partitions.items()):
            if found := session(backend, access_key_id):
                return {"account": account, **found}
    return None


def session(backend, access_key_id):
    made = sessions(backend).get(access_key_id)
    if made:
        return {name: made[name] for name in ("secret", "token", "expires")}
    role = backend.get_assumed_role_from_access_key(access_key_id)
    return role and {
        "secret": role.secret_access_key,
        "token": role.session_token,
        "expires": seconds(role.expiration),
    }


def forget_old(backend):
    """Drops what has expired, and what is too much."""
    now = utcnow()
    known = iam_backends[backend.account_id][backend.partition].access_keys
    roles = [one for one in backend.assumed_roles if seconds(one.expiration) > seconds(now)]
    roles = roles[-MOST_SESSIONS:]
    for role in backend.assumed_roles:
        if role not in roles:
            known.pop(role.access_key_id, None)
    backend.assumed_roles[:] = roles
    made = sessions(backend)
    for name in [name for name, one in made.items() if one["expires"] <= seconds(now)]:
        del made[name]
    while len(made) > MOST_SESSIONS:
        del made[next(iter(made))]


def minted(response, token, identity):
    """A key of its own for a session, as AWS's answer has it."""
    backend = response.backend
    key = AccessKey(user_name=None, prefix="ASIA", account_id=backend.account_id)
    secret = random_session_token()
    sessions(backend)[key.access_key_id] = {
        "secret": key.secret_access_key,
        "token": secret,
        "expires": seconds(token.expiration),
        "identity": identity,
    }
    forget_old(backend)
    return {
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret_access_key,
        "SessionToken": secret,
        "Expiration": token.expiration,
    }


def get_session_token(response):
    duration = response._get_int_param("DurationSeconds", 43200)
    token = response.backend.get_session_token(duration=duration)
    identity = response.backend.get_caller_identity(response.get_access_key(), response.region)
    return ActionResult({"Credentials": minted(response, token, identity)})


def get_federation_token(response):
    result = real_federation(response).result
    user = result["FederatedUser"]
    identity = (user["FederatedUserId"], user["Arn"], response.current_account)
    duration = response._get_int_param("DurationSeconds", 43200)
    token = response.backend.get_federation_token(duration=duration, name=None)
    return ActionResult(result | {"Credentials": minted(response, token, identity)})


def get_caller_identity(backend, access_key_id, region):
    """Who asks: a session's maker, a role, a user, or else the account itself."""
    made = sessions(backend).get(access_key_id)
    if made:
        return made["identity"]
    user, arn, account = real_identity(backend, access_key_id, region)
    if arn.endswith(":user/moto"):  # what moto says of a key that it does not know: ours
        return account, f"arn:{backend.partition}:iam::{account}:root", account
    return user, arn, account


def assume_role(backend, **asked):
    role = real_assume(backend, **asked)
    forget_old(backend)
    return role


real_federation = TokenResponse.get_federation_token
real_identity = STSBackend.get_caller_identity
real_assume = STSBackend.assume_role


def use():
    """Has moto answer so."""
    TokenResponse.get_session_token = get_session_token
    TokenResponse.get_federation_token = get_federation_token
    STSBackend.get_caller_identity = get_caller_identity
    STSBackend.assume_role = assume_role
