"""One customer's site for a drill: what an operator has, how it is done away with, and what the operator does then."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/tools/server"))
from client_machine import Machine, closed_port, https  # noqa: E402  pylint: disable=wrong-import-position
from desktops import WORKERS, Crowd  # noqa: E402  pylint: disable=wrong-import-position
from installation import MODULE, PATIENCE_S, Failed, Installation  # noqa: E402  pylint: disable=wrong-import-position
from test_operators import Terminal  # noqa: E402  pylint: disable=wrong-import-position


CLIENT_MODULE = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"
ELSEWHERE = {"vendor", "tokens", "softhsm2.conf", "passphrase", "so-pin", "secrets.cms"}  # not on the server's disk
ALL = float("inf")  # events


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise Failed(what)
        time.sleep(0.05)


class Site(Installation):
    """An installation whose server keeps its address, with desktops that ask all the time."""

    def __init__(self, desktops, seats, more=""):
        self.holder, self.port = closed_port()
        super().__init__(more=more)
        with open(self / "actledgerd.toml", encoding="utf-8") as file:
            settings = file.read()
        self.write("actledgerd.toml", settings.replace('"127.0.0.1:0"', f'"127.0.0.1:{self.port}"', 1))
        self.desktops, self.seats = desktops, seats
        self.crowd = None
        self.happened_at = None
        self.promised = {}  # what desktops had been promised when it happened
        self.forgotten = set()  # those that lost their file and key
        self.kept_size = ALL  # of the events before it happened, those that are not lost
        self.lic = None
        self.token_server = None
        self.server_id = None

    def close(self):
        if self.crowd:
            self.crowd.stop()
        if self.token_server:
            self.token_server.kill()
            self.token_server.wait()
        super().close()
        self.holder.close()

    def begin(self):
        """A server with a licence and a backup of its secrets, and a first crowd of desktops that have their seats."""
        self.initialise()
        self.lic = self.issue(self.seats)
        self.actledger("license", "import", self.lic)
        self.start()
        self.server_id = self.status()["server_id"]
        self.crowd = Crowd(self, [https(self.port)], self.desktops)
        self.secrets("backup")  # with the digest of the crowd's enrolment key
        self.crowd.wait_for(self.desktops)

    # What happens

    def conversations(self):
        """How many desktops are connected to the server, as the kernel sees it."""
        with open("/proc/net/tcp", encoding="ascii") as file:
            lines = [line.split() for line in list(file)[1:]]
        established = "01"
        return sum(line[1].endswith(f":{self.port:04X}") and line[3] == established for line in lines)

    def stands_still_in_conversation(self, new_ones):
        """Stops the server's process; lets it go on again if nobody new is among those that wait for its answer."""
        if new_ones and not self.crowd.new_ones_left():
            self.crowd.admit(self.desktops)
        os.kill(self.server.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.server.process.pid, os.WSTOPPED | os.WNOWAIT)
        wait_until(lambda: self.crowd.all_ask()[0] and self.conversations() >= WORKERS, "desktops do not ask")
        if self.crowd.all_ask()[1] or not new_ones:
            return True
        os.kill(self.server.process.pid, signal.SIGCONT)
        return False

    @contextlib.contextmanager
    def in_conversation(self, new_ones=True):
        """What is done within happens while requests of desktops are in flight, at any speed of this machine: the server
        was at whatever it was at when it was stopped, and each thread of the crowd waits for its answer."""
        if new_ones:
            seated = len(self.crowd.promises)
            self.crowd.admit(self.desktops)
            self.crowd.wait_for(seated + 1)  # it is under way
        wait_until(lambda: self.stands_still_in_conversation(new_ones), "no new desktop asks")
        self.happened_at = time.monotonic()
        try:
            yield
        finally:
            if self.server.process.poll() is None:
                os.kill(self.server.process.pid, signal.SIGCONT)

    def happens(self, stopped=False, forgetting=False):
        """Now: the server is gone, as by a power cut, or because somebody stops it. Desktops go on asking; when
        `forgetting`, half of them as if their disks had been made anew. Then all seats are given, and nobody new asks."""
        with self.in_conversation(new_ones=not forgetting):
            if stopped:
                self.server.terminate()
            else:
                self.server.kill()
        self.is_gone(stopped, forgetting)

    def card_dies(self):
        """Now: the card is gone under a server that serves. Who has a seat gets its file all the same; new ones wait."""
        with self.in_conversation():
            self.lose_the_card()
        self.crowd.admit(1)  # needs a signature, if what is in flight has its own already
        wait_until(lambda: "signer-unavailable" in self.ask("/readyz")[1], "nobody noticed that the card is gone")
        self.crowd.admit_no_more()
        self.new_ones_wait("hsm-token-not-found")
        self.crowd.ask_again(list(self.crowd.promises))
        wait_until(lambda: "hsm-token-not-found" in [problem["code"] for problem in self.status()["problems"]],
                   "the status does not say that the token is not there")

    def stop(self):
        """The operator stops it, while desktops ask."""
        self.server.terminate()
        self.is_gone(stopped=True)

    def is_gone(self, stopped, forgetting=False):
        """What was promised is what desktops have now, and not what anybody else thinks."""
        if stopped and self.server.wait() != 0:
            raise Failed("the server did not end well")
        self.crowd.admit_no_more()
        self.crowd.hold_back()
        self.promised = dict(self.crowd.promises)
        if forgetting:
            self.forgotten = set(list(self.promised)[::2])
            self.crowd.forget(self.forgotten)
        self.crowd.let_in()

    def copy_at_rest(self, *names):
        """An old image, as a backup of the whole disk would have it."""
        if self.server.stop() != 0:
            raise Failed("the server did not end well")
        for name in names:
            shutil.copytree(self / name, self / f"old-{name}")
        self.start()

    def put_back(self, *names):
        for name in names:
            shutil.rmtree(self / name)
            shutil.copytree(self / f"old-{name}", self / name)
        self.kept_size = self.verify()["ledger"]["size"]
        self.something_is_lost()

    def copy_the_mirror(self):
        """As it was a moment before it happens, with ordinary tools, while it grows."""
        self.mirror_has(self.witness()[1])
        self.crowd.admit(self.desktops // 4)
        subprocess.run(["cp", "-r", self / "mirror", self / "lagging"], check=True)
        self.crowd.more(self.desktops // 4)

    def lose_the_disk(self, *kept):
        """The reinstalled machine: what was on it is gone, but not desktops, nor what lies `kept` elsewhere."""
        for name in os.listdir(self.folder):
            if name in ELSEWHERE or name in kept or name.startswith("machine-") or self / name == self.lic:
                continue
            if os.path.isdir(self / name):
                shutil.rmtree(self / name)
            else:
                os.unlink(self / name)

    def something_is_lost(self):
        if all(promise.index < self.kept_size for promise in self.promised.values()):
            raise Failed("all that was promised was kept, and the row shows nothing")

    # What the operator does

    def pin(self):
        with open(self / "pin", encoding="utf-8") as file:
            return file.read().strip()

    def terminal(self, *arguments, answers):
        done = Terminal(self, *arguments, answers=answers)
        if done.status != 0:
            raise Failed(f"actledger {' '.join(arguments)} ended with {done.status}: {done.text}")
        return done.text

    def secrets(self, act, name="secrets.cms"):
        """Configuration, PIN and TLS key: backed up to the safe, or put back from there."""
        self.actledger("secrets", act, self / name, "--passphrase-file", self / "passphrase")

    def restore(self, *options):
        """From the copy of the mirror, which takes the mirror's place."""
        os.rename(self / "lagging", self / "mirror")
        done = self.actledger("--json", "restore", self / "mirror", "--root", self / "vendor/root.crt", *options)
        self.kept_size = json.loads(done.stdout)["size"]
        self.something_is_lost()

    def recover(self, *options):
        server_id = json.loads(self.actledger("--json", "recover", *options, "--dry-run").stdout)["opens"].split("/")[0]
        return self.terminal("recover", *options, answers=[("PIN", self.pin()), ("type the server id", server_id)])

    def lose_the_card(self):
        """Its folder stands for the card; an empty one is a new card. It goes at once, whoever is about to use it."""
        os.rename(self / "tokens", self / "dead-tokens")
        os.makedirs(self / "tokens")
        shutil.rmtree(self / "dead-tokens")

    def have_another_card_endorsed(self):
        """Another card, and the vendor's re-endorsement of its key."""
        self.actledger("hsm", "replace", "--request", self / "lost.req", "--so-pin-file", self / "so-pin")
        self.issuer("certificate", "--purpose", "recovery-signer")
        self.issuer("reendorse", self / "lost.req", "--server", self.server_id, "--out", self / "lost.ree")

    def go_on_with_another_card(self):
        return self.terminal("hsm", "replace", "--reendorsement", self / "lost.ree",
                             answers=[("PIN", self.pin()), ("type the server id", self.server_id)])

    def begin_anew_on_another_card(self):
        """Another card, the licence, one desktop's file, and what the vendor knows: the server goes on."""
        witness = next(machine for machine in self.promised if machine not in self.forgotten)
        known = ("--root", self / "vendor/root.crt", "--license", self.lic, "--activation-file",
                 witness.path("activation.proof"))
        asked = json.loads(self.actledger("--json", "recover", "--request", self / "lost.req", "--so-pin-file",
                                          self / "so-pin", *known).stdout)
        self.issuer("certificate", "--purpose", "recovery-signer")
        self.issuer("reendorse", self / "lost.req", "--server", asked["server_id"], "--lost-log", "--out",
                    self / "lost.ree")
        return self.terminal("recover", "--reendorsement", self / "lost.ree", *known,
                             answers=[("PIN", self.pin()), ("type the server id", asked["server_id"])])

    def replace_the_driver(self, witness):
        """From SoftHSM2's own module to the same token behind p11-kit, as `hsm check --after` says."""
        address = self / "p11.sock"
        self.token_server = subprocess.Popen(["p11-kit", "server", "-f", "-n", address, "--provider", MODULE,
                                              "pkcs11:token=test"], env=self.environment, stdout=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(address), "p11-kit server does not start")
        self.environment["P11_KIT_SERVER_ADDRESS"] = f"unix:path={address}"
        said = self.actledger("hsm", "check", "--after", witness, "--module", CLIENT_MODULE).stdout
        (line,) = [line for line in said.splitlines() if line.startswith("module = ")]
        with open(self / "actledgerd.toml", encoding="utf-8") as file:
            settings = file.read()
        self.write("actledgerd.toml", settings.replace(f'module = "{MODULE}"', line))

    def refused(self, code, *arguments):
        """What the manual says is refused, is: the drill stands for the operator who tries it all the same."""
        done = self.actledger(*arguments, check=False)
        if done.returncode == 0 or f"({code})" not in done.stderr:
            raise Failed(f"actledger {' '.join(arguments)} was not refused with {code}: {done.stdout}{done.stderr}")

    def look_at_the_card(self, well=True):
        """First, look: `hsm check`, which must name this server's anchor."""
        done = self.actledger("hsm", "check", check=False)
        if (done.returncode == 0) != well or (well and f"of {self.server_id}/" not in done.stdout):
            raise Failed(f"hsm check ended with {done.returncode}: {done.stdout}{done.stderr}")

    def audit_while_it_runs(self):
        """Before and after an upgrade: ready, and all derived from the log is what the log gives."""
        self.actledger("status", "--ready")
        self.actledger("replay", "--check")
        self.verify()

    def witness(self):
        """The newest activation file that a desktop was given. @return its path, and the event it proves"""
        newest = max(dict(self.crowd.promises).values(), key=lambda promise: promise.index)
        self.write("newest.proof", newest.file)
        return self / "newest.proof", newest.index

    def rehearse_a_restore(self):
        """Without an outage: the mirror into a folder of its own, audited there; the server serves meanwhile."""
        proof, index = self.witness()
        self.mirror_has(index)
        self.write("rehearsal.toml", '[ledger]\nfolder = "rehearsal"\n')
        root = ("--root", self / "vendor/root.crt")
        command = ("actledger", "--config", self / "rehearsal.toml")
        digest = json.loads(self.program(*command, "--json", "restore", self / "mirror", *root).stdout)["state_digest"]
        if digest not in self.program(*command, "replay", "--check").stdout:
            raise Failed("the restored ledger folds to another state than the restore said")
        self.program("actledger-verify", self / "rehearsal", *root, "--witness", proof)
        shutil.rmtree(self / "rehearsal")

    def expect_witness_ahead(self):
        """The newest desktop's file shows what the ledger lacks, before anybody starts a server on it."""
        done = self.program("actledger-verify", self / "ledger", "--root", self / "vendor/root.crt", "--witness",
                            self.witness()[0], check=False)
        if done.returncode != 20 or "witness-ahead" not in done.stdout:
            raise Failed(f"the verifier did not say witness-ahead: {done.stdout}{done.stderr}")

    def expect_refusal(self, code):
        """The server says so by itself, and serves nothing."""
        self.start()
        if f"STATUS=The ledger is not served: {code}" not in self.server.notified:
            raise Failed(f"the server did not say {code}: {self.server.notified}")
        self.server.stop()

    def new_one_refused(self, code):
        """@return a desktop that is new, and was told why it gets no seat"""
        machine = Machine(self, [https(self.port)], key=self.crowd.key)
        done = machine.activate(check=False)
        if done.returncode == 0 or code not in done.stderr:
            raise Failed(f"a new desktop was not told {code}: {done.stdout}{done.stderr}")
        return machine

    def new_ones_wait(self, code):
        """One that came meanwhile is of the crowd from then on, and gets its seat in the end."""
        self.crowd.join(self.new_one_refused(code))

    def answered_again(self):
        """Everybody who ever asked: those that had a seat, and those that waited for one."""
        self.crowd.ask_again()

    # What is seen

    def ask(self, target):
        """@return status and body of a GET, over plain HTTP."""
        self.server.look_at_ports()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def status(self):
        return json.loads(self.ask("/v1/status")[1])

    def license(self):
        (license_,) = json.loads(self.actledger("--json", "license", "list").stdout)["licenses"]
        return license_

    def has_mirror(self):
        return bool(self.status().get("mirrors"))

    def mirror_has(self, index):
        """Waits for it."""
        wait_until(lambda: self.status()["mirrors"][0]["size"] > index, "the mirror stands still")

    def mirror_is_up_to_date(self):
        status = self.status()
        mirror = status["mirrors"][0]
        return mirror["well"] and mirror["behind"] == 0 and mirror["size"] == status["size"]

    def verify_file(self, text):
        self.write("promised.tlog-proof", text)
        self.program("actledger-verify", self / "promised.tlog-proof", "--root", self / "vendor/root.crt")

    def licenses_issued(self):
        with open(self / "vendor/record.jsonl", encoding="utf-8") as file:
            return sum(json.loads(line)["act"] == "license" for line in file)
