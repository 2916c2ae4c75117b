"""After the log was lost: who comes when, what people decide, and whose the seats are then (manual, "Desktops call in")."""

import os

from operator_commands import expect
from what_must_hold import check_seats, is_lent


def owners_come_last(site):
    """At full use after the log was lost, and worst of all: those without a file, and as many strangers as there are
    seats for, ask before the owners do. The server was just started, and everybody is held back."""
    quantity, without_file = site.seats, len(site.forgotten)
    check_seats(site, quantity=quantity, used=quantity, unclaimed=quantity, held=0)
    owners = set(site.promised) - site.forgotten
    collected, late, *_ = owners  # one's file is brought by people; one is on holiday

    site.crowd.hold_back(owners.__contains__)
    strangers = site.crowd.more(quantity - without_file)
    site.crowd.ask_again(site.forgotten | strangers)
    for machine in site.forgotten | strangers:
        expect(is_lent(site, site.crowd.answers[machine]), "a desktop without a file got more than a provisional seat")
    check_seats(site, used=quantity, unclaimed=quantity, held=quantity, provisional=quantity)
    site.new_one_refused("quota-reached")

    site.crowd.hold_back({collected, late}.__contains__)
    site.crowd.ask_again(owners - {collected, late})
    check_seats(site, unclaimed=without_file + 2, held=quantity + len(owners) - 2, provisional=quantity)
    site.crowd.leave(set(list(strangers)[1:]))
    check_seats(site, used=quantity, unclaimed=without_file + 2, held=quantity - 1, provisional=without_file + 1)

    files_are_collected(site, collected)
    site.crowd.hold_back({late}.__contains__)
    site.crowd.ask_again({collected})
    check_seats(site, used=quantity, unclaimed=without_file + 1, held=quantity, provisional=without_file + 1)
    people_decide(site, late)


def files_are_collected(site, machine):
    """One of a desktop that does not call; and that somebody altered, and that was cut: of no use, and no harm."""
    file = site.promised[machine].file
    os.makedirs(site / "share")
    for name, text in (("its", file), ("altered", file.replace("index ", "index 1", 1)), ("cut", file[:len(file) // 2])):
        site.write(f"share/{name}.proof", text)
    for outcome in ("adopted", "unchanged"):  # safe to repeat
        told = site.adopt(site / "share", code="recover-files-refused")
        expect(f"{outcome}\t{site / 'share/its.proof'}" in told, f"the file is not {outcome}: {told}")
        expect(told.count("refused\t") == 2, f"the altered files are not refused: {told}")
    site.actledger("license", "list")


def people_decide(site, late):
    """What nobody claims is freed, and those who were lent seats stand on the free ones. Then the owner comes after all, and
    goes beyond the licence; who is no more does not."""
    without_file = len(site.forgotten)
    site.free_what_nobody_claims()
    check_seats(site, used=site.seats, unclaimed=0, held=site.seats, provisional=without_file + 1)
    waits = late.activate(check=False)
    expect("adoption-pending" in waits.stderr, f"the late owner was not told to wait: {waits.stderr}")
    site.decide("approve", site.promised[late].activation)
    site.beyond = 1
    site.crowd.let_in()
    site.crowd.ask_again({late})

    # What was found on a share: of one whose disk was made anew since, which has its seat; and of one that is no more.
    os.makedirs(site / "found")
    site.write("found/before.proof", site.promised[next(iter(site.forgotten))].file)
    site.write("found/scrapped.proof", site.scrapped.file)
    told = site.adopt(site / "found")
    expect(f"unchanged\t{site / 'found/before.proof'}" in told, f"the old file of a desktop with a seat counts: {told}")
    expect(f"pending\t{site / 'found/scrapped.proof'}" in told, f"the file of a desktop that is no more: {told}")
    site.decide("refuse", site.scrapped.activation)
    check_seats(site, used=site.seats + 1, unclaimed=0, held=site.seats + 1, provisional=without_file + 1)
