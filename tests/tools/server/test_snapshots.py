"""Snapshots of the state on the real server: what a start builds on, what it never trusts, and `actledger replay`."""

import glob
import json
import os
import shutil
import time
import unittest

from api import Client, Desktop
from installation import PATIENCE_S, Installation


def newest(installation):
    return sorted(glob.glob(str(installation / "ledger/snapshots/state-*.snapshot")))[-1]


def damage(path, at=4000):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


class Snapshots(unittest.TestCase):
    def setUp(self):
        self.installation = Installation(more="[snapshot]\nevery_events = 20\n")
        self.addCleanup(self.installation.close)
        self.server = self.installation.licensed(200)
        self.key = self.installation.enrolment_key()

    def activate(self, count):
        client = Client(self.server)
        for _ in range(count):
            self.assertEqual(Desktop().activate(client, self.key).status, 201)
        client.close()

    def local(self, path):
        client = Client(self.server, "local")
        answer = client.get(path)
        client.close()
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def restart(self):
        self.assertEqual(self.server.stop(), 0)
        self.server = self.installation.start()
        return self.started()

    def started(self):
        """What the server says of its start: written just after it is ready."""
        self.wait_for(lambda: any(line["event"] == "started" for line in self.server.log()))
        return next(line for line in self.server.log() if line["event"] == "started")

    def replay(self, *arguments, exit_code=0):
        done = self.installation.actledger("--json", "replay", *arguments, check=False)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def wait_for(self, condition):
        until = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)

    def test_a_clean_stop_leaves_one_that_the_next_start_builds_on(self):
        self.activate(3)
        before = self.local("/v1/admin/state/digest")
        started = self.restart()
        self.assertEqual(started["snapshot"], str(before["size"]))
        self.assertEqual(self.local("/v1/admin/state/digest"), before)
        self.assertEqual(self.local("/v1/status")["snapshot"]["size"], before["size"])
        self.activate(2)
        checked = self.replay("--check")
        self.assertEqual((checked["server"], checked["made"]), ("same", None))
        self.assertEqual([one["result"] for one in checked["snapshots"]], ["same"])
        self.assertEqual(checked["size"], before["size"] + 2)
        self.assertEqual(checked["digest"], self.local("/v1/admin/state/digest")["digest"])

    def test_a_killed_server_goes_on_from_the_newest_one_and_the_log(self):
        self.activate(25)
        self.wait_for(lambda: self.local("/v1/status")["snapshot"])
        self.activate(3)
        state = self.local("/v1/admin/state/digest")
        self.server.kill()
        self.server = self.installation.start()
        started = self.started()
        self.assertGreaterEqual(int(started["snapshot"]), 20)
        self.assertLess(int(started["snapshot"]), state["size"])
        self.assertEqual(self.local("/v1/admin/state/digest"), state)

    def test_a_damaged_one_is_named_never_used_and_replaced(self):
        self.activate(3)
        self.restart()
        self.activate(3)
        self.assertEqual(self.server.stop(), 0)
        damage(newest(self.installation))
        self.server = self.installation.start()
        started = self.started()
        troubles = [line["error"] for line in self.server.log() if line["event"] == "snapshot-trouble"]
        self.assertIn("snapshot-damaged", troubles[0])
        self.assertNotEqual(started["snapshot"], "none")  # the one before it
        # A status with what is wrong, until a new one has taken its place.
        self.wait_for(lambda: not self.local("/v1/status")["problems"])
        self.assertEqual([one["result"] for one in self.replay("--check")["snapshots"]], ["same", "same"])

    def test_a_start_without_any_good_one_folds_the_whole_log(self):
        self.activate(3)
        state = self.local("/v1/admin/state/digest")
        self.assertEqual(self.server.stop(), 0)
        for path in glob.glob(str(self.installation / "ledger/snapshots/state-*.snapshot")):
            with open(path, "wb") as file:
                file.write(b"not a snapshot")
        self.server = self.installation.start()
        self.assertEqual(self.started()["snapshot"], "none")
        self.assertEqual(self.local("/v1/admin/state/digest"), state)

    def test_commands_make_check_and_repair_snapshots_beside_the_running_server(self):
        self.activate(3)
        made = json.loads(self.installation.actledger("--json", "snapshot").stdout)
        self.assertTrue(made["new"])
        self.assertEqual(os.path.getsize(made["file"]), made["bytes"])
        self.assertEqual(made["digest"], self.local("/v1/admin/state/digest")["digest"])
        self.assertFalse(json.loads(self.installation.actledger("--json", "snapshot").stdout)["new"])
        self.assertIn("快照", self.installation.actledger("--lang", "zh", "snapshot").stdout)

        damage(made["file"])
        checked = self.replay("--check", exit_code=8)
        self.assertEqual([(one["result"], one["code"]) for one in checked["snapshots"]], [("bad", "snapshot-damaged")])
        repaired = self.replay()
        self.assertEqual([one["result"] for one in repaired["snapshots"]], ["repaired"])
        self.assertEqual((repaired["server"], repaired["made"]), ("same", None))
        self.assertEqual([one["result"] for one in self.replay("--check")["snapshots"]], ["same"])
        damage(made["file"])
        mended = self.installation.actledger("--lang", "en", "replay")  # nobody is asked for what was just done
        self.assertIn("was bad, and was made again", mended.stdout)
        self.assertIn("(snapshot-damaged)\n  It is mended.", mended.stderr)
        os.unlink(made["file"])
        self.assertEqual(self.replay()["made"], made["file"])
        self.assertIn("the same", self.installation.actledger("--lang", "en", "replay").stdout)

    def test_read_models_follow_the_log_and_are_rebuilt_by_replay(self):
        self.activate(5)
        size = self.local("/v1/admin/state/digest")["size"]
        self.wait_for(lambda: self.local("/v1/status")["read_models"]["size"] == size)
        self.assertEqual(self.replay("--check")["read_models"]["old"], "same")
        beside = self.replay()["read_models"]
        self.assertEqual((beside["old"], beside["swapped"]), ("same", False))  # the server has them open
        self.assertEqual(self.server.stop(), 0)
        rebuilt = self.replay()["read_models"]
        self.assertEqual((rebuilt["old"], rebuilt["swapped"], rebuilt["digest"]), ("same", True, beside["digest"]))
        for path in glob.glob(str(self.installation / "ledger/read/*")):
            os.unlink(path)
        self.assertEqual(self.replay()["read_models"]["old"], "missing")
        self.assertEqual(self.replay("--check")["read_models"]["digest"], beside["digest"])
        self.server = self.installation.start()
        self.activate(1)
        self.wait_for(lambda: self.local("/v1/status")["read_models"]["size"] == size + 1)
        self.assertEqual(self.replay("--check")["read_models"]["old"], "same")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_what_root_makes_belongs_to_the_ledgers_owner(self):
        self.activate(1)
        self.assertEqual(self.server.stop(), 0)
        shutil.rmtree(self.installation / "ledger/snapshots")
        os.chown(self.installation / "ledger", 12345, 12345)
        self.replay()
        self.installation.actledger("snapshot")
        for folder in ("snapshots", "read"):
            path = os.path.join(self.installation / "ledger", folder)
            for one in [path, *glob.glob(path + "/*")]:
                self.assertEqual(os.stat(one).st_uid, 12345, one)

    def test_without_a_server_the_log_is_enough(self):
        self.activate(3)
        self.assertEqual(self.server.stop(), 0)
        checked = self.replay("--check")
        self.assertIsNone(checked["server"])
        self.assertEqual([one["result"] for one in checked["snapshots"]], ["same"])
        other = self.installation.program("actledger", "--config", "nowhere.toml", "replay", check=False)
        self.assertEqual(other.returncode, 6, other.stderr)


if __name__ == "__main__":
    unittest.main()
