"""moto, whose books outlive it.

Serves moto as its own server does, and keeps each account's books in one file: written whole and
synced before a change is answered, so that what was answered is there after any end, a SIGKILL
included. One pickle for all of an account's services keeps what they refer to in each other. The
backends are moto's own objects, so a file is read by the very release alone that wrote it. Answers
to launches that carried a token lie beside them: the same token launches nothing more.

An account has MOST_BYTES: with more than that in its books, only what makes them less is done.

What is answered here instead of by moto says why in a header, REFUSED, and the front puts it in the
service's own words.

Usage: keeper.py SOCKET FOLDER
"""

import importlib
import json
import sys
import threading
import time
import traceback
from pathlib import Path

import boundary
import keys
import mends
import templates
from botocore.model import OperationNotFoundError
from files import pickled, put_aside, read, say, written
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from picture import picture, user_data
from werkzeug.serving import run_simple

# Requests that are for this program: moto's own path, which no client's request comes under.
OWN = "/moto-api/keeper/"
ACCOUNT = "HTTP_X_MOTO_ACCOUNT_ID"
# Set by the front on what changes the books: `more`, or `less` on what only removes.
CHANGES = "HTTP_X_MOTO_CHANGES"
# Which key is asked about.
KEY = "HTTP_X_MOTO_KEY"
# What of an account is kept, in bytes of its file.
MOST_BYTES = 64 << 20
REFUSED = "X-Moto-Refused"
# And on a launch with a token, which it names; the third: only if it was answered before.
LAUNCH = "HTTP_X_MOTO_LAUNCH"
KNOWN_ONLY = "HTTP_X_MOTO_KNOWN_ONLY"
# By whose scope requests are told whose backends are in no file, so that their size is unknown.
UNCOUNTED = "/lambda/aws4_request"
# How many tokens of an account are remembered.
MOST_LAUNCHES = 1000
# How long until what could not be kept is tried again.
AGAIN_SECONDS = 1


def name_of(backends):
    """A service by the class of its backends, as several call themselves `ec2`."""
    return f"{backends.backend.__module__}:{backends.backend.__qualname__}"


def backends_of(name):
    module = importlib.import_module(name.partition(":")[0])
    found = (one for one in vars(module).values() if isinstance(one, BackendDict))
    return next(one for one in found if name_of(one) == name)


def refused(why, status):
    return status, [(REFUSED, why), ("Content-Length", "0")], b""


def own_app(service):
    """moto's own way to one service's application, which makes it for an account of its own."""
    with boundary.as_account(None):
        app = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


S3 = "moto.s3.models:S3Backend"


