"""Desktops that ask all the time: the real client on machines of their own, and the list of what they were promised."""

import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/tools/server"))
from client_machine import Machine  # noqa: E402  pylint: disable=wrong-import-position
from installation import Failed  # noqa: E402  pylint: disable=wrong-import-position

PATIENCE_S = 120


class Promise:
    """An activation that a desktop was answered, and the file it was given."""

    def __init__(self, machine):
        held = machine.held()
        self.activation, self.index, self.origin = held["activation_id"], held["index"], held["origin"]
        self.file = machine.read("activation.proof")


class Crowd:
    """`workers` threads, each asking for one desktop after the other: new ones until there are `most`, and known ones.

    A desktop that gets no answer is asked for again, by the same thread, until it does: it is what `unanswered` counts.
    """

    def __init__(self, installation, servers, most, workers=2, seed=1):
        self.installation, self.servers, self.most = installation, servers, most
        self.key = installation.enrolment_key()
        self.promises = {}  # machine -> Promise: the first one
        self.answered_at = []  # times of answers
        self.refused = []  # what was answered to those that got none
        self.unanswered = 0
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._made = 0
        self._stopping = threading.Event()
        self._open = threading.Event()
        self._open.set()
        self._asking = 0
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def _next(self):
        with self._lock:
            known = list(self.promises)
            if self._made >= self.most or (known and self._random.random() < 0.3):
                return self._random.choice(known) if known else None
            self._made += 1
        return Machine(self.installation, self.servers, key=self.key)

    def _ask_on(self):
        while not self._stopping.is_set():
            if not self._open.wait(0.1):
                continue
            with self._lock:
                self._asking += 1
            self._ask_once()
            with self._lock:
                self._asking -= 1

    def _ask_once(self):
        machine = self._next()
        if machine is None:
            time.sleep(0.05)
            return
        while True:
            done = machine.activate(check=False)
            if done.returncode == 0:
                break
            with self._lock:
                self.unanswered += 1
                self.refused.append(done.stderr.strip())
            if self._stopping.wait(0.1):
                return
        promise = Promise(machine)
        with self._lock:
            self.answered_at.append(time.monotonic())
            self.promises.setdefault(machine, promise)
        if self._made >= self.most:
            self._stopping.wait(0.05)  # all are there: only their renewed questions are left

    def pause(self):
        """Nobody asks any more when this returns."""
        self._open.clear()
        while self._asking > 0:
            time.sleep(0.01)

    def resume(self):
        self._open.set()

    def wait_for(self, desktops):
        """Until so many desktops were given an activation."""
        end = time.monotonic() + PATIENCE_S
        while len(self.promises) < desktops:
            if time.monotonic() > end:
                raise Failed(f"only {len(self.promises)} of {desktops} desktops: {self.refused[-1:]}")
            time.sleep(0.02)

    def more(self, desktops):
        """Lets so many more in, and waits for them."""
        self.most += desktops
        self.wait_for(self.most)

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def longest_silence(self, since):
        """Seconds between two answers, the longest that ended after `since`."""
        times = sorted(self.answered_at)
        return max((b - a for a, b in zip(times, times[1:]) if b >= since), default=0.0)


def ask_all(machines, servers):
    """Each desktop once more. @return machine -> Promise"""
    now = {}
    for machine in machines:
        machine.servers = servers
        done = machine.activate(check=False)
        if done.returncode != 0:
            raise Failed(f"a desktop got no activation: {done.stderr}")
        now[machine] = Promise(machine)
    return now
