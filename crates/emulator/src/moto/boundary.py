"""What keeps accounts apart inside moto: while a request is answered, there is one account.

moto looks into other accounts by itself wherever an ARN, an owner or a bucket's name leads there,
however that was spelled in the request (a template may put an ARN together from pieces). So it is
not the request that is looked at, but what moto does with it: an account that is not the one asking
is not there to be listed, and reaching for it by its number ends the request.
"""

import threading

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.ec2.models.transit_gateway_attachments import TransitGatewayAttachmentBackend
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnectionBackend
from moto.securityhub.models import SecurityHubBackend
from werkzeug.exceptions import Forbidden


class Asking(threading.local):
    """Who asks in this thread; nobody in those that serve no request."""

    account = None
    has_crossed = False


ASKING = Asking()


class as_account:
    """Whatever is done within is done for one account."""

    def __init__(self, account):
        self.account = account

    def __enter__(self):
        self.before = ASKING.account
        ASKING.account = self.account
        ASKING.has_crossed = False
        return ASKING

    def __exit__(self, *_):
        ASKING.account = self.before


class Foreign(Forbidden):
    """Another account was reached for; what moto makes of this is not what is answered."""


def getitem(this, account):
    own = ASKING.account
    if own is not None and account != own:
        if account != DEFAULT_ACCOUNT_ID:
            ASKING.has_crossed = True
            raise Foreign
        account = own  # moto's own word for whoever it is
    return real_getitem(this, account)


def seen(this):
    own = ASKING.account
    names = list(dict.keys(this))
    return names if own is None else [name for name in names if name == own]


def start(this):
    """What a request begins in another thread is done for the same account."""
    account = ASKING.account
    if account is not None:
        run = this.run

        def for_account():
            with as_account(account):
                run()

        this.run = for_account
    real_start(this)


def only_own(listed):
    """Of what moto keeps in one list for all."""

    def own(cls):
        asking = ASKING.account
        return (one for one in listed(cls) if asking is None or one.account_id == asking)

    return classmethod(own)


class OwnConfigs(dict):
    """Kept by a name that is the same for all: here for each account."""

    def _key(self, name):
        return (ASKING.account, name)

    def __contains__(self, name):
        return super().__contains__(self._key(name))

    def __getitem__(self, name):
        return super().__getitem__(self._key(name))

    def __setitem__(self, name, value):
        super().__setitem__(self._key(name), value)


real_getitem = BackendDict.__getitem__
real_start = threading.Thread.start


def draw():
    """Puts it up, once for the process."""
    BackendDict.__getitem__ = getitem
    BackendDict.__iter__ = lambda this: iter(seen(this))
    BackendDict.__len__ = lambda this: len(seen(this))
    BackendDict.__contains__ = lambda this, name: name in seen(this)
    BackendDict.keys = lambda this: dict.fromkeys(seen(this)).keys()
    BackendDict.values = lambda this: [dict.__getitem__(this, name) for name in seen(this)]
    BackendDict.items = lambda this: [(name, dict.__getitem__(this, name)) for name in seen(this)]
    BackendDict.get = lambda this, name, default=None: this[name] if name in this else default
    threading.Thread.start = start
    VPCPeeringConnectionBackend.get_vpc_pcx_refs = only_own(
        VPCPeeringConnectionBackend.get_vpc_pcx_refs.__func__
    )
    TransitGatewayAttachmentBackend._get_peering_attachment_backend_refs = only_own(
        TransitGatewayAttachmentBackend._get_peering_attachment_backend_refs.__func__
    )
    SecurityHubBackend._org_configs = OwnConfigs()
