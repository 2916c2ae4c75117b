"""What is checked after a row, whichever it was, and what is counted for its line of the table."""

import json

from desktops import longest_silence
from operator_commands import expect
from site_of_drill import wait_until


def check_seats(site, **expected):
    """What `actledger license list` says of the one licence."""
    license_ = site.license()
    found = {name: license_[name] for name in expected}
    expect(found == expected, f"the licence has {found} and not {expected}")


def is_lent(site, promise):
    """Whether the activation is a provisional seat, as the server has it now."""
    status, text = site.ask(f"/v1/activations/{promise.activation}")
    expect(status == 200, f"activation {promise.activation} is not in the ledger: {text}")
    return json.loads(text)["activation"].get("standing") == "provisional"


def check_promise(site, machine, origin):
    """One desktop: what it was promised first, and what it has now. @return whether it holds what it held"""
    promise, now = site.crowd.promises[machine], site.crowd.answers[machine]
    site.verify_file(promise.file)
    if machine in site.forgotten:
        expect(now.activation != promise.activation, "a desktop without its file was taken for the owner of its seat")
        return False
    expect(now.activation == promise.activation, f"activation {promise.activation} became {now.activation}")
    kept = promise.index < site.kept_size if machine in site.promised else promise.origin == origin
    status, served = site.ask(f"/v1/activations/{promise.activation}/file")
    expect(status == 200, f"activation {promise.activation} has no file: {served}")
    expect(served == now.file, f"the server and the desktop have different files of {promise.activation}")
    if kept:
        expect(served == promise.file, f"the file of {promise.activation} is another one than was promised")
    elif machine in site.promised:
        expect(now.origin == origin, f"activation {promise.activation} was lost and is not signed anew")
        site.verify_file(now.file)
    return True


def end(site, lends):
    """Everybody has asked once more, and the crowd has stopped.

    @param lends whether who has no file is lent a seat after this row: none is known to be free
    @return how many of the promised activations the ledger has, and how many desktops were lent a seat
    """
    promises, answers = site.crowd.promises, site.crowd.answers
    origin = site.status()["origin"]
    holding = {machine for machine in promises if check_promise(site, machine, origin)}
    expect(len({promise.activation for promise in answers.values()}) == len(promises), "two desktops have one activation")
    records = len(holding & set(site.promised))
    expect(records + len(site.forgotten) == len(site.promised),
           f"{records} of {len(site.promised)} promised activations are in the ledger")

    lent = {machine for machine in promises if is_lent(site, answers[machine])}
    without_file = {machine for machine in promises if promises[machine].origin == origin and machine not in site.promised}
    expect(lent == (without_file | site.forgotten if lends else set()), f"{len(lent)} seats are lent, not those expected")
    license_ = site.license()
    granted = len(promises) - len(lent)
    expect((license_["held"], license_["provisional"]) == (len(promises), len(lent)),
           f"{license_['held']} seats are held, {license_['provisional']} of them lent, by {len(promises)} desktops")
    expect(license_["used"] == granted + max(license_["unclaimed"], len(lent)) <= site.seats + site.beyond,
           f"{license_['used']} of {site.seats} seats are used, {license_['unclaimed']} of them unclaimed")
    if site.has_mirror():
        wait_until(site.mirror_is_up_to_date, "the mirror never caught up")

    site.stops_well()
    held = site.verify()["ledger"]["seats_held"]
    expect(held == len(promises), f"{held} seats for {len(promises)} desktops")
    expect(site.licenses_reissued() == 0, "a licence was reissued")
    return records, len(lent)


def seconds_without(site):
    """@return the longest time in which no desktop was answered, and in which no new one was"""
    return (longest_silence(site.crowd.answered_at, site.happened_at),
            longest_silence(site.crowd.seated_at, site.happened_at))
