"""Desktops that ask all the time: the real client on machines of their own, and the list of what they were promised."""

import os
import random
import shutil
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/tools/server"))
from client_machine import Machine  # noqa: E402  pylint: disable=wrong-import-position
from installation import Failed  # noqa: E402  pylint: disable=wrong-import-position

PATIENCE_S = 120
WORKERS = 3


class Promise:
    """An activation that a desktop was answered, and the file it was given."""

    def __init__(self, machine):
        held = machine.held()
        self.activation, self.index, self.origin = held["activation_id"], held["index"], held["origin"]
        self.file = machine.read("activation.proof")


def everybody(_):
    return True


def nobody(_):
    return False


class Crowd:
    """Threads that each ask for one desktop after the other: new ones until there are `most`, and known ones again.

    A desktop that gets no answer is owed one, and asks again until it does.
    """

    def __init__(self, installation, servers, most, seed=1):
        self.installation, self.servers, self.most = installation, servers, most
        self.key = installation.enrolment_key()
        self.promises = {}  # machine -> Promise: the first one
        self.answers = {}  # machine -> Promise: the newest one
        self.answered_at = []  # times of answers
        self.seated_at = []  # times of first answers
        self.refused = []  # what was answered to those that got none
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._machines = []  # all there are
        self._owed = []  # of them: those that wait for their turn to ask again
        self._asking = set()  # of them: those that ask right now
        self._asked_at = {}  # machine -> when it last began to ask and was answered
        self._held_back = nobody  # of a machine, or of None for one that is new
        self._broken = None
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(WORKERS)]
        for thread in self._threads:
            thread.start()

    def _next(self):
        """@return a desktop, noted as asking; or None"""
        with self._lock:
            free = [machine for machine in self._machines
                    if machine not in self._asking and not self._held_back(machine)]
            owed = [machine for machine in self._owed if machine in free]
            again = [machine for machine in free if machine in self.promises and machine not in owed]
            new = len(self._machines) < self.most and not self._held_back(None)
            if again and (self._random.random() < 0.3 or not (owed or new)):
                machine = self._random.choice(again)
            elif owed:
                machine = owed[0]
                self._owed.remove(machine)
            elif new:
                machine = Machine(self.installation, self.servers, key=self.key)
                self._machines.append(machine)
            else:
                return None
            self._asking.add(machine)
            return machine

    def _ask_on(self):
        try:
            while not self._stopping.is_set():
                machine = self._next()
                if machine is None:
                    self._stopping.wait(0.02)
                elif not self._ask(machine):
                    self._stopping.wait(0.1)
                elif self.everybody_is_seated() and not self._owed:
                    self._stopping.wait(0.1)  # only renewed questions are left
        except Exception:  # pylint: disable=broad-except
            self._broken = traceback.format_exc()  # for who waits

    def _ask(self, machine):
        begun = time.monotonic()
        promise = None
        try:
            done = machine.activate(check=False)
            if done.returncode == 0:
                before = self.answers.get(machine)
                same = before is not None and before.file == machine.read("activation.proof")
                promise = before if same else Promise(machine)
        finally:
            with self._lock:
                if promise is None:
                    self._owe(machine)
                else:
                    self._answered(machine, promise, begun)
                self._asking.remove(machine)
        if promise is None:
            self.refused.append(done.stderr.strip())
        return promise is not None

    def _owe(self, machine):
        if machine not in self._owed:
            self._owed.append(machine)

    def _answered(self, machine, promise, begun):
        now = time.monotonic()
        self.answered_at.append(now)
        if machine not in self.promises:
            self.promises[machine] = promise
            self.seated_at.append(now)
        self.answers[machine] = promise
        self._asked_at[machine] = begun

    def _wait(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if self._broken:
                raise Failed(f"{what}: {self._broken}")
            if time.monotonic() > end:
                raise Failed(f"{what}: {self.refused[-1:]}")
            time.sleep(0.005)

    # Who may ask

    def admit(self, desktops):
        """Lets so many more in."""
        self.most += desktops

    def admit_no_more(self):
        with self._lock:
            self.most = len(self._machines)

    def more(self, desktops):
        """Lets so many more in, and waits for them. @return them"""
        with self._lock:
            before = set(self._machines)
        self.admit(desktops)
        self._wait(self.everybody_is_seated, "not every desktop got a seat")
        return set(self._machines) - before

    def join(self, machine):
        """One that asked on its own account, and was not answered."""
        with self._lock:
            self.most += 1
            self._machines.append(machine)
            self._owe(machine)

    def leave(self, machines):
        """They give their seats back and are of the crowd no more."""
        with self._lock:
            self.most -= len(machines)
            self._machines = [machine for machine in self._machines if machine not in machines]
            self._owed = [machine for machine in self._owed if machine not in machines]
        self._wait(lambda: not self._asking & machines, "desktops that leave ask on")
        for machine in machines:
            machine.run("release", "--yes")
            for of_all in (self.promises, self.answers, self._asked_at):
                of_all.pop(machine)
            if machine in self._owed:
                self._owed.remove(machine)

    def hold_back(self, which=everybody):
        """None of `which` asks any more when this returns, or waits for an answer. Of None: whether one that is new."""
        with self._lock:
            self._held_back = which
        self._wait(lambda: not any(which(machine) for machine in set(self._asking)), "desktops ask on")

    def let_in(self):
        self._held_back = nobody

    def forget(self, machines):
        """As if their disks had been made anew. They are held back."""
        for machine in machines:
            shutil.rmtree(machine.state)

    # What comes of it

    def machines(self):
        with self._lock:
            return list(self._machines)

    def everybody_is_seated(self):
        return len(self._machines) >= self.most and all(machine in self.promises for machine in self._machines)

    def all_ask(self):
        """Whether each thread waits for an answer. @return and whether one of those is new"""
        with self._lock:
            return len(self._asking) == WORKERS, any(machine not in self.promises for machine in self._asking)

    def new_ones_left(self):
        return len(self._machines) < self.most

    def wait_for(self, desktops):
        """Until so many desktops were given an activation."""
        self._wait(lambda: len(self.promises) >= desktops, f"fewer than {desktops} desktops got a seat")

    def ask_again(self, machines=None):
        """Each of them, or all there are, asks once more; returns when each was answered."""
        begun = time.monotonic()
        with self._lock:
            machines = list(self._machines if machines is None else machines)
            for machine in machines:
                self._owe(machine)
        self._wait(lambda: all(self._asked_at.get(machine, 0) >= begun for machine in machines),
                   "a desktop got no answer")

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join()


def longest_silence(times, since):
    """Seconds between two answers, the longest that ended after `since`."""
    times = sorted(times)
    return max((b - a for a, b in zip(times, times[1:]) if b >= since), default=0.0)
