"""The files of books: written whole or not at all, and read as what they are.

A file: a line of JSON (FORMAT, the releases of moto and Python, a SHA-256) and the pickle. The one
before it is kept as `.previous`, and what cannot be read as `.unread`.
"""

import hashlib
import importlib.metadata
import io
import json
import os
import pickle
import platform
import sys
import threading
import time
from collections import defaultdict

import cloudpickle
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

FORMAT = 1
# How often a pickle is tried again that a background thread of moto's changed meanwhile.
TRIES = 5


def releases():
    return {
        "format": FORMAT,
        **{name: importlib.metadata.version(name) for name in ("moto", "cloudpickle")},
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def say(words):
    print(f"keeper: {words}", file=sys.stderr, flush=True)


class Unreadable(Exception):
    """A file that does not hold what this release can read."""


LOCKS = {type(make()): make for make in (threading.Lock, threading.RLock)}
KEYS = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)


def private_key(der):
    return serialization.load_der_private_key(der, None)


def blank(kind, default_factory):
    made = kind.__new__(kind)
    made.default_factory = default_factory
    return made


class Pickler(cloudpickle.Pickler):
    """cloudpickle, which knows of functions in functions, and moto's locks and keys."""

    def reducer_override(self, this):
        if make := LOCKS.get(type(this)):
            return make, ()
        if isinstance(this, KEYS):
            form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8)
            return private_key, (this.private_bytes(*form, serialization.NoEncryption()),)
        if isinstance(this, defaultdict) and type(this) is not defaultdict:
            # the way of a defaultdict calls __init__ with what those of moto's do not take
            made = (type(this), this.default_factory)
            return blank, made, this.__dict__, None, iter(this.items())
        return super().reducer_override(this)


def dumped(this):
    for trial in range(TRIES):
        file = io.BytesIO()
        try:
            Pickler(file, pickle.HIGHEST_PROTOCOL).dump(this)
            return file.getvalue()
        except RuntimeError:  # a dict changed its size
            if trial + 1 == TRIES:
                raise
            time.sleep(0.01)


# What is raised for what no file can hold.
CANNOT = (TypeError, AttributeError, pickle.PicklingError)
# Services whose backends hold such a thing.
left_out = set()


def pickled(books, launches):
    kept = {service: regions for service, regions in books.items() if service not in left_out}
    try:
        return dumped((kept, launches))
    except CANNOT:
        for service, regions in kept.items():
            try:
                dumped(regions)
            except CANNOT as error:
                say(f"{service} is not kept: {error!r}")
                left_out.add(service)
        if not left_out & kept.keys():
            raise
        return pickled(kept, launches)


def written(path, body):
    """Replaces a file; what was there stays as the previous one."""
    head = releases() | {"sha256": hashlib.sha256(body).hexdigest()}
    new = path.with_suffix(".new")
    with open(new, "wb") as file:
        file.write(json.dumps(head).encode() + b"\n" + body)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        os.replace(path, path.with_suffix(".previous"))
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path):
    line, _, body = path.read_bytes().partition(b"\n")
    try:
        head = json.loads(line)
        digest = head.pop("sha256")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise Unreadable(f"it does not begin as such a file does: {error}") from error
    if head != releases():
        raise Unreadable(f"it was written by {head}, and this is {releases()}")
    if hashlib.sha256(body).hexdigest() != digest:
        raise Unreadable("it is not whole")
    return pickle.loads(body)


def put_aside(path):
    os.replace(path, path.with_name(f"{path.name}.{time.time_ns()}.unread"))
