"""Row C: the log is lost altogether and the HSM is kept. The same server goes on: the same .lic is imported again, desktops
that hold their files are given their seats back, those that do not are lent one, and no seat is counted twice. What is
forged, foreign, copied or given back is refused, each with its own code."""

import base64
import os
import shutil
import sys
import unittest

from api import Client, Desktop
from client_machine import Machine, Service, ask, https
from installation import Installation
from lost_log import SeatsCase, by_people, licensed, lose_log, present, recover_lost
from test_operators import Terminal
from test_recover import activate_all, pin_of
from test_survival import lead_pages_astray, wait_until

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import incarnation  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position

QUANTITY = 20
HALF = QUANTITY // 2


class Adoption(SeatsCase):
    def test_a_damaged_ledger_comes_back_from_a_mirror_and_without_one_as_one_that_is_lost(self):
        def cut(path):
            os.truncate(path, 8192)

        for damage in (cut, lead_pages_astray):
            for mirrored in (True, False):
                with self.subTest(damage=damage.__name__, mirrored=mirrored), \
                        Installation(more='[[mirror]]\nfolder = "mirror"\n' if mirrored else "") as installation:
                    server = licensed(installation, QUANTITY)
                    client = Client(server)
                    desktop = Desktop()
                    file = desktop.activate(client, installation.enrolment_key()).json["file"]
                    server_id = client.get("/v1/status").json["server_id"]
                    client.close()
                    server.stop()
                    damage(installation / "ledger/log/data.mdb")
                    self.bring_back(installation, server_id, mirrored)
                    server = installation.start()
                    client = Client(server)
                    status = client.get("/v1/status").json
                    self.assertEqual((status["server_id"], status["problems"]), (server_id, []))
                    again = present(desktop, client, file)
                    self.assertEqual(again.status, 200 if mirrored else 201, again.body)
                    client.close()
                    server.stop()
                    self.assertEqual(installation.the_license()["held"], 1)

    def bring_back(self, installation, server_id, mirrored):
        """What the manual says of a damaged ledger, message by message."""
        root = ("--root", installation / "vendor/root.crt")
        plain = installation.actledger("recover", "--dry-run", check=False)
        self.assertEqual((plain.returncode, "(log-damaged)" in plain.stderr), (8, True), plain.stderr)
        self.assertIn("actledger restore FOLDER --replace", plain.stderr)
        if mirrored:
            refused = installation.actledger("restore", installation / "mirror", *root, check=False)
            self.assertIn("(log-exists)", refused.stderr)
            self.assertIn("--replace", refused.stderr)
            installation.actledger("restore", installation / "mirror", *root, "--replace")
            self.assertTrue(os.path.exists(installation / "ledger/log.before-restore-1/data.mdb"))
            done = Terminal(installation, "recover",
                            answers=[("PIN", pin_of(installation)), ("type the server id", server_id)])
        else:
            damaged = installation.actledger("recover", "--dry-run", *root, "--license", installation / "license.lic",
                                             check=False)
            self.assertEqual((damaged.returncode, "(recover-log-damaged)" in damaged.stderr), (8, True), damaged.stderr)
            log = str(installation / "ledger/log")
            self.assertIn(f"mv {log} {log}.damaged", damaged.stderr)
            os.rename(log, log + ".damaged")
            for derived in ("snapshots", "read"):
                shutil.rmtree(installation / f"ledger/{derived}")
            done, _ = recover_lost(installation)
        self.assertEqual(done.status, 0, done.text)

    def test_row_c_at_full_use_and_half_without_files_nobody_waits_and_no_seat_is_counted_twice(self):
        with Installation() as installation:
            server = licensed(installation, QUANTITY)
            key = installation.enrolment_key()
            client = Client(server)
            first = client.get("/v1/status").json
            machine = Machine(installation, (https(server),), key=key)  # the real client, which holds its file
            machine.activate()
            desktops = [Desktop() for _ in range(QUANTITY - 1)]
            answers = activate_all(client, key, desktops)
            self.refused(Desktop().activate(client, key), 409, "quota-reached")
            machine.activate()  # saw the newest head
            self.assertEqual(server.stop(), 0)
            old_size = installation.verify()["ledger"]["size"]
            holders, empty_handed = desktops[:HALF - 1], desktops[HALF - 1:]
            files = [answer.json["file"] for answer in answers]

            lose_log(installation)
            hint = installation.actledger("recover", check=False)
            self.assertIn("recover-log-lost", hint.stderr)
            wrong, dry = recover_lost(installation, typed="another")
            self.assertIn("not-confirmed", wrong.text)
            self.assertFalse(os.path.exists(installation / "ledger/log/data.mdb"))
            self.assertEqual(dry["missing"], {"first": 0, "last": old_size - 1})
            self.assertEqual(dry["licenses"][0]["unclaimed"], QUANTITY)
            done, _ = recover_lost(installation)
            self.assertEqual(done.status, 0, done.text)

            server = installation.start()
            client = Client(server)
            status = client.get("/v1/status").json
            self.assertEqual((status["server_id"], status["status"]), (first["server_id"], "serving"))
            (opened,) = status["incarnations"]
            self.assertEqual((opened["reason"], opened["kept_size"], opened["missing"]),
                             ("log_lost", 0, {"first": 0, "last": old_size - 1}))
            again = installation.actledger("license", "import", installation / "license.lic")
            self.assertEqual(again.returncode, 0)  # the same file again, not reissued
            key = installation.enrolment_key()
            self.check_seats(installation, held=0, unclaimed=QUANTITY, used=QUANTITY)

            # Those without a file come first, and are lent a seat; nobody waits.
            lent = [desktop.activate(client, key) for desktop in empty_handed]
            for answer in lent:
                self.assertEqual(answer.status, 201, answer.body)
                self.assertEqual(answer.json["activation"]["standing"], "provisional")
                self.assertEqual(answer.json["activation"]["lease"]["kind"], "days")
            self.check_seats(installation, held=HALF, provisional=HALF, unclaimed=QUANTITY, used=QUANTITY)

            # Those with a file are given their own activation back, under the present origin.
            adopted = [present(desktop, client, file) for desktop, file in zip(holders, files)]
            for answer, before in zip(adopted, answers):
                self.assertEqual(answer.status, 201, answer.body)
                activation = answer.json["activation"]
                self.assertEqual(activation["id"], before.json["activation"]["id"])
                self.assertEqual(activation["standing"], "unconfirmed")
            repeated = present(holders[0], client, files[0])
            self.assertEqual((repeated.status, repeated.json["file"]), (200, adopted[0].json["file"]))  # L5
            machine.servers = (https(server),)
            machine.activate()  # the client shows its file by itself
            self.check_seats(installation, held=QUANTITY, provisional=HALF, unclaimed=HALF, used=QUANTITY)
            self.refused(Desktop().activate(client, key), 409, "quota-reached")

            recovery = client.get("/v1/status").json["recovery"]
            self.assertEqual((recovery["adopted"], recovery["unconfirmed"], recovery["provisional"]), (HALF, HALF, HALF))
            machine.run("renew", *machine.settings())
            self.assertEqual(client.get("/v1/status").json["recovery"]["unconfirmed"], HALF - 1)
            machine.run("verify")
            self.assertEqual(server.stop(), 0)

            # Old and new files verify from the root alone, the audit is clean, and the export proves itself.
            installation.verify_files(files + [answer.json["file"] for answer in adopted + lent])
            report = installation.verify()["ledger"]
            self.assertEqual((report["seats_held"], report["seats_unclaimed"]), (QUANTITY, HALF))
            installation.actledger("export", installation / "export")
            tiles.prove(installation / "export")
            (proven,) = incarnation.prove(installation / "export")
            self.assertEqual((proven["kept_size"], proven["known_size"]), (0, old_size))
            shutil.rmtree(installation / "ledger")
            installation.actledger("restore", installation / "export", "--complete")
            server = installation.start()
            self.assertEqual(present(holders[0], Client(server), files[0]).json["file"], adopted[0].json["file"])
            self.assertEqual(server.stop(), 0)

    def test_row_c_twice_goes_on_under_the_next_number_and_adopts_what_the_second_incarnation_gave(self):
        with Installation() as installation:
            server = licensed(installation, QUANTITY)
            key = installation.enrolment_key()
            first, second = Desktop(), Desktop()
            of_first = first.activate(Client(server), key)
            machine = Machine(installation, (https(server),), key=key)
            machine.activate()
            held = machine.held()["activation_id"]
            self.assertEqual(server.stop(), 0)
            lose_log(installation)
            self.assertEqual(recover_lost(installation)[0].status, 0)
            server = installation.start()
            key = installation.enrolment_key()
            client = Client(server)
            machine.servers = (https(server),)
            service = Service(machine)  # calls in as it does every day, and shows its file by itself
            wait_until(lambda: ask(server, "/v1/status")["recovery"]["adopted"] == 1, "the service never showed its file")
            self.assertEqual(service.stop(), 0)
            self.assertEqual(machine.held()["activation_id"], held)
            again = present(first, client, of_first.json["file"])
            of_second = second.activate(client, key)
            self.assertEqual((again.status, of_second.status), (201, 201))
            self.assertEqual(of_second.json["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            lose_log(installation)
            done, dry = recover_lost(installation)
            self.assertEqual(done.status, 0, done.text)
            self.assertTrue(dry["opens"].endswith("/3"), dry)
            server = installation.start()
            client = Client(server)
            self.assertEqual(present(first, client, again.json["file"]).status, 201)
            self.refused(present(first, client, of_first.json["file"]), 409, "adoption-superseded")
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_files_that_are_forged_foreign_copied_or_given_back_are_refused_and_counted(self):
        with Installation() as installation, Installation() as other:
            server = licensed(installation, QUANTITY)
            key = installation.enrolment_key()
            desktop, thief = Desktop(), Desktop()
            file = desktop.activate(Client(server), key).json["file"]
            self.assertEqual(server.stop(), 0)
            foreign_server = other.licensed(3)
            foreigner = Desktop()
            foreign = foreigner.activate(Client(foreign_server), other.enrolment_key()).json["file"]
            self.assertEqual(foreign_server.stop(), 0)
            lose_log(installation)
            self.assertEqual(recover_lost(installation)[0].status, 0)
            server = installation.start()
            client = Client(server)

            lines = file.split("\n")
            extra = bytearray(base64.b64decode(lines[1].removeprefix("extra ")))
            place = extra.index(b"vdi")
            extra[place] ^= 1
            altered = "\n".join([lines[0], "extra " + base64.b64encode(extra).decode(), *lines[2:]])
            forged = file.rstrip("\n")
            forged = forged[:-12] + ("AAAA" if forged[-12:-8] != "AAAA" else "BBBB") + forged[-8:] + "\n"
            for answer, status, code in (
                    (present(desktop, client, "nonsense"), 422, "activation-file-malformed"),
                    (present(desktop, client, altered), 422, "not-included"),
                    (present(desktop, client, forged), 422, "signature-bad"),
                    (present(foreigner, client, foreign), 422, "certificate-untrusted"),
                    (present(thief, client, file), 403, "adoption-other-device"),
            ):
                self.refused(answer, status, code)
            copied = Desktop()
            copied.key = desktop.key  # the key too, and another machine
            self.refused(present(copied, client, file), 403, "adoption-other-device")
            unsigned = client.send("POST", "/v1/activations", desktop.body(adopt=file))
            self.assertEqual(unsigned.status, 401)
            self.check_seats(installation, held=0, unclaimed=QUANTITY)

            adopted = present(desktop, client, file)
            self.assertEqual(adopted.status, 201)
            self.refused(present(desktop, client, adopted.json["file"]), 409, "adoption-not-needed")
            self.refused(present(thief, client, file), 403, "adoption-other-device")  # presented twice
            released, _ = desktop.signed(client, "DELETE", "/v1/activations/" + adopted.json["activation"]["id"])
            self.assertEqual(released.status, 200)
            self.refused(present(desktop, client, file), 409, "adoption-released")
            counted = client.get("/v1/status").json["recovery"]["refused"]
            self.assertEqual(counted, {"activation-file-malformed": 1, "not-included": 1, "signature-bad": 1,
                                       "certificate-untrusted": 1, "adoption-other-device": 3, "adoption-not-needed": 1,
                                       "adoption-released": 1})
            self.assertIn('actledger_adoptions_refused_total{code="adoption-released"} 1',
                          client.get("/metrics").body.decode())
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_all_files_that_one_desktop_ever_had_give_it_one_seat_and_take_no_other_desktops(self):
        with Installation() as installation:
            server = licensed(installation, 8)
            key = installation.enrolment_key()
            client = Client(server)
            others = [Desktop() for _ in range(7)]
            answers = activate_all(client, key, others)
            greedy = Desktop()
            files = []
            for number in range(6):  # gives its seat back and asks anew
                given = greedy.activate(client, key)
                self.assertEqual(given.status, 201, given.body)
                files.append(given.json["file"])
                if number < 5:
                    released, _ = greedy.signed(client, "DELETE", given.header("Location"))
                    self.assertEqual(released.status, 200)
            self.assertEqual(server.stop(), 0)
            lose_log(installation)
            self.assertEqual(recover_lost(installation)[0].status, 0)
            server = installation.start()
            client = Client(server)
            key = installation.enrolment_key()
            shown = [present(greedy, client, file) for file in files[::2] + files[1::2]]
            self.assertEqual([answer.status for answer in shown], [201] + [200] * 5)
            self.assertEqual(len({answer.json["activation"]["id"] for answer in shown}), 1)
            self.check_seats(installation, held=1, unclaimed=7, used=8)
            stranger = Desktop()
            loan = stranger.activate(client, key)
            self.assertEqual(loan.json["activation"]["standing"], "provisional", loan.body)
            for desktop, before in zip(others, answers):
                again = present(desktop, client, before.json["file"])
                self.assertEqual(again.status, 201, again.body)
                self.assertEqual(again.json["activation"]["id"], before.json["activation"]["id"])
            self.check_seats(installation, held=9, provisional=1, unclaimed=0, used=9)  # the loan, until it ends
            # The loan is no right after another loss.
            self.assertEqual(server.stop(), 0)
            lose_log(installation)
            self.assertEqual(recover_lost(installation)[0].status, 0)
            server = installation.start()
            client = Client(server)
            self.refused(present(stranger, client, loan.json["file"]), 409, "adoption-provisional")
            again = stranger.activate(client, installation.enrolment_key())
            self.assertEqual(again.json["activation"]["standing"], "provisional", again.body)
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_collected_files_are_adopted_by_people_who_also_decide_about_the_rest(self):
        with Installation() as installation:
            server = licensed(installation, 5)
            key = installation.enrolment_key()
            desktops = [Desktop() for _ in range(5)]
            answers = activate_all(Client(server), key, desktops)
            self.assertEqual(server.stop(), 0)
            os.makedirs(installation / "share/floor")
            for number, answer in enumerate(answers[:2]):
                installation.write(f"share/floor/{number}.proof", answer.json["file"])
            installation.write("share/notes.txt", "not a file of ours\n")
            with open(installation / "share/picture", "wb") as picture:
                picture.write(bytes(range(256)))
            os.symlink("/etc/passwd", installation / "share/link")  # passed over
            lose_log(installation)
            self.assertEqual(recover_lost(installation)[0].status, 0)
            server = installation.start()
            client, local = Client(server), Client(server, "local")

            alone = installation.actledger("recover", "import", installation / "share", check=False)
            self.assertIn("person-needed", alone.stderr)
            os.makedirs(installation / "empty")
            empty = installation.actledger("recover", "import", installation / "empty", check=False)
            self.assertEqual((empty.returncode, "recover-files-none" in empty.stderr), (6, True), empty.stderr)
            # Whoever puts a file there must not speak to the person who types the sentence.
            os.makedirs(installation / "names")
            installation.write("names/a\nadopted\tb\x1b[2J", "nonsense")
            names = by_people(installation, "recover", "import", installation / "names", sentence="adopt 1 files")
            self.assertIn("names/a\ufffdadopted\ufffdb\ufffd[2J\tactivation-file-malformed", names.text)
            weak = local.send("POST", "/v1/admin/recovery/adoptions", {"file": answers[0].json["file"]})
            self.refused(weak, 403, "authority-insufficient")
            for outcome in ("adopted", "unchanged"):  # safe to repeat
                done = by_people(installation, "recover", "import", installation / "share", sentence="adopt 4 files")
                self.assertEqual(done.text.count(outcome + "\t"), 2, done.text)
                self.assertEqual(done.text.count("\tactivation-file-malformed"), 2, done.text)
                self.assertIn("recover-files-refused", done.text)
            self.check_seats(installation, held=2, unclaimed=3)
            self.assertEqual(client.get("/v1/status").json["recovery"]["unconfirmed"], 2)
            confirmed = present(desktops[0], client, answers[0].json["file"])
            self.assertEqual((confirmed.status, confirmed.json["activation"].get("standing")), (200, None))

            people = {"authority": "hsm_pin_and_typed_confirmation"}
            self.assertEqual(local.send("POST", "/v1/admin/recovery/adoptions",
                                        {"file": answers[1].json["file"], **people}).json["outcome"], "unchanged")
            self.refused(local.send("POST", "/v1/admin/recovery/adoptions", {"file": "nonsense", **people}),
                         422, "activation-file-malformed")
            self.refused(local.send("POST", "/v1/admin/recovery/adoptions", {"file": confirmed.json["file"], **people}),
                         409, "adoption-not-needed")
            nobody = "/v1/admin/recovery/pending/" + "a" * 26
            self.refused(local.send("POST", nobody, {"decision": "approve", **people}), 404, "adoption-unknown")
            self.refused(local.send("POST", nobody, {"decision": "perhaps", **people}), 422, "value-invalid")
            free = {"license_id": "nonsense", **people}
            self.refused(local.send("POST", "/v1/admin/recovery/freeings", free), 404, "license-unknown")
            self.refused(local.send("POST", "/v1/admin/recovery/freeings", {**free, "seats": 0}), 422, "value-invalid")

            early = by_people(installation, "recover", "free", installation.the_license()["license_id"],
                              sentence="free all of " + installation.the_license()["license_id"])
            self.assertIn("free-too-early", early.text)
            rest = {"license_id": installation.the_license()["license_id"], **people}
            self.refused(local.send("POST", "/v1/admin/recovery/freeings", rest), 409, "free-too-early")
            installation.actledger("setting", "set", "unclaimed_free_after_days", "0")
            freed = by_people(installation, "recover", "free", installation.the_license()["license_id"], "--seats", "1",
                              sentence="free 1 of " + installation.the_license()["license_id"])
            self.assertEqual(freed.status, 0, freed.text)
            for status in (201, 200):  # the others, and then none is left
                self.assertEqual(local.send("POST", "/v1/admin/recovery/freeings", rest).status, status)
            key = installation.enrolment_key()
            activate_all(client, key, [Desktop() for _ in range(3)])  # the last three
            collected = local.send("POST", "/v1/admin/recovery/adoptions", {"file": answers[3].json["file"], **people})
            self.assertEqual((collected.status, collected.json["outcome"]), (201, "pending"))
            for desktop, answer in ((desktops[2], answers[2]), (desktops[4], answers[4])):
                self.refused(present(desktop, client, answer.json["file"]), 409, "adoption-pending")
            id_, other, unwanted = (answers[number].json["activation"]["id"] for number in (2, 3, 4))
            pending = local.get("/v1/admin/recovery/pending").json["pending"]
            self.assertEqual([one["activation_id"] for one in pending], [other, id_, unwanted])  # the oldest first
            approval = local.send("POST", "/v1/admin/recovery/pending/" + other, {"decision": "approve", **people})
            self.assertEqual((approval.status, approval.json["outcome"]), (201, "adopted"))
            self.assertIn(id_, installation.actledger("recover", "pending").stdout)
            approved = by_people(installation, "recover", "approve", id_, sentence="approve " + id_)
            self.assertEqual(approved.status, 0, approved.text)
            self.assertEqual(present(desktops[2], client, answers[2].json["file"]).status, 200)
            refused = by_people(installation, "recover", "refuse", unwanted, sentence="refuse " + unwanted)
            self.assertEqual(refused.status, 0, refused.text)
            self.refused(present(desktops[4], client, answers[4].json["file"]), 403, "adoption-refused")
            self.assertNotIn(unwanted, installation.actledger("recover", "pending").stdout)
            self.check_seats(installation, held=7, unclaimed=0, used=7)  # of 5: an event says who agreed
            self.assertEqual(server.stop(), 0)
            installation.verify()


if __name__ == "__main__":
    unittest.main()
