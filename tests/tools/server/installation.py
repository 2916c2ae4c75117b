"""One customer's parts in a folder of their own: vendor, token, ledger, licence and the real server.

What tools/quickstart does, as objects. Programs come from the build (ACTLEDGER_BIN). Everything the tests start is in a
process group of its own and ended with the installation.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile

from rendered import check_rendered

BIN = os.environ["ACTLEDGER_BIN"]
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
PATIENCE_S = 60  # a limit for a machine that is slow, not a measure of speed


class Failed(Exception):
    """A program of the fixture did not do what it was asked."""


class Installation:
    """Removed with everything in it by close(). `more` is added to the configuration."""

    def __init__(self, more="", http="", hsm=""):
        self.folder = tempfile.mkdtemp(prefix="actledger-server-")
        self.server = None
        for name in ("vendor", "tokens"):
            os.makedirs(self / name)
        self.write("softhsm2.conf", f"directories.tokendir = {self / 'tokens'}\nobjectstore.backend = file\n"
                                     "log.level = ERROR\nslots.removable = false\n")
        for name in ("passphrase", "pin", "so-pin"):
            self.write(name, secrets.token_urlsafe(12) + "\n")
        self.environment = {**os.environ, "SOFTHSM2_CONF": self / "softhsm2.conf", "LC_ALL": "C.UTF-8"}
        self.write("actledgerd.toml", f"""
