"""What the manual's pages on recovery and on the HSM tell operators to do besides the rows of the design's table: a key is
rotated or destroyed, a ledger is damaged, a row is lived through under a later key or with less than the row has left."""

from rows import (ANCHOR_FOLDER, MIRROR, a_desktop_shows_what_it_saw, both_die_and_a_mirror_exists, nothing_is_kept, row)


@row()
def row_k(site):
    """key rotated, the old one destroyed"""
    site.begin()
    site.happens(stopped=True)
    site.rotates()


@row(full=True, lends=True)
def row_l(site):
    """as C, after the key was rotated"""
    site.begin()
    site.stop()
    site.rotates()
    site.happens(forgetting=True)
    site.lose_the_disk()
    site.secrets("restore")
    site.look_at_the_card()
    site.refused("recover-certificate-needed", "recover", "--dry-run", *site.root(), "--license", site.lic)
    site.recover_without_a_log("--certificate", site.crt)
    nothing_is_kept(site)


@row(lends=True)
def row_m(site):
    """as I, set back to before the key was rotated"""
    site.begin()
    site.copy_at_rest("ledger", "tokens")
    site.stop()
    site.rotates()
    site.crowd.more(site.desktops)
    site.happens()
    site.put_back("ledger", "tokens")
    a_desktop_shows_what_it_saw(site)
    site.refused("hand-over-missing", "recover", "--dry-run")
    site.name_another_key()
    site.have_another_card_endorsed("--again")
    site.go_on_with_another_card("--restored")
    site.forgotten = site.promised_under(f"{site.server_id}/2")  # what that key gave is not known here
    site.start()
    site.answered_again()
    site.destroy_the_key_of_the_old_name()
    site.look_at_the_card()


@row(settings=MIRROR)
def row_n(site):
    """ledger damaged, a mirror exists"""
    site.begin()
    site.happens()
    site.disk_damages_the_log()
    site.expect_no_start("log-damaged")
    site.verify_with(site / "mirror")
    site.refused("log-exists", "restore", site / "mirror", *site.root())
    site.restore_from_the_mirror("--replace")
    site.recover()
    site.start()


@row(full=True, lends=True)
def row_o(site):
    """ledger damaged, no copy; all seats given, half of the files lost"""
    site.begin()
    site.happens(forgetting=True)
    site.disk_damages_the_log()
    site.expect_no_start("log-damaged")
    site.refused("recover-log-damaged", "recover", "--dry-run", *site.root(), "--license", site.lic)
    site.put_the_log_aside()
    site.recover_without_a_log()
    nothing_is_kept(site)


@row()
def row_p(site):
    """card's PIN changed behind the server's back"""
    site.begin()
    site.pin_is_wrong()
    site.look_at_the_card(well=False)
    site.refused_to_try_again()
    site.write("pin", "another-pin\n")
    site.look_at_the_card()
    site.actledger("hsm", "retry")


@row()
def row_q(site):
    """key destroyed on purpose, and the server wanted again"""
    site.begin()
    site.export()
    site.happens(stopped=True)
    site.clear(site.export())
    site.verify_with(site.export())  # has the last event, too
    site.expect_refusal("key-cleared")
    site.have_another_card_endorsed()
    site.go_on_with_another_card()
    site.start()


@row()
def row_r(site):
    """as F, and no desktop has a file that is of use"""
    site.begin()
    trial = site.issue(5, product="trial")  # never imported
    site.happens(stopped=True)
    site.forgotten = set(site.promised)
    site.lose_the_disk()
    site.lose_the_card()
    site.secrets("restore")
    site.kept_size = 0
    site.begin_anew_on_another_card("--no-activation-file", open_seats=site.seats - len(site.promised), given_up=trial)
    site.start()
    site.secrets("restore-keys")


@row(lends=True, settings=MIRROR)
def row_s(site):
    """as E, and somebody initialised the new card"""
    both_die_and_a_mirror_exists(site)
    site.actledger("hsm", "init", *site.root(), "--so-pin-file", site / "so-pin")
    site.restore("--replace")
    site.refused("hsm-in-use", "hsm", "replace", "--request", site / "server.req")
    site.name_another_key()
    site.have_another_card_endorsed()
    site.go_on_with_another_card()
    site.start()


@row(settings=ANCHOR_FOLDER)
def row_t(site):
    """as I, and the anchor was kept on another disk"""
    site.begin()
    site.copy_at_rest("ledger", "tokens")
    site.crowd.more(site.desktops)
    site.happens(stopped=True)
    site.put_back("ledger", "tokens")
    site.expect_refusal("log-behind-anchor")
    site.recover()
    site.start()


@row()
def row_u(site):
    """as G, and only a person knows it"""
    site.begin()
    site.copy_at_rest("ledger")
    site.crowd.more(site.desktops // 2)
    site.happens()
    site.put_back("ledger")
    site.recover("--restored")
    site.start()


@row()
def row_v(site):
    """as G, set back to before the key was rotated"""
    site.begin()
    site.copy_at_rest("ledger")
    site.stop()
    site.rotates()
    site.crowd.more(site.desktops)
    site.happens()
    site.put_back("ledger")
    site.expect_refusal("hand-over-missing")
    site.put_the_log_aside()
    site.kept_size = 0
    site.recover_without_a_log("--certificate", site.crt)
    site.start()
    site.secrets("restore-keys")


@row()
def row_w(site):
    """desktops moved over from the previous product"""
    site.begin()
    table, moving = site.desktops_of_the_previous_product(site.desktops)
    site.move_begins()
    site.import_the_previous_records(table)
    retired, goes_back, *others = moving
    site.moves_over(others)
    site.goes_back(goes_back)
    site.refused_to_free(retired)
    site.stop()
    site.start(clock="+2d")  # the time for which seats were kept is over
    site.sign_off(retired)