class Keeper:
    def __init__(self, app, folder):
        self.app = app
        self.folder = folder
        self.launches = {}
        self.locks = {}
        self.unwritten = set()
        # bytes of each account's books, and of what it sent to services that are left out
        self.sizes = {}
        self.uncounted = {}
        self.opening = threading.Lock()

    def path(self, account):
        return self.folder / f"{account}.books"

    def lock(self, account):
        with self.opening:
            return self.locks.setdefault(account, threading.Lock())

    def load(self):
        """Reads every account's books, each from its newest file that can be read."""
        files = self.folder.glob("*.*")
        accounts = {file.stem for file in files if file.suffix in (".books", ".previous")}
        for account in sorted(accounts):
            for suffix in (".books", ".previous"):
                path = self.folder / f"{account}{suffix}"
                if not path.exists():
                    continue
                try:
                    books, launches = read(path)
                    self.open_books(account, books)
                    self.launches[account] = launches
                    self.sizes[account] = path.stat().st_size
                    say(f"read {path.name}")
                    break
                except Exception as error:  # whatever a pickle of another make raises
                    say(f"cannot read {path.name}: {error!r}")
                    put_aside(path)

    def open_books(self, account, books):
        for service, regions in books.items():
            backends = backends_of(service)
            # moto's own __setitem__ is for services that are made here
            for region, backend in regions.items():
                dict.__setitem__(backends[account], region, backend)
                if service == S3:  # names are everybody's, so they are listed once more
                    for name in backend.buckets:
                        backends.bucket_accounts[name] = (region, account)

    def books(self, account):
        return {
            name_of(backends): dict(backends[account])
            for backends in list(BackendDict._instances)
            if account in backends.keys()
        }

    def keep(self, account):
        try:
            launches = self.launches.get(account, {})
            body = pickled(self.books(account), launches)
            self.sizes[account] = len(body)
            written(self.path(account), body)
            self.unwritten.discard(account)
        except Exception:
            self.unwritten.add(account)
            say(f"cannot keep the books of {account}, and tries again\n{traceback.format_exc()}")

    def keep_trying(self):
        while True:
            time.sleep(AGAIN_SECONDS)
            for account in list(self.unwritten):
                with self.lock(account):
                    self.keep(account)

    def __call__(self, environ, start_response):
        account = environ.get(ACCOUNT, "")
        if environ["PATH_INFO"].startswith(OWN):
            return self.own(account, environ, start_response)
        if CHANGES not in environ:
            status, headers, body = self.answer(account, environ)
        else:
            with self.lock(account):
                status, headers, body = self.change(account, environ)
        start_response(status, headers)
        return [body]

    def answer(self, account, environ):
        """What moto answers, in which there is no other account."""
        begun = []

        def begin(status, headers, exc_info=None):
            begun[:] = [status, headers]

        with boundary.as_account(account) as asking:
            try:
                answer = self.app(environ, begin)
                try:
                    body = b"".join(answer)
                finally:
                    getattr(answer, "close", lambda: None)()
            except (NotImplementedError, OperationNotFoundError):
                begun, body = None, None
            except boundary.Foreign:
                asking.has_crossed = True
            except Exception:
                say(f"{environ['REQUEST_METHOD']} failed\n{traceback.format_exc()}")
                return refused("failed", "500 Internal Server Error")
            if asking.has_crossed:
                return refused("foreign", "403 Forbidden")
        if begun is None:
            return refused("unknown", "501 Not Implemented")
        return *begun, body

    def is_full(self, account, environ):
        size = self.sizes.get(account, 0) + self.uncounted.get(account, 0)
        return size + int(environ.get("CONTENT_LENGTH") or 0) > MOST_BYTES

    def change(self, account, environ):
        launches = self.launches.setdefault(account, {})
        launch = environ.get(LAUNCH)
        if launch in launches:
            body = launches[launch]
            length = ("Content-Length", str(len(body)))
            return "200 OK", [("Content-Type", "text/xml"), length], body
        if KNOWN_ONLY in environ:
            return refused("unlaunched", "404 Not Found")
        if environ[CHANGES] == "more" and self.is_full(account, environ):
            return refused("full", "507 Insufficient Storage")
        status, headers, body = self.answer(account, environ)
        if status < "4":
            if launch:
                launches[launch] = body
                if len(launches) > MOST_LAUNCHES:
                    del launches[next(iter(launches))]
            if UNCOUNTED in environ.get("HTTP_AUTHORIZATION", ""):
                size = int(environ.get("CONTENT_LENGTH") or 0)
                self.uncounted[account] = self.uncounted.get(account, 0) + size
            self.keep(account)
        return status, headers, body

    def own(self, account, environ, start_response):
        what, _, about = environ["PATH_INFO"].removeprefix(OWN).partition("/")
        answer = {
            ("GET", "picture"): self.picture,
            ("GET", "user-data"): lambda account: user_data(self.books(account), about),
            ("DELETE", "account"): self.forget,
            ("GET", "key"): lambda _: keys.find(environ.get(KEY, "")),
            ("GET", "alive"): lambda _: True,
        }.get((environ["REQUEST_METHOD"], what))
        if answer is None:
            start_response("404 Not Found", [])
            return []
        body = json.dumps(answer(account)).encode()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [body]

    def picture(self, account):
        with self.lock(account):
            return picture(self.books(account))

    def forget(self, account):
        with self.lock(account):
            for backends in list(BackendDict._instances):
                backends.pop(account, None)
                names = getattr(backends, "bucket_accounts", {})
                for name in [name for name, (_, owner) in names.items() if owner == account]:
                    del names[name]
            self.unwritten.discard(account)
            for known in (self.launches, self.sizes, self.uncounted):
                known.pop(account, None)
            for file in self.folder.glob(f"{account}.*"):
                file.unlink(missing_ok=True)


class Handler(MotoRequestHandler):
    def log_request(self, *_):
        """A line for each request would be waited for: whoever keeps the log is who asks."""


def main():
    socket, folder = sys.argv[1:]
    folder = Path(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    boundary.draw()
    templates.use()
    keys.use()
    mends.use()
    keeper = Keeper(DomainDispatcherApplication(own_app), folder)
    keeper.load()
    threading.Thread(target=keeper.keep_trying, daemon=True).start()
    run_simple(f"unix://{socket}", 0, keeper, threaded=True, request_handler=Handler)


if __name__ == "__main__":
    main()
