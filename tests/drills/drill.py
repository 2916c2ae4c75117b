"""Plays rows of the drill table on real parts: a server under load from real clients, a SoftHSM2 token, a vendor. Then it
is checked that nobody lost what they were promised. tools/drill --help says how it is called.
"""

import argparse
import json
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/tools/server"))
import further_rows  # noqa: E402,F401  pylint: disable=wrong-import-position,unused-import  # adds its rows
from manual_agrees import manual_agrees  # noqa: E402  pylint: disable=wrong-import-position
from operator_commands import LOCALES  # noqa: E402  pylint: disable=wrong-import-position
from rows import ROWS  # noqa: E402  pylint: disable=wrong-import-position
from site_of_drill import Site  # noqa: E402  pylint: disable=wrong-import-position
from what_must_hold import check_seats, end, seconds_without  # noqa: E402  pylint: disable=wrong-import-position

SEATS_FREE = 200  # beyond the desktops: more than the anchor reserves at a time


def rehearse(row, desktops, language, typed):
    """@param typed gets what operators typed, and what was printed. @return the cells of the row's line"""
    site = Site(desktops, desktops if row.full else 6 * desktops + SEATS_FREE, language=language, **row.settings)
    try:
        row.play(site)
        site.answered_again()
        if row.lends:
            check_seats(site, used=site.seats + site.beyond)
        if not row.full:
            site.crowd.more(desktops // 2)
        site.crowd.stop()
        records, lent = end(site, lends=row.lends)
        silence, of_new_ones = seconds_without(site)
        result = "passed"
        if lent:
            result += f"; {lent} {'without a file' if row.full else 'new desktops'} got a provisional seat"
        if row.letter in "DP":
            result += f"; new desktops waited {of_new_ones:.1f} s"
        return [str(len(site.promised)), str(records), str(site.licenses_reissued()), f"{silence:.1f}", result]
    finally:
        typed += site.typed
        site.close()


def play(letters, desktops, language, folder):
    """@return lines of the table, how many failed, and what operators typed and saw"""
    lines, failed, typed = [], 0, []
    for letter in letters:
        row = ROWS[letter]
        print(f"row {letter}: {row.what} ...", file=sys.stderr, flush=True)
        begun, of_row = time.monotonic(), []
        try:
            cells = rehearse(row, desktops, language, of_row)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            failed += 1
            cells = ["", "", "", "", "FAILED"]
        if folder:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"{letter}.{language}"), "w", encoding="utf-8") as file:
                file.writelines(json.dumps(command) + "\n" for command in of_row)
        typed += of_row
        lines.append([letter, row.what, *cells])
        print(f"row {letter}: {cells[-1]} after {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return lines, failed, typed


def main():
    parser = argparse.ArgumentParser(prog="tools/drill", description="Rehearses rows of the drill table on real parts.",
                                     epilog="; ".join(f"{letter}: {row.what}" for letter, row in sorted(ROWS.items())))
    parser.add_argument("rows", nargs="+", metavar="ROW", help="A to W, or all")
    parser.add_argument("--desktops", type=int, default=40, help="desktops before it happens (%(default)s)")
    parser.add_argument("--lang", choices=LOCALES, default="en", help="what operators and programs speak (%(default)s)")
    parser.add_argument("--typed", metavar="FOLDER", help="write what operators typed and saw to this folder, a file a row")
    options = parser.parse_args()
    if options.desktops < 6:
        parser.error("--desktops: at least 6")
    letters = sorted(ROWS) if "all" in options.rows else [row.upper() for row in options.rows]
    for letter in letters:
        if letter not in ROWS:
            parser.error(f"there is no row {letter}")
    lines, failed, typed = play(letters, options.desktops, options.lang, options.typed)
    print("| row | what happened | activations before | after | licences reissued | s without service | result |")
    print("|---|---|---|---|---|---|---|")
    for line in lines:
        print("| " + " | ".join(line) + " |")
    agrees = letters != sorted(ROWS) or failed or manual_agrees({options.lang: typed})
    return 1 if failed or not agrees else 0


if __name__ == "__main__":
    sys.exit(main())
