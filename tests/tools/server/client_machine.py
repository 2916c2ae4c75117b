"""A desktop with the real actledger-client, and the client as a service: for all suites that run it beside a server."""

import json
import os
import secrets
import signal
import socket
import subprocess

from api import Client as Http
from installation import BIN, FAKETIME, PATIENCE_S, Failed


def closed_port():
    """A port of this machine that refuses: bound, so that nobody else takes it, and not listening. A server may."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder, holder.getsockname()[1]


def https(server):
    """Where a server, or whoever has the port, is asked."""
    return f"https://127.0.0.1:{getattr(server, 'tls_port', server)}"


def ask(server, target):
    client = Http(server)
    try:
        return client.get(target).json
    finally:
        client.close()


def seat_requests(server):
    """How often seats were asked for, in whatever way."""
    client = Http(server)
    lines = client.get("/metrics").body.decode().splitlines()
    client.close()
    return sum(int(line.split()[1]) for line in lines if line.startswith("actledger_http_requests_total")
               and '"POST",route="/v1/activations' in line)


class Machine:
    """A desktop: what identifies it (below a folder of its own) and the client's state.

    `key` is an enrolment key, True for one of its own, or False for none.
    """

    def __init__(self, installation, servers, product="vdi", key=True, state=None, root=None):
        self.installation, self.servers, self.product = installation, servers, product
        self.folder = installation / f"machine-{secrets.token_hex(4)}"
        self.state = state or os.path.join(self.folder, "state")
        self.root = root or installation / "vendor/root.crt"
        self.uuid = secrets.token_hex(16)
        self._put("sys/class/dmi/id/product_uuid", self.uuid)
        self._put("sys/class/dmi/id/board_serial", secrets.token_hex(6))
        self._put("etc/machine-id", secrets.token_hex(16))
        self.key_file = key and self._put("enrolment.key", installation.enrolment_key() if key is True else key)

    def _put(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(text + "\n")
        return path

    def settings(self):
        options = ["--product", self.product, "--root", self.root]
        options += ["--enrolment-key-file", self.key_file] if self.key_file else []
        return options + [part for server in self.servers for part in ("--server", server)]

    def command(self, *arguments):
        return [os.path.join(BIN, "actledger-client"), "--state", self.state, "--sysroot", self.folder, *arguments]

    def run(self, *arguments, check=True, before=()):
        done = subprocess.run([*before, *self.command(*arguments)], env=self.installation.environment,
                              cwd=self.installation.folder, capture_output=True, text=True, timeout=PATIENCE_S * 2,
                              check=False)
        if check and done.returncode != 0:
            raise Failed(f"actledger-client {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done

    def activate(self, *more, **how):
        return self.run("activate", *self.settings(), *more, **how)

    def path(self, name):
        return os.path.join(self.state, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def held(self):
        """The stored activation, as `status --json` verifies it."""
        return json.loads(self.run("status", "--json").stdout)


class Service:
    """`actledger-client run`, as systemd runs it: with a socket to tell its standing to."""

    def __init__(self, machine, clock=None):
        self.told = []
        path = os.path.join(machine.folder, "notify.sock")
        if os.path.exists(path):
            os.unlink(path)  # of the service before
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path)
        self.notify.settimeout(PATIENCE_S)
        variables = {**machine.installation.environment, "NOTIFY_SOCKET": path}
        if clock:
            variables.update(LD_PRELOAD=FAKETIME, FAKETIME=clock, FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.output = os.path.join(machine.folder, "service.log")
        with open(self.output, "wb") as log:
            self.process = subprocess.Popen(machine.command("run", *machine.settings()), env=variables, stdout=log,
                                            stderr=log, cwd=machine.installation.folder, start_new_session=True)

    def wait(self, words):
        """Until it tells its supervisor something with `words` in it."""
        while not any(words in line for line in self.told):
            try:
                self.told.append(self.notify.recv(4096).decode())
            except TimeoutError:
                raise Failed(f"the service never said {words!r}, but {self.told}: {self.console()}") from None

    def console(self):
        with open(self.output, encoding="utf-8") as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE_S)
        self.notify.close()
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.notify.close()
