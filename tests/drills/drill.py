"""The rows of the design's drill table (section 7), each on real parts, as an operator lives through it: a server under load
from real clients, a SoftHSM2 token, a vendor. Something happens while desktops ask; the operator does what the manual says;
then it is checked that nobody lost what they were promised. tools/drill --help says how it is called.
"""

import argparse
import sys
import time
import traceback

from site_of_drill import Site, wait_until
from what_must_hold import check_seats, end, expect, owners_come_last, seconds_without


def row_a(site):
    """software upgraded (a restart)"""
    site.begin()
    site.audit_while_it_runs()
    site.happens()  # harder than a stop: what was being written is written, or is not there
    site.start()
    site.answered_again()
    site.audit_while_it_runs()


def row_b(site):
    """OS reinstalled, a mirror exists"""
    site.begin()
    site.rehearse_a_restore()
    site.copy_the_mirror()
    site.happens()
    site.lose_the_disk("lagging")
    site.secrets("restore")
    site.look_at_the_card()
    site.refused("hsm-in-use", "hsm", "init", "--root", site / "vendor/root.crt")
    site.restore()
    site.recover()
    site.start()


def row_c(site):
    """OS reinstalled, no backup; all seats given, half of the files lost"""
    site.begin()
    site.happens(forgetting=True)
    site.lose_the_disk()
    site.secrets("restore")
    site.refused("hsm-in-use", "hsm", "init", "--root", site / "vendor/root.crt")
    site.recover("--root", site / "vendor/root.crt", "--license", site.lic)
    nothing_is_kept(site)


def row_d(site):
    """HSM died"""
    site.begin()
    site.card_dies()
    site.look_at_the_card(well=False)
    site.have_another_card_endorsed()
    site.stop()
    site.go_on_with_another_card()
    site.start()


def row_e(site):
    """both died, a mirror exists"""
    site.begin()
    site.copy_the_mirror()
    site.happens()
    site.lose_the_disk("lagging")
    site.lose_the_card()
    site.secrets("restore")
    site.restore()
    site.have_another_card_endorsed()
    site.go_on_with_another_card()
    site.start()


def row_f(site):
    """both died, no backup; all seats given, half of the files lost"""
    site.begin()
    site.happens(forgetting=True)
    site.lose_the_disk()
    site.lose_the_card()
    site.secrets("restore")
    site.begin_anew_on_another_card()
    nothing_is_kept(site)


def nothing_is_kept(site):
    site.kept_size = 0
    site.crowd.hold_back()
    site.start()
    site.secrets("restore-keys")
    owners_come_last(site)


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
    site.secrets("backup", "moved.cms")
    site.lose_the_disk("moved", "moved.cms")
    site.secrets("restore", "moved.cms")
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
    site.new_ones_wait("checkpoint-unknown")
    expect(site.server.stop() == 0, "the server did not end well")
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
AT_FULL_USE = "CF"  # nobody new can come
LENDING = "CEFI"  # nothing tells how many seats were given: those without a file are lent one
SEATS_FREE = 200  # beyond the desktops: more than the anchor reserves at a time


def rehearse(letter, desktops):
    """@return the cells of the row's line"""
    full = letter in AT_FULL_USE
    site = Site(desktops, desktops if full else 6 * desktops + SEATS_FREE, MIRROR if letter in "BE" else "")
    try:
        ROWS[letter](site)
        site.answered_again()
        if letter in LENDING:
            check_seats(site, used=site.seats)
        if not full:
            site.crowd.more(desktops // 2)
        site.crowd.stop()
        records, lent = end(site, lends=letter in LENDING)
        silence, of_new_ones = seconds_without(site)
        result = "passed"
        if lent:
            result += f"; {lent} {'without a file' if full else 'new desktops'} got a provisional seat"
        if letter == "D":
            result += f"; new desktops waited {of_new_ones:.1f} s"
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
