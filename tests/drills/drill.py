"""The rows of the design's drill table (section 7), each on real parts, as an operator lives through it: a server under load
from real clients, a SoftHSM2 token, a vendor. Something happens; the operator does what the manual says; then it is
checked that nobody lost what they were promised. tools/drill --help says how it is called.
"""

import argparse
import shutil
import sys
import time
import traceback

from site_of_drill import Site, wait_until


def row_a(site):
    """software upgraded (a restart)"""
    site.begin()
    site.audit_while_it_runs()
    site.happens()
    site.start()
    site.answered_again()
    site.audit_while_it_runs()


def row_b(site):
    """OS reinstalled, a mirror exists"""
    site.begin()
    site.rehearse_a_restore()
    wait_until(site.mirror_is_up_to_date, "the mirror never caught up")
    shutil.copytree(site / "mirror", site / "lagging")  # what it had a moment before
    site.crowd.resume()
    site.crowd.more(site.desktops // 4)
    site.happens()
    shutil.rmtree(site / "ledger")
    site.look_at_the_card()
    site.refused("hsm-in-use", "hsm", "init", "--root", site / "vendor/root.crt")
    site.actledger("restore", site / "lagging", "--root", site / "vendor/root.crt")
    site.recover()
    site.start()


def row_c(site):
    """OS reinstalled, no backup; all seats given, half of the files lost"""
    site.begin()
    site.happens(forgetting=True)
    shutil.rmtree(site / "ledger")
    site.refused("hsm-in-use", "hsm", "init", "--root", site / "vendor/root.crt")
    site.recover("--root", site / "vendor/root.crt", "--license", site.lic)
    site.start()
    site.hand_out_a_key()


def row_d(site):
    """HSM died"""
    site.begin()
    site.happens()
    site.lose_the_card()
    site.look_at_the_card(well=False)
    site.replace_the_card()
    site.start()


def row_e(site):
    """both died, a mirror exists"""
    site.begin()
    wait_until(site.mirror_is_up_to_date, "the mirror never caught up")
    site.happens()
    shutil.rmtree(site / "ledger")
    site.lose_the_card()
    site.actledger("restore", site / "mirror", "--root", site / "vendor/root.crt")
    site.replace_the_card()  # the mirror had everything: else --restored
    site.start()


def row_f(site):
    """both died, no backup; all seats given, half of the files lost"""
    site.begin()
    site.happens(forgetting=True)
    shutil.rmtree(site / "ledger")
    site.lose_the_card()
    site.begin_anew_on_another_card()
    site.start()
    site.hand_out_a_key()


def row_g(site):
    """disk set back to an old image"""
    site.begin()
    site.copy_at_rest("ledger")
    site.crowd.more(site.desktops)
    site.happens(stopped=True)
    site.put_back("ledger")
    site.expect_witness_ahead()
    site.expect_refusal("log-behind-anchor")
    site.recover()
    site.start()


def row_h(site):
    """moved to new hardware"""
    site.begin()
    site.happens(stopped=True)
    site.actledger("export", site / "moved")
    site.program("actledger-verify", site / "moved", "--root", site / "vendor/root.crt")
    site.actledger("secrets", "backup", site / "secrets.cms", "--passphrase-file", site / "passphrase")
    for name in ("ledger", "pin", "actledgerd.toml"):
        site.lose(name)
    site.actledger("secrets", "restore", site / "secrets.cms", "--passphrase-file", site / "passphrase")
    site.look_at_the_card()
    site.actledger("restore", site / "moved", "--root", site / "vendor/root.crt", "--complete")
    site.start()


def row_i(site):
    """whole VM set back, token included"""
    site.begin()
    site.copy_at_rest("ledger", "tokens")
    site.crowd.more(site.desktops)
    site.happens()
    site.put_back("ledger", "tokens")
    site.start()
    wait_until(lambda: "checkpoint-unknown" in site.ask("/readyz")[1], "no desktop's checkpoint raised the alarm")
    site.server.stop()
    site.recover()
    site.start()


def row_j(site):
    """card driver replaced"""
    site.begin()
    site.actledger("hsm", "check", "--before", site / "driver.txt")
    site.happens(stopped=True)
    site.replace_the_driver(site / "driver.txt")
    site.start()


ROWS = {name[-1].upper(): row for name, row in list(globals().items()) if name.startswith("row_")}
MIRROR = '[[mirror]]\nfolder = "mirror"\n'
SEATS_FREE = 200  # beyond the desktops: more than the anchor reserves at a time


def rehearse(letter, desktops):
    """@return the cells of the row's line"""
    row = ROWS[letter]
    full = letter in "CF"  # at 100 % use: nobody new can come
    site = Site(desktops, desktops if full else 3 * desktops + SEATS_FREE, MIRROR if letter in "BE" else "")
    try:
        row(site)
        site.answered_again()
        if not full:
            site.crowd.more(desktops // 2)
        records, lent = site.end()
        silence = site.crowd.longest_silence(site.happened_at)
        result = "passed" + (f"; {lent} without a file got a provisional seat" if lent else "")
        return [str(len(site.promised)), str(records), str(site.licenses_issued() - 1), f"{silence:.1f}", result]
    finally:
        site.close()


def main():
    parser = argparse.ArgumentParser(prog="tools/drill", description="Rehearses rows of the drill table on real parts.",
                                     epilog="; ".join(f"{letter}: {row.__doc__}" for letter, row in sorted(ROWS.items())))
    parser.add_argument("rows", nargs="+", metavar="ROW", help="A to J, or all")
    parser.add_argument("--desktops", type=int, default=40, help="desktops before it happens (%(default)s)")
    options = parser.parse_args()
    letters = sorted(ROWS) if "all" in options.rows else [row.upper() for row in options.rows]
    for letter in letters:
        if letter not in ROWS:
            parser.error(f"there is no row {letter}")
    lines = []
    failed = 0
    for letter in letters:
        print(f"row {letter}: {ROWS[letter].__doc__} ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        try:
            cells = rehearse(letter, options.desktops)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            failed += 1
            cells = ["", "", "", "", "FAILED"]
        lines.append([letter, ROWS[letter].__doc__, *cells])
        print(f"row {letter}: {cells[-1]} after {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print("| row | what happened | activations before | after | licences reissued | s without service | result |")
    print("|---|---|---|---|---|---|---|")
    for line in lines:
        print("| " + " | ".join(line) + " |")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
