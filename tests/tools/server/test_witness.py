"""A client's checkpoint gets a consistency proof, which the reference in Python checks (RFC 9162, section 2.1.4.2)."""

import base64
import os
import sys
import unittest

from api import Client, Desktop
from installation import Installation

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import merkle  # noqa: E402  pylint: disable=wrong-import-position
import note  # noqa: E402  pylint: disable=wrong-import-position


def head(text):
    """-> (size, root) of a checkpoint."""
    _, size, root = note.parse_note(text)[0].splitlines()
    return int(size), base64.b64decode(root)


class Witness(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(1000)
        cls.key = cls.installation.enrolment_key()
        cls.client = Client(cls.server)

    def check(self, old, answer):
        proof = answer["consistency"]
        size, root = head(proof["checkpoint"])
        self.assertEqual((proof["old_size"], proof["new_size"]), (old[0], size))
        hashes = [base64.b64decode(h) for h in proof["proof"]]
        self.assertTrue(merkle.consistent(old[0], old[1], size, root, hashes))
        if hashes:
            hashes[0] = bytes(32)
            self.assertFalse(merkle.consistent(old[0], old[1], size, root, hashes))

    def test_l3_every_head_that_a_client_saw_is_shown_to_be_part_of_the_newest(self):
        seen = []
        for _ in range(12):
            seen.append(self.client.get("/v1/checkpoint").body.decode())
            self.assertEqual(Desktop().activate(self.client, self.key).status, 201)
        for checkpoint in seen:
            answer = self.client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": checkpoint})
            self.assertEqual(answer.status, 200, answer.body)
            self.check(head(checkpoint), answer.json)

    def test_an_activation_answers_the_checkpoint_that_came_with_it(self):
        checkpoint = self.client.get("/v1/checkpoint").body.decode()
        answer = Desktop().activate(self.client, self.key, checkpoint=checkpoint)
        self.assertEqual(answer.status, 201)
        self.check(head(checkpoint), answer.json)

    def test_a_checkpoint_that_is_not_ours_or_not_signed_raises_no_alarm(self):
        checkpoint = self.client.get("/v1/checkpoint").body.decode()
        body, _, signature = checkpoint.rpartition("\n\n")
        origin, size, root = body.split("\n")
        forged = f"{origin}\n{int(size) + 5}\n{root}\n\n{signature}"
        for wrong in (forged, checkpoint.replace(origin, "a" * 32 + "/1"), "", checkpoint[:-1]):
            answer = self.client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": wrong})
            self.assertEqual(answer.status, 422, answer.body)
            refused = Desktop().activate(self.client, self.key, checkpoint=wrong)
            self.assertEqual(refused.status, 422, refused.body)
        self.assertEqual(self.client.get("/readyz").status, 200)


if __name__ == "__main__":
    unittest.main()
