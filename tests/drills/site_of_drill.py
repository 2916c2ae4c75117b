"""One customer's site for a drill: a server under load from desktops, how something is lost, and what is seen of it."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time

from client_machine import Machine, closed_port, https
from desktops import WORKERS, Crowd, Promise
from installation import MODULE, PATIENCE_S, Failed
from operator_commands import Operated, expect
from test_survival import lead_pages_astray

# Not on the server's disk.
ELSEWHERE = {"vendor", "tokens", "softhsm2.conf", "passphrase", "so-pin", "secrets.cms", "next.crt"}
ALL = float("inf")  # events


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise Failed(what)
        time.sleep(0.05)


class Site(Operated):
    """An installation whose server keeps its address, with desktops that ask all the time."""

    def __init__(self, desktops, seats, **how):
        self.holder, self.port = closed_port()
        super().__init__(**how)
        self.configure('"127.0.0.1:0"', f'"127.0.0.1:{self.port}"')
        self.desktops, self.seats = desktops, seats
        self.crowd = None
        self.scrapped = None  # what a desktop had that is no more
        self.happened_at = None
        self.promised = {}  # what desktops had been promised when it happened
        self.forgotten = set()  # those that have no file by which they can have their seat again
        self.beyond = 0  # seats given beyond the licence, because people said so
        self.kept_size = ALL  # of the events before it happened, those that are not lost
        self.token_server = None
        self.moving = {}  # desktops of the previous product, by name

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
        self.scrapped = self.one_that_comes_and_goes()
        self.crowd = Crowd(self, [https(self.port)], self.desktops)
        self.secrets("backup")  # with the digest of the crowd's enrolment key
        self.crowd.wait_for(self.desktops)

    def one_that_comes_and_goes(self):
        """@return what it had been promised, and has given back"""
        machine = Machine(self, [https(self.port)])
        machine.activate()
        promise = Promise(machine)
        machine.run("release", "--yes")
        return promise

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

    def pin_is_wrong(self):
        """Now: somebody changed the card's PIN, and the driver's process ends, so that the card is logged in to anew."""
        with self.in_conversation():
            self.change_the_pin("another-pin")
            for worker in self.server.children():
                os.kill(worker, signal.SIGKILL)
        self.crowd.admit(1)
        wait_until(lambda: "hsm-pin-wrong" in self.ask("/readyz")[1], "nobody noticed that the PIN is wrong")
        self.crowd.admit_no_more()
        self.new_ones_wait("hsm-pin-wrong")
        self.promised = dict(self.crowd.promises)
        self.crowd.ask_again(self.promised)

    def disk_damages_the_log(self):
        lead_pages_astray(self / "ledger/log/data.mdb")

    def stop(self):
        """The operator stops it, while desktops ask."""
        self.server.terminate()
        self.is_gone(stopped=True)

    def stops_well(self):
        expect(self.server.stop() == 0, "the server did not end well")

    def is_gone(self, stopped, forgetting=False):
        """What was promised is what desktops have now, and not what anybody else thinks."""
        if stopped:
            expect(self.server.wait() == 0, "the server did not end well")
        self.crowd.admit_no_more()
        self.crowd.hold_back()
        self.promised = dict(self.crowd.promises)
        if forgetting:
            self.forgotten = set(list(self.promised)[::2])
            self.crowd.forget(self.forgotten)
        self.crowd.let_in()

    def copy_at_rest(self, *names):
        """An old image, as a backup of the whole disk would have it."""
        self.stops_well()
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
            if name in ELSEWHERE or name in kept or name.startswith("machine-") or name.endswith(".lic"):
                continue
            if os.path.isdir(self / name):
                shutil.rmtree(self / name)
            else:
                os.unlink(self / name)

    def something_is_lost(self):
        expect(any(promise.index >= self.kept_size for promise in self.promised.values()),
               "all that was promised was kept, and the row shows nothing")

    def promised_under(self, origin):
        return {machine for machine, promise in self.promised.items() if promise.origin == origin}

    def desktops_of_the_previous_product(self, count):
        """@return the table of its records, and the desktops by the names that it gave them"""
        moving = {f"desk-{number}": Machine(self, [https(self.port)], key=self.crowd.key) for number in range(count)}
        rows = "".join(f"A-{number},{name},{machine.uuid},2025-03-01 08:30,已激活\n"
                       for number, (name, machine) in enumerate(moving.items()))
        self.write("activations.csv", "激活编号,设备名称,主机UUID,激活时间,状态\n" + rows)
        self.write("mapping.toml", 'product = "vdi"\nutc_offset = "+08:00"\nactive = ["已激活"]\n[columns]\n'
                                   'key = "激活编号"\ndevice_name = "设备名称"\nactivated_at = "激活时间"\nstatus = "状态"\n'
                                   '[components]\nsmbios_uuid = "主机UUID"\n')
        self.moving = moving
        return self / "activations.csv", list(moving)

    def move_begins(self):
        """Nothing is lost: both servers run beside each other."""
        self.happened_at = time.monotonic()
        self.promised = dict(self.crowd.promises)

    def moves_over(self, names):
        """They get the new client: each has the seat that is kept for it, and no second one."""
        for name in names:
            self.crowd.join(self.moving[name])
        self.crowd.ask_again([self.moving[name] for name in names])
        kept = self.kept_seats()
        for name in names:
            expect((kept[name]["status"], kept[name]["activation_id"]) ==
                   ("claimed", self.crowd.answers[self.moving[name]].activation), f"{name} got another seat: {kept[name]}")

    def goes_back(self, name):
        """One moves over, and gets the old client again: its seat here is for somebody else."""
        machine = self.moving[name]
        machine.activate()
        self.actledger("activation", "release", machine.held()["activation_id"], "--yes")

    # What the operator does about it, under load

    def rotates(self):
        """The key hands over to the next one, with the server stopped twice for a moment; the old one is destroyed."""
        self.ask_for_a_rotation()
        self.start()
        self.have_the_next_key_certified()
        self.crowd.ask_again()  # it goes on under the present key for as long as the vendor takes
        self.stop()
        self.rotate()
        self.start()
        self.crowd.ask_again()
        self.stop()
        self.destroy_the_old_key()
        self.start()

    def restore(self, *options):
        """From the copy of the mirror, which takes the mirror's place."""
        os.rename(self / "lagging", self / "mirror")
        self.restore_from_the_mirror(*options)
        self.something_is_lost()

    def restore_from_the_mirror(self, *options):
        done = self.actledger("restore", self / "mirror", *self.root(), *options)
        self.kept_size = int(re.search(r"^(?:Events|事件)\t(\d+)$", done.stdout, re.MULTILINE)[1])

    def lose_the_card(self):
        """Its folder stands for the card; an empty one is a new card. It goes at once, whoever is about to use it."""
        os.rename(self / "tokens", self / "dead-tokens")
        os.makedirs(self / "tokens")
        shutil.rmtree(self / "dead-tokens")

    def serve_the_token_elsewhere(self):
        """The same token behind p11-kit, as by another driver."""
        address = self / "p11.sock"
        self.token_server = subprocess.Popen(["p11-kit", "server", "-f", "-n", address, "--provider", MODULE,
                                              "pkcs11:token=test"], env=self.environment, stdout=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(address), "p11-kit server does not start")
        self.environment["P11_KIT_SERVER_ADDRESS"] = f"unix:path={address}"

    def witness(self):
        """The newest activation file that a desktop was given. @return its path, and the event it proves"""
        newest = max(dict(self.crowd.promises).values(), key=lambda promise: promise.index)
        self.write("newest.proof", newest.file)
        return self / "newest.proof", newest.index

    def expect_witness_ahead(self):
        """The newest desktop's file shows what the ledger lacks, before anybody starts a server on it."""
        done = self.program("actledger-verify", self / "ledger", *self.root(), "--witness", self.witness()[0], check=False)
        if done.returncode != 20 or "witness-ahead" not in done.stdout:
            raise Failed(f"the verifier did not say witness-ahead: {done.stdout}{done.stderr}")

    def expect_refusal(self, code):
        """The server says so by itself, and serves nothing."""
        self.start()
        expect(code in self.server.notified, f"the server did not say {code}: {self.server.notified}")
        expect(f"code: {code}" in self.actledger("status").stdout, f"the status does not say {code}")
        self.server.stop()

    def expect_no_start(self, code):
        """The server ends at its start, and says why."""
        try:
            self.start()
        except Failed as failed:
            expect(code in str(failed), f"the server did not say {code}: {failed}")
        else:
            raise Failed(f"the server started, and did not say {code}")

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
        self.verify_with(self / "promised.tlog-proof")

    def licenses_reissued(self):
        """Of the product that desktops use."""
        with open(self / "vendor/record.jsonl", encoding="utf-8") as file:
            issued = [json.loads(line) for line in file]
        return sum(line["act"] == "license" and line["product"] == "vdi" for line in issued) - 1
