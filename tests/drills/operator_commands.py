"""What an operator types: the commands of the manual's pages on recovery and on the HSM, each on the real programs."""

import json
import os
import shutil
import subprocess

from installation import MODULE, Failed, Installation
from test_operators import Terminal

CLIENT_MODULE = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"
KEY = "actledger-1"  # the name of a key to which `hsm.uri` gives none
ANOTHER_KEY = "actledger-2"
QUESTIONS = {"en": ("PIN", "type the server id", "Type:"), "zh": ("PIN", "请输入服务器标识", "请输入：")}
LOCALES = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}


def expect(is_so, what):
    if not is_so:
        raise Failed(what)


class Operated(Installation):
    """An installation, and who operates it, in one of the LOCALES. `typed` is what was typed and what came of it: the command
    line's parts, and all that was printed."""

    def __init__(self, language="en", **parts):
        self.typed = []
        self.language = language
        self.server_id = None
        self.lic = None
        self.crt = None  # of a key that took over
        super().__init__(**parts)
        self.environment["LC_ALL"] = LOCALES[language]

    # How commands are typed

    def program(self, name, *arguments, check=True, text=None):
        done = super().program(name, *arguments, check=check, text=text)
        self.typed.append(((name, *map(str, arguments)), done.stdout + done.stderr))
        return done

    def actledger_json(self, *arguments):
        return json.loads(self.actledger("--json", *arguments).stdout)

    def tool(self, *command):
        """A program of the system."""
        done = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        self.typed.append((command, done.stdout))

    def terminal(self, *arguments, answers, code=None):
        """@param code what it is refused with, if it is to be refused"""
        done = Terminal(self, *arguments, answers=answers)
        self.typed.append((("actledger", *map(str, arguments)), done.text))
        if done.status != 0 if code is None else f"({code})" not in done.text:
            raise Failed(f"actledger {' '.join(map(str, arguments))} ended with {done.status}: {done.text}")
        return done.text

    def with_server_id(self, *arguments):
        """A command that asks for the PIN, and has the server id typed out."""
        pin, server_id, _ = QUESTIONS[self.language]
        return self.terminal(*arguments, answers=[(pin, self.pin()), (server_id, self.server_id)])

    def with_sentence(self, *arguments, sentence, code=None):
        """A command that asks for the PIN, and has a sentence typed that says what it does."""
        pin, _, type_it = QUESTIONS[self.language]
        return self.terminal(*arguments, answers=[(pin, self.pin()), (type_it, sentence)], code=code)

    def refused(self, code, *arguments):
        """What the manual says is refused, is: the drill stands for the operator who tries it all the same."""
        done = self.actledger(*arguments, check=False)
        if done.returncode == 0 or f"({code})" not in done.stderr:
            raise Failed(f"actledger {' '.join(arguments)} was not refused with {code}: {done.stdout}{done.stderr}")

    def pin(self):
        with open(self / "pin", encoding="utf-8") as file:
            return file.read().strip()

    def root(self):
        return "--root", self / "vendor/root.crt"

    def configure(self, old, new):
        with open(self / "actledgerd.toml", encoding="utf-8") as file:
            settings = file.read()
        expect(old in settings, f"{old} is not configured")
        self.write("actledgerd.toml", settings.replace(old, new, 1))

    # Looking

    def verify_with(self, folder, *options):
        return self.program("actledger-verify", folder, *self.root(), *options).stdout

    def look_at_the_card(self, well=True):
        """First, look: `hsm check`, which must name this server's anchor."""
        done = self.actledger("hsm", "check", check=False)
        if (done.returncode == 0) != well or (well and f"of {self.server_id}/" not in done.stdout):
            raise Failed(f"hsm check ended with {done.returncode}: {done.stdout}{done.stderr}")

    def look_whether_all_is_well(self):
        """Before and after an upgrade: ready, and all derived from the log is what the log gives."""
        self.actledger("status", "--ready")
        expect("problems: []" in self.actledger("status").stdout, "the status has problems")
        self.actledger("replay", "--check")
        self.actledger("verify", self / "ledger", *self.root())

    def prove_what_is_kept(self, desktop):
        """Each command of "What to keep, and where", on what the drill keeps."""
        self.look_at_the_card()
        expect(self.server_id in self.actledger("status").stdout, "the status does not name the server")
        self.tool("openssl", "x509", "-in", self / "vendor/root.crt", "-noout", "-fingerprint", "-sha256")
        expect(self.license_id_of(self.lic) in self.actledger("license", "show", self.lic).stdout,
               "license show names another one")
        self.verify_with(self / "mirror")
        self.secrets("show")
        self.actledger("--version")
        self.program("actledgerd", "--config", self / "actledgerd.toml", "--check-config")
        self.program("actledger-client", "verify", desktop.path("activation.proof"), *self.root())

    def license(self):
        (license_,) = self.actledger_json("license", "list")["licenses"]
        return license_

    def license_id(self):
        return self.license()["license_id"]

    # Copies

    def secrets(self, act, name="secrets.cms"):
        """Configuration, PIN and TLS key: backed up to the safe, or put back from there."""
        return self.actledger("secrets", act, self / name, "--passphrase-file", self / "passphrase")

    def export(self, name="export"):
        self.actledger("export", self / name)
        return self / name

    def rehearse_a_restore(self, proof):
        """Without an outage: the mirror into a folder of its own, audited there; the server serves meanwhile."""
        self.write("rehearsal.toml", '[ledger]\nfolder = "rehearsal"\n')
        command = ("actledger", "--config", self / "rehearsal.toml")
        done = self.program(*command, "--json", "restore", self / "mirror", *self.root())
        digest = json.loads(done.stdout)["state_digest"]
        expect(digest in self.program(*command, "replay", "--check").stdout,
               "the restored ledger folds to another state than the restore said")
        self.verify_with(self / "rehearsal", "--witness", proof)
        shutil.rmtree(self / "rehearsal")

    def put_the_log_aside(self):
        """Kept for the auditor; what was made from it goes."""
        self.tool("mv", self / "ledger/log", self / "ledger/log.damaged")
        self.tool("rm", "-rf", self / "ledger/snapshots", self / "ledger/read")

    # Losses

    def recover(self, *options):
        opens = self.actledger_json("recover", *options, "--dry-run")["opens"]
        expect(opens.startswith(f"{self.server_id}/"), f"another server would go on: {opens}")
        return self.with_server_id("recover", *options)

    def recover_without_a_log(self, *options):
        """The card remembers who the server is, the licence file says how many seats there are."""
        self.refused("hsm-in-use", "hsm", "init", *self.root())
        return self.recover(*self.root(), "--license", self.lic, *options)

    def have_another_card_endorsed(self, *issuer_options):
        """Another card, or another key, and the vendor's re-endorsement of it."""
        self.actledger("hsm", "replace", "--request", self / "server.req", "--so-pin-file", self / "so-pin")
        self.issuer("certificate", "--purpose", "recovery-signer")
        self.issuer("reendorse", self / "server.req", "--server", self.server_id, "--out", self / "server.ree",
                    *issuer_options)

    def go_on_with_another_card(self, *options):
        command = ("hsm", "replace", "--reendorsement", self / "server.ree", *options)
        self.actledger(*command, "--dry-run")
        return self.with_server_id(*command)

    def begin_anew_on_another_card(self, *proof, open_seats=0, given_up=None):
        """Another card, the licence, a desktop's file or the word that there is none, and what the vendor knows.

        @param open_seats those that were certainly nobody's
        @param given_up the file of a licence that is not wanted any more
        """
        known = (*self.root(), "--license", self.lic, *proof)
        asked = self.actledger_json("recover", "--request", self / "lost.req", "--so-pin-file", self / "so-pin", *known)
        expect(asked["server_id"] == self.server_id, "the request is another server's")
        self.issuer("certificate", "--purpose", "recovery-signer")
        license_id = self.license_id_of(self.lic)
        command = ["reendorse", self / "lost.req", "--server", self.server_id, "--lost-log", "--open",
                   f"{license_id}={open_seats}", "--out", self / "lost.ree"]
        if given_up:
            command += ["--license", license_id]
            try:
                self.issuer(*command)
            except Failed as failed:
                expect("issuer-license-left-out" in str(failed), f"the vendor refuses for another reason: {failed}")
            command += ["--leave-out", self.license_id_of(given_up)]
        self.issuer(*command)
        command = ("recover", "--reendorsement", self / "lost.ree", *known)
        self.actledger(*command, "--dry-run")
        return self.with_server_id(*command)

    def license_id_of(self, lic):
        return json.loads(self.issuer("show", lic, "--json").stdout)["terms"]["license_id"]

    def name_another_key(self):
        """`object=` in `hsm.uri`: the same card will do."""
        self.configure('"pkcs11:token=test"', f'"pkcs11:token=test;object={ANOTHER_KEY}"')

    # Desktops call in

    def adopt(self, folder, code=None):
        """What was collected from desktops or a share. @return what became of each file"""
        files = len(os.listdir(folder))
        return self.with_sentence("recover", "import", folder, sentence=f"adopt {files} files", code=code)

    def free_what_nobody_claims(self):
        """After the time for it; that there are 30 days to wait for is seen, and then set otherwise."""
        id_ = self.license_id()
        self.with_sentence("recover", "free", id_, sentence=f"free all of {id_}", code="free-too-early")
        self.actledger("setting", "set", "unclaimed_free_after_days", "0")
        self.with_sentence("recover", "free", id_, "--seats", "1", sentence=f"free 1 of {id_}")
        self.with_sentence("recover", "free", id_, sentence=f"free all of {id_}")

    def decide(self, decision, activation):
        expect(activation in self.actledger("recover", "pending").stdout, f"{activation} does not wait")
        self.with_sentence("recover", decision, activation, sentence=f"{decision} {activation}")

    # Moving over from the previous product

    def import_the_previous_records(self, table):
        """First the dry run, until every refused row is understood; what was corrected is imported again with the rest."""
        command = ("legacy", "import", table, "--mapping", self / "mapping.toml", "--report", self / "rows.csv")
        with open(table, encoding="utf-8") as file:
            text = file.read()
        self.write(table, text.replace("2025-03-01", "some day", 1))
        self.refused("legacy-rows-refused", *command, "--dry-run")
        self.write(table, text)
        self.actledger(*command, "--dry-run")
        self.with_sentence(*command, "--keep-days", "1", sentence=f"keep {text.count('A-')} seats")

    def kept_seats(self):
        """@return the records by the desktop's name, as the previous product had it"""
        listed = self.actledger("--json", "legacy", "list").stdout.splitlines()
        return {seat["device_name"]: seat for seat in map(json.loads, listed)}

    def refused_to_free(self, retired):
        seat = self.kept_seats()[retired]["activation_id"]
        self.with_sentence("legacy", "free", seat, sentence="free 1 seats", code="legacy-seat-promised")

    def sign_off(self, retired):
        self.actledger("license", "list")
        self.actledger("legacy", "list")
        self.with_sentence("legacy", "free", "--all-due", sentence="free 1 seats")
        expect(self.kept_seats()[retired]["status"] == "freed", "the seat of a desktop that is retired is not free")
        self.actledger("verify", self / "ledger", *self.root())

    # Keys

    def ask_for_a_rotation(self):
        self.actledger("hsm", "rotate", "--request", self / "next.req")

    def have_the_next_key_certified(self):
        self.crt = self / "next.crt"
        self.issuer("rotate", self / "next.req", "--server", self.server_id, "--out", self.crt)

    def rotate(self):
        command = ("hsm", "rotate", "--certificate", self.crt)
        self.actledger(*command, "--dry-run")
        return self.with_server_id(*command)

    def destroy_the_old_key(self):
        return self.with_server_id("hsm", "rotate", "--destroy-old")

    def clear(self, export):
        return self.with_server_id("hsm", "clear", "--export", export)

    def destroy_the_key_of_the_old_name(self):
        """With the card's own tool: it was given up for another name on the same token."""
        self.tool("pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin", self.pin(),
                  "--delete-object", "--type", "privkey", "--label", KEY)

    def refused_to_try_again(self):
        """The PIN of the file was refused; the card is not asked with it again."""
        done = self.actledger("hsm", "retry", check=False)
        expect(done.returncode == 7, f"hsm retry ended with {done.returncode}: {done.stdout}{done.stderr}")

    def change_the_pin(self, new):
        """With the card's own tool, and the file still has the old one."""
        self.tool("pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin", self.pin(),
                  "--change-pin", "--new-pin", new)

    def replace_the_driver(self, witness):
        """From SoftHSM2's own module to the same token behind p11-kit, as `hsm check --after` says."""
        said = self.actledger("hsm", "check", "--after", witness, "--module", CLIENT_MODULE, "--uri",
                              "pkcs11:token=test").stdout
        (line,) = [line for line in said.splitlines() if line.startswith("module = ")]
        self.configure(f'module = "{MODULE}"', line)
