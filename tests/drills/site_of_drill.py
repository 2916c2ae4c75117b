"""One customer's site for a drill: what an operator has, and how it is done away with."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/tools/server"))
from client_machine import closed_port, https  # noqa: E402  pylint: disable=wrong-import-position
from desktops import Crowd, ask_all  # noqa: E402  pylint: disable=wrong-import-position
from installation import MODULE, PATIENCE_S, Failed, Installation  # noqa: E402  pylint: disable=wrong-import-position
from test_operators import Terminal  # noqa: E402  pylint: disable=wrong-import-position


CLIENT_MODULE = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"


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
        """A server with a licence, and a first crowd of desktops that have their seats."""
        self.initialise()
        self.lic = self.issue(self.seats)
        self.actledger("license", "import", self.lic)
        self.start()
        self.server_id = self.status()["server_id"]
        self.crowd = Crowd(self, [https(self.port)], self.desktops)
        self.crowd.wait_for(self.desktops)

    def copy_at_rest(self, *names):
        """An old image, as a backup of the whole disk would have it."""
        self.crowd.pause()
        if self.server.stop() != 0:
            raise Failed("the server did not end well")
        for name in names:
            shutil.copytree(self / name, self / f"old-{name}")
        self.start()
        self.crowd.resume()

    def put_back(self, *names):
        for name in names:
            shutil.rmtree(self / name)
            shutil.copytree(self / f"old-{name}", self / name)

    def happens(self, stopped=False, forgetting=False):
        """Now: the server is gone, as by a power cut, or because somebody stopped it. Desktops go on asking; when
        `forgetting`, half of them as if their disks had been made anew."""
        self.crowd.pause()
        self.promised = dict(self.crowd.promises)
        if forgetting:
            self.forgotten = set(list(self.promised)[::2])
            for machine in self.forgotten:
                shutil.rmtree(machine.state)
        if not stopped:
            self.server.kill()
        elif self.server.stop() != 0:
            raise Failed("the server did not end well")
        self.happened_at = time.monotonic()
        self.crowd.resume()

    # What the operator does

    def pin(self):
        with open(self / "pin", encoding="utf-8") as file:
            return file.read().strip()

    def terminal(self, *arguments, answers):
        done = Terminal(self, *arguments, answers=answers)
        if done.status != 0:
            raise Failed(f"actledger {' '.join(arguments)} ended with {done.status}: {done.text}")
        return done.text

    def recover(self, *options):
        server_id = json.loads(self.actledger("--json", "recover", *options, "--dry-run").stdout)["opens"].split("/")[0]
        return self.terminal("recover", *options, answers=[("PIN", self.pin()), ("type the server id", server_id)])

    def lose_the_card(self):
        """Its folder stands for the card; an empty one is a new card."""
        shutil.rmtree(self / "tokens")
        os.makedirs(self / "tokens")

    def replace_the_card(self, *options):
        """Another card, the vendor's re-endorsement, and the ledger goes on."""
        asked = json.loads(self.actledger("--json", "hsm", "replace", "--request", self / "lost.req", "--so-pin-file",
                                          self / "so-pin").stdout)
        self.issuer("certificate", "--purpose", "recovery-signer")
        self.issuer("reendorse", self / "lost.req", "--server", asked["server_id"], "--out", self / "lost.ree")
        return self.terminal("hsm", "replace", "--reendorsement", self / "lost.ree", *options,
                             answers=[("PIN", self.pin()), ("type the server id", asked["server_id"])])

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

    def hand_out_a_key(self):
        """The old enrolment keys went with the log. Desktops that hold their file need none."""
        key = self.enrolment_key()
        self.crowd.key = key
        for machine in self.crowd.promises:
            with open(machine.key_file, "w", encoding="ascii") as file:
                file.write(key + "\n")

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

    def lose(self, name):
        if os.path.isdir(self / name):
            shutil.rmtree(self / name)
        else:
            os.unlink(self / name)

    def rehearse_a_restore(self):
        """Without an outage: the mirror into a folder of its own, audited there; the server serves meanwhile."""
        proof, index = self.witness()
        wait_until(lambda: self.status()["mirrors"][0]["size"] > index, "the mirror stands still")
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

    def mirror_is_up_to_date(self):
        """Nobody asks any more then, so that it stays so."""
        self.crowd.pause()
        status = self.status()
        mirror = status["mirrors"][0]
        return mirror["well"] and mirror["behind"] == 0 and mirror["size"] == status["size"]

    def answered_again(self):
        wait_until(lambda: self.crowd.answered_at[-1] > self.happened_at,
                   f"no desktop was answered again: {self.crowd.refused[-1:]}")

    def records(self):
        """How many of the promised activations the ledger has, as it is now."""
        return sum(self.ask(f"/v1/activations/{promise.activation}/file")[0] == 200 for promise in self.promised.values())

    def licenses_issued(self):
        with open(self / "vendor/record.jsonl", encoding="utf-8") as file:
            return sum(json.loads(line)["act"] == "license" for line in file)

    def verify_file(self, text):
        self.write("promised.tlog-proof", text)
        self.program("actledger-verify", self / "promised.tlog-proof", "--root", self / "vendor/root.crt")

    def end(self):
        """Everybody asks once more. Checks what must hold after any row.

        @return how many of the promised activations the ledger has, and how many desktops were lent a seat instead
        """
        self.crowd.wait_for(self.crowd.most)
        self.crowd.stop()
        promises = self.crowd.promises
        now = ask_all(promises, [https(self.port)])
        lent = 0
        for machine, promise in promises.items():
            self.verify_file(promise.file)
            if now[machine].activation == promise.activation:
                continue
            if machine not in self.forgotten:
                raise Failed(f"activation {promise.activation} became {now[machine].activation}")
            lent += 1
        if len({promise.activation for promise in now.values()}) != len(promises):
            raise Failed("two desktops have one activation")
        records = self.records()
        if records + lent < len(self.promised):
            raise Failed(f"{records} of {len(self.promised)} promised activations are in the ledger")
        (license_,) = json.loads(self.actledger("--json", "license", "list").stdout)["licenses"]
        if license_["used"] > self.seats:
            raise Failed(f"{license_['used']} of {self.seats} seats are used")
        if self.server.stop() != 0:
            raise Failed("the server did not end well")
        held = self.verify()["ledger"]["seats_held"]
        if held != len(promises):
            raise Failed(f"{held} seats for {len(promises)} desktops")
        if self.licenses_issued() != 1:
            raise Failed("a licence was reissued")
        return records, lent
