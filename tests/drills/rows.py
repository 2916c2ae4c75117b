"""The rows of the design's drill table (section 7), each as an operator lives through it: something happens while desktops
ask, and the operator does what the manual says."""

from desktops_call_in import owners_come_last
from site_of_drill import wait_until

MIRROR = {"more": '[[mirror]]\nfolder = "mirror"\n'}
ANCHOR_FOLDER = {"hsm": 'anchor_folder = "anchor"'}


class Row:
    """A row's line of the table, and how it is played.

    @param full all seats are given, and nobody new can come
    @param lends nothing tells how many seats were given: who comes without a file is lent one
    @param settings of the server
    """

    def __init__(self, play, full=False, lends=False, settings=()):
        self.play, self.full, self.lends, self.settings = play, full, lends, dict(settings)
        self.letter = play.__name__[-1].upper()
        self.what = play.__doc__


ROWS = {}


def row(**how):
    def add(play):
        one = Row(play, **how)
        ROWS[one.letter] = one
        return play
    return add


@row(settings=MIRROR)
def row_a(site):
    """software upgraded (a restart)"""
    site.begin()
    site.mirror_has(site.witness()[1])
    site.prove_what_is_kept(site.crowd.machines()[0])
    site.look_whether_all_is_well()
    site.happens()  # harder than a stop: what was being written is written, or is not there
    site.start()
    site.answered_again()
    site.look_whether_all_is_well()


@row(settings=MIRROR)
def row_b(site):
    """OS reinstalled, a mirror exists"""
    site.begin()
    proof, index = site.witness()
    site.mirror_has(index)
    site.rehearse_a_restore(proof)
    site.copy_the_mirror()
    site.happens()
    site.lose_the_disk("lagging")
    site.secrets("restore")
    site.look_at_the_card()
    site.refused("hsm-in-use", "hsm", "init", *site.root())
    site.restore()
    site.recover()
    site.start()


@row(full=True, lends=True)
def row_c(site):
    """OS reinstalled, no backup; all seats given, half of the files lost"""
    site.begin()
    site.happens(forgetting=True)
    site.lose_the_disk()
    site.secrets("restore")
    site.recover_without_a_log()
    nothing_is_kept(site)


@row()
def row_d(site):
    """HSM died"""
    site.begin()
    site.card_dies()
    site.look_at_the_card(well=False)
    site.have_another_card_endorsed()
    site.stop()
    site.go_on_with_another_card()
    site.start()


@row(lends=True, settings=MIRROR)
def row_e(site):
    """both died, a mirror exists"""
    both_die_and_a_mirror_exists(site)
    site.restore()
    site.have_another_card_endorsed()
    site.go_on_with_another_card()
    site.start()


@row(full=True, lends=True)
def row_f(site):
    """both died, no backup; all seats given, half of the files lost"""
    site.begin()
    site.happens(forgetting=True)
    site.lose_the_disk()
    site.lose_the_card()
    site.secrets("restore")
    witness = next(machine for machine in site.promised if machine not in site.forgotten)
    site.begin_anew_on_another_card("--activation-file", witness.path("activation.proof"))
    nothing_is_kept(site)


@row()
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


@row()
def row_h(site):
    """moved to new hardware"""
    site.begin()
    site.happens(stopped=True)
    site.verify_with(site.export("moved"))
    site.secrets("backup", "moved.cms")
    site.lose_the_disk("moved", "moved.cms")
    site.secrets("restore", "moved.cms")
    site.look_at_the_card()
    site.actledger("restore", site / "moved", *site.root(), "--complete")
    site.start()


@row(lends=True)
def row_i(site):
    """whole VM set back, token included"""
    site.begin()
    site.copy_at_rest("ledger", "tokens")
    site.crowd.more(site.desktops)
    site.happens()
    site.put_back("ledger", "tokens")
    a_desktop_shows_what_it_saw(site)
    site.recover()
    site.start()


@row()
def row_j(site):
    """card driver replaced"""
    site.begin()
    site.actledger("hsm", "check", "--before", site / "driver.txt")
    site.happens(stopped=True)
    site.serve_the_token_elsewhere()
    site.replace_the_driver(site / "driver.txt")
    site.start()
    site.look_whether_all_is_well()


# What rows have in common

def nothing_is_kept(site):
    """The server goes on without its log; keys of pools come back from the safe, and desktops bring what they hold."""
    site.kept_size = 0
    site.crowd.hold_back()
    site.start()
    site.secrets("restore-keys")
    owners_come_last(site)


def both_die_and_a_mirror_exists(site):
    site.begin()
    site.copy_the_mirror()
    site.happens()
    site.lose_the_disk("lagging")
    site.lose_the_card()
    site.secrets("restore")


def a_desktop_shows_what_it_saw(site):
    """Nothing on this machine knows that it was set back; the first desktop that calls tells, and the operator stops it."""
    site.start()
    wait_until(lambda: "checkpoint-unknown" in site.ask("/readyz")[1], "no desktop's checkpoint raised the alarm")
    site.new_ones_wait("checkpoint-unknown")
    site.actledger("status")
    site.stops_well()