[ledger]
folder = "ledger"
[hsm]
module = "{MODULE}"
uri = "pkcs11:token=test"
pin_file = "pin"
{hsm}
[http]
listen = ["127.0.0.1:0"]
listen_plain = ["127.0.0.1:0"]
threads = 2
{http}
[log]
file = "actledgerd.log"
[admin]
socket = "admin.sock"
{more}
""")

    def __truediv__(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.server:
            self.server.kill()
        shutil.rmtree(self.folder)

    def write(self, name, text):
        with open(os.open(self / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)

    def program(self, name, *arguments, check=True, text=None):
        done = subprocess.run([os.path.join(BIN, name), *arguments], env=self.environment, cwd=self.folder, input=text,
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        check_rendered(done.stderr)
        if check and done.returncode != 0:
            raise Failed(f"{name} {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def actledger(self, *arguments, check=True, text=None):
        return self.program("actledger", "--config", self / "actledgerd.toml", *arguments, check=check, text=text)

    def issuer(self, *arguments):
        return self.program("actledger-issuer", "--folder", self / "vendor", "--passphrase-file", self / "passphrase",
                            *arguments)

    def initialise(self):
        """Vendor, token and an empty ledger."""
        self.issuer("root", "--name", "Test Vendor")
        self.issuer("certificate", "--purpose", "license-issuer")
        self.actledger("hsm", "init", "--root", self / "vendor/root.crt", "--so-pin-file", self / "so-pin")

    def issue(self, quantity, *terms, product="vdi"):
        """A licence file for this server, not imported. @return its path"""
        name = secrets.token_hex(4)
        self.actledger("license", "request", "--product", product, "--quantity", str(quantity), "--out",
                       self / f"{name}.req")
        self.issuer("issue", self / f"{name}.req", "--match", "2", *terms, "--out", self / f"{name}.lic")
        return self / f"{name}.lic"

    def start(self, **how):
        self.server = Server(self, **how)
        return self.server

    def licensed(self, quantity, *terms):
        """Initialised, a licence imported and the server started."""
        self.initialise()
        lic = self.issue(quantity, *terms)
        self.actledger("license", "import", lic)
        return self.start()

    def enrolment_key(self):
        return self.actledger("enrolment", "create", "--pool", "test", "--key-only").stdout.strip()

    def the_license(self):
        """The only licence, as `license list` tells it."""
        (license_,) = json.loads(self.actledger("--json", "license", "list").stdout)["licenses"]
        return license_

    def verify_files(self, texts):
        """Each activation file verifies from the vendor's root alone, without server and ledger."""
        for number, text in enumerate(texts):
            self.write(f"file-{number}.tlog-proof", text)
            self.program("actledger-verify", self / f"file-{number}.tlog-proof", "--root", self / "vendor/root.crt")

    def verify(self):
        """actledger-verify of the whole ledger. @return its report"""
        done = self.program("actledger-verify", "--json", "--every-signature", self / "ledger", "--root",
                            self / "vendor/root.crt", check=False)
        if done.returncode != 0:
            raise Failed(f"actledger-verify ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)


class Server:
    """The real actledgerd. Waits until it says READY=1 to its supervisor, as systemd would."""

    def __init__(self, installation, clock=None, sockets=(), environment=None, ready="READY=1"):
        self.installation = installation
        self.clients = []  # an api.Client adds itself
        self.notified = ""
        path = installation / "notify.sock"
        if os.path.exists(path):
            os.unlink(path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path)
        self.notify.settimeout(PATIENCE_S)
        log = installation / "actledgerd.log"
        self.log_begin = os.path.getsize(log) if os.path.exists(log) else 0
        variables = {**installation.environment, "NOTIFY_SOCKET": path, **(environment or {})}
        if clock:
            variables.update(LD_PRELOAD=FAKETIME, FAKETIME=clock, FAKETIME_DONT_FAKE_MONOTONIC="1")
        command = [os.path.join(BIN, "actledgerd"), "--config", installation / "actledgerd.toml"]
        keep = ()
        if sockets:
            # sd_listen_fds(3): descriptors from 3 on, for the process whose number is in LISTEN_PID.
            high = [os.dup2(s.fileno(), 200 + i, inheritable=True) for i, s in enumerate(sockets)]
            moves = " ".join(f"{3 + i}<&{fd} {fd}<&-" for i, fd in enumerate(high))
            command = ["/bin/bash", "-c", f'exec {moves}; LISTEN_PID=$$ exec "$0" "$@"', *command]
            variables["LISTEN_FDS"] = str(len(sockets))
            keep = tuple(high)
        with open(installation / "console.log", "ab") as console:
            self.process = subprocess.Popen(command, env=variables, cwd=installation.folder, stdout=console,
                                            stderr=console, start_new_session=True, pass_fds=keep)
        for fd in keep:
            os.close(fd)
        self.wait_notified(ready)
        self.look_at_ports()

    def look_at_ports(self):
        """The newest: a server that waited for its ledger listens anew."""
        ports = {line["transport"]: line["port"] for line in self.log() if line.get("event") == "listening"}
        self.tls_port, self.port = ports.get("tls"), ports.get("plain")

    def wait_notified(self, what):
        """Until the server has told its supervisor something that begins with `what`."""
        self.notify.settimeout(1)
        for _ in range(PATIENCE_S):
            if any(line.startswith(what) for line in self.notified.split("\n")):
                return
            try:
                self.notified += self.notify.recv(4096).decode() + "\n"
            except TimeoutError:
                if self.process.poll() is not None:
                    with open(self.installation / "console.log", encoding="utf-8") as console:
                        raise Failed(f"the server ended with {self.process.returncode}: {console.read()}") from None
        raise Failed(f"the server never said {what}")

    def log(self):
        """What this start wrote to its log, line by line."""
        with open(self.installation / "actledgerd.log", encoding="utf-8") as file:
            file.seek(self.log_begin)
            return [json.loads(line) for line in file.read().splitlines()]

    def children(self):
        """Process numbers of the server's own children: the HSM's worker."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            direct = [int(pid) for pid in file.read().split()]
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/children", encoding="ascii") as file:
                direct += [int(pid) for pid in file.read().split()]
        return sorted(set(direct))

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """SIGTERM, and waits. @return the exit status"""
        self.terminate()
        return self.wait()

    def wait(self):
        status = self.process.wait(PATIENCE_S)
        self._let_go()
        return status

    def kill(self):
        """SIGKILL, as a power cut would end it; harmless when it has ended already."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._let_go()

    def _let_go(self):
        self.notify.close()
        for client in self.clients:
            client.close()
