#include "api/commands/recovery_commands.hpp"
#include "tests/api/commands/memory_server.hpp"
#include "tests/projections/lost_seats.hpp"

using namespace api::commands;
using support::code_of;
using support::lost_proof;
using support::lost_seat;
using support::MemoryLedger;
using support::own_device;
using Change = SeatDecision::Change;
using projections::SeatStanding;

namespace {

/// The log of a licence of `quantity` seats was lost, when `reserved` of them may have been given.
struct Fixture : support::MemoryServer {
    Fixture() { lose(3, 3); }

    enum class Lost { and_served_again, and_opened_only };
    void lose(std::uint64_t quantity, std::uint64_t reserved, std::optional<ledger::LeaseTerms> lease = {},
              Lost how = Lost::and_served_again) {
        ledger::LicenseTerms terms = MemoryLedger::terms("L" + std::to_string(++licenses), quantity);
        if (lease) terms.lease = *lease;
        id = terms.license_id;
        REQUIRE(import(terms));
        if (licenses == 1) open_enrolment();
        ++incarnation;
        const std::string anchor = support::lost_anchor({{id, reserved}}, incarnation - 1);
        const auto known = ledger::KnownHead::parse(anchor).value();
        write({people,
               ledger::IncarnationOpened{incarnation, ledger::IncarnationOpened::Reason::anchor, "kept\n", anchor,
                                         projections::unclaimed_seats(decider.state(), &*known.anchor)},
               {}});
        if (how == Lost::and_served_again) write({{}, ledger::ServerStarted{"1.0"}, {}});
    }
    [[nodiscard]] AdoptSeat present(const ledger::Seat& seat, std::uint64_t index = 6, std::uint32_t of = 1) {
        ledger::AdoptionProven proven = lost_proof(seat, index, of);
        auto read = ledger::read_adoption(proven).value();
        return {request(seat.components), {std::move(proven), std::move(read)}};
    }
    [[nodiscard]] ImportAdoption collect(const ledger::Seat& seat, std::uint64_t index = 6) {
        return {people, present(seat, index).proof};
    }
    [[nodiscard]] projections::LicenseIndex license() const { return decider.state().licenses().find(id).value(); }
    [[nodiscard]] std::uint64_t used() const { return decider.state().seats().used(license()); }
    [[nodiscard]] std::uint64_t unclaimed() const { return decider.state().seats().unclaimed_of(license()); }
    [[nodiscard]] std::uint64_t held() const { return decider.state().seats().held(); }
    [[nodiscard]] SeatStanding standing(const ledger::ActivationId& of) const {
        return decider.state().seats().find(of).value().standing;
    }
    [[nodiscard]] ledger::Seat seat_of(std::uint64_t device) const { return lost_seat(device, id); }

    const ledger::Actor people{
        ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}};
    std::string id;
    int licenses = 0;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "L4: what a desktop proves is held again, and is unclaimed no more") {
    const auto adopted = run(present(seat_of(1))).value();
    CHECK(adopted.change == Change::adopted);
    CHECK(adopted.seat.activation_id == seat_of(1).activation_id);
    CHECK(adopted.current == events.back().sequence_number);
    CHECK(adopted.activated == adopted.current);
    CHECK(unclaimed() == 2);
    CHECK(used() == 3);
    CHECK(standing(seat_of(1).activation_id) == SeatStanding::unconfirmed);
    CHECK(decider.state().seats().unconfirmed() == 1);
}

TEST_CASE_METHOD(Fixture, "L5: the same proof again is the same answer, and writes nothing") {
    const auto first = run(present(seat_of(1))).value();
    const auto again = run(present(seat_of(1))).value();
    CHECK(again.decision.drafts.empty());
    CHECK(again.decision.rests_on == first.current);
    CHECK(again.seat == first.seat);
    CHECK(unclaimed() == 2);
}

TEST_CASE_METHOD(Fixture, "adopt: the highest index wins, and an older file is superseded") {
    REQUIRE(run(present(seat_of(1), 6)));
    CHECK(code_of(run(present(seat_of(1), 5))) == "adoption-superseded");
    const auto newer = run(present(seat_of(1), 9)).value();
    CHECK(newer.change == Change::adopted);
    CHECK(held() == 1);
    CHECK(unclaimed() == 2);  // it was counted already
}

TEST_CASE_METHOD(Fixture, "adopt: a renewal that was lost is adopted over the seat that the log has kept") {
    lose(5, 3);
    const auto kept = activate(own_device(11)).value();
    REQUIRE(kept.change == Change::created);
    lose(1, 1);
    const std::uint64_t before = decider.state().seats().unclaimed().all().size();
    const std::size_t written = events.size();
    CHECK(code_of(run(present(kept.seat, kept.current.value, incarnation - 1))) == "success");  // what the log has
    CHECK(events.size() == written);
    const auto adopted = run(present(kept.seat, 900, incarnation - 1)).value();
    CHECK(adopted.change == Change::adopted);
    CHECK(adopted.activated == kept.activated);
    CHECK(held() == 1);
    CHECK(decider.state().seats().unclaimed().all().size() == before);  // it was counted already
    REQUIRE(run(renewal(kept.seat.activation_id)).value().change == Change::renewed);
    CHECK(code_of(run(present(kept.seat, 901, incarnation - 1))) == "adoption-superseded");  // renewed since
}

TEST_CASE_METHOD(Fixture,
                 "L4: a desktop whose seat is kept for it under the same id takes that, and no unclaimed one") {
    lose(5, 3);
    const ledger::Seat seat = seat_of(1);
    write({people,
           ledger::LegacySeatReserved{
               seat.activation_id, id, seat.product, seat.components, {}, {}, now + ledger::day * 90},
           {}});
    REQUIRE(used() == 4);
    REQUIRE(run(present(seat)).value().change == Change::adopted);
    CHECK(unclaimed() == 3);  // these have other owners
    CHECK(decider.state().seats().legacy().open() == 0);
    CHECK(used() == 4);
    for (std::uint64_t owner = 2; owner <= 4; ++owner) REQUIRE(run(present(seat_of(owner))));
    CHECK(used() == 4);
    CHECK(unclaimed() == 0);
}

TEST_CASE_METHOD(Fixture, "adopt: a file of another device, product, licence, or one that was given back, is refused") {
    ledger::Seat other_key = seat_of(1);
    other_key.device_public_key = {9, 9};
    CHECK(code_of(run(present(other_key))) == "adoption-other-device");
    AdoptSeat copied = present(seat_of(1));
    copied.ask.components = own_device(2);
    CHECK(code_of(run(copied)) == "adoption-other-device");
    AdoptSeat other_product = present(seat_of(1));
    other_product.ask.product = "another";
    CHECK(code_of(run(other_product)) == "adoption-other-product");
    CHECK(code_of(run(present(lost_seat(1, "never-imported")))) == "adoption-license-unknown");
    CHECK(unclaimed() == 3);
    CHECK(held() == 0);

    REQUIRE(run(present(seat_of(1))));
    REQUIRE(run(ReleaseSeat{seat_of(1).activation_id, DeviceKeyProof{{7, 7, 7}}}));
    CHECK(code_of(run(present(seat_of(1)))) == "adoption-released");
    CHECK(code_of(run(present(seat_of(1), 60))) == "adoption-released");
}

TEST_CASE_METHOD(Fixture, "adopt: under a licence that was revoked nothing is adopted") {
    ledger::Revocation revocation;
    revocation.revocation_id = "R";
    revocation.issued_at = support::license_made_at;
    revocation.license_ids = {id};
    const auto bin =
        ledger::make_revocation(revocation, {MemoryLedger::vendor().issuer}, MemoryLedger::vendor().issuer_key);
    write({people, ledger::RevocationImported{"R", bin.value()}, {}});
    CHECK(code_of(run(present(seat_of(1)))) == "adoption-license-revoked");
}

TEST_CASE_METHOD(Fixture, "adopt: a lease that is over proves nothing that is still due") {
    lose(3, 3, MemoryLedger::leased(30, 20, 5));
    ledger::Seat seat = seat_of(1);
    seat.lease_ends = now + ledger::day;
    seat.grace_ends = now + ledger::day * 2;
    const auto fresh = run(present(seat)).value();
    CHECK(fresh.seat.lease_ends == now + ledger::day * 30);  // from now on
    ledger::Seat over = seat_of(2);
    over.lease_ends = now - ledger::day * 2;
    over.grace_ends = now - ledger::day;
    CHECK(code_of(run(present(over))) == "adoption-lease-over");
}

TEST_CASE_METHOD(Fixture, "L4: a device that took a seat meanwhile keeps one, and the other goes back") {
    const auto lent = activate(own_device(1)).value();
    REQUIRE(lent.change == Change::lent);
    const auto adopted = run(present(seat_of(1))).value();
    CHECK(adopted.change == Change::adopted);
    CHECK(held() == 1);
    CHECK(unclaimed() == 2);
    CHECK(decider.state().seats().lent() == 0);
    CHECK(code_of(run(renewal(lent.seat.activation_id))) == "activation-released");

    Fixture more;
    more.lose(5, 3);
    const auto free = more.activate(own_device(9)).value();
    REQUIRE(free.change == Change::created);
    REQUIRE(free.seat.license_id == more.id);
    CHECK(more.run(more.present(more.seat_of(9))).value().change == Change::adopted);
    CHECK(more.held() == 1);
    CHECK(more.used() == 3);  // its free seat is free again, and one fewer is unclaimed
}

TEST_CASE_METHOD(Fixture, "L4: files of several activations of one device claim one seat, whatever their order") {
    const auto earlier = [&](std::uint64_t activation) {
        ledger::Seat seat = seat_of(1);
        seat.activation_id = seat_of(activation).activation_id;
        return seat;
    };
    REQUIRE(run(present(earlier(50), 20)).value().change == Change::adopted);
    for (std::uint64_t i = 51; i < 60; ++i) {
        const auto kept = run(present(earlier(i), i % 2 == 0 ? i : 70 - i)).value();
        CHECK(kept.change == Change::unchanged);
        CHECK(kept.seat.activation_id == earlier(50).activation_id);
        CHECK(run(collect(earlier(i), 90)).value().change == Change::unchanged);
    }
    CHECK(unclaimed() == 2);
    CHECK(used() == 3);
    CHECK(activate(own_device(21)).value().change == Change::lent);  // none is free

    Fixture kept;  // the log has one activation of the device, and a later one was lost
    kept.lose(5, 3);
    const auto first = kept.activate(own_device(11)).value();
    REQUIRE(first.seat.license_id == kept.id);
    kept.lose(1, 1);
    kept.id = first.seat.license_id;
    const std::uint64_t used_before = kept.used();
    const std::uint64_t unclaimed_before = kept.unclaimed();
    REQUIRE(unclaimed_before > 0);
    ledger::Seat later = first.seat;
    later.activation_id = kept.seat_of(61).activation_id;
    CHECK(kept.run(kept.present(later, 900, kept.incarnation - 1)).value().change == Change::unchanged);
    CHECK(kept.used() == used_before);
    CHECK(kept.unclaimed() == unclaimed_before);
}

TEST_CASE_METHOD(Fixture, "L4: an adoption over a seat that was lent takes an unclaimed one, or nothing") {
    const auto lent = activate(own_device(21)).value();
    REQUIRE(lent.change == Change::lent);
    // Another loss: what the log does not have any more is that the loan became an ordinary seat.
    ++incarnation;
    const std::string anchor = support::lost_anchor({{id, 3}}, incarnation - 1);
    const auto known = ledger::KnownHead::parse(anchor).value();
    write({people,
           ledger::IncarnationOpened{incarnation, ledger::IncarnationOpened::Reason::anchor, "kept\n", anchor,
                                     projections::unclaimed_seats(decider.state(), &*known.anchor)},
           {}});
    ledger::Seat granted = lent.seat;
    granted.lease_ends = granted.grace_ends = {};
    SECTION("with an unclaimed one") {
        CHECK(run(present(granted, 900, 2)).value().change == Change::adopted);
        CHECK(unclaimed() == 2);
        CHECK(used() == 3);
        CHECK(decider.state().seats().lent() == 0);
    }
    SECTION("with none left it keeps what it was lent") {
        for (std::uint64_t device = 1; device <= 3; ++device) REQUIRE(run(present(seat_of(device))));
        const auto kept = run(present(granted, 900, 2)).value();
        CHECK(kept.change == Change::unchanged);
        CHECK(kept.standing == SeatStanding::lent);
        CHECK(held() == 4);
        CHECK(used() == 4);  // the loan, until it ends
    }
}

TEST_CASE_METHOD(Fixture,
                 "L4: beyond what is unclaimed a proof takes a free seat, else it waits for an administrator") {
    lose(2, 1);
    REQUIRE(run(present(seat_of(1))).value().change == Change::adopted);
    const auto free = run(present(seat_of(2))).value();
    CHECK(free.change == Change::created);
    CHECK(free.seat.activation_id != seat_of(2).activation_id);
    // Seats of the first licence of the fixture are unclaimed, and none of the product is free.
    const auto waits = run(present(seat_of(3))).value();
    CHECK(waits.change == Change::pending);
    const auto number = events.size();
    CHECK(run(present(seat_of(3))).value().change == Change::pending);
    CHECK(events.size() == number);  // on record once
    CHECK(decider.state().adoptions().pending() == 1);

    CHECK(code_of(run(ApproveAdoption{people, seat_of(9).activation_id})) == "adoption-unknown");
    const auto approved = run(ApproveAdoption{people, seat_of(3).activation_id}).value();
    CHECK(approved.change == Change::adopted);
    CHECK(used() == 3);  // of 2, and an event says who agreed
    CHECK(events.back().actor == people);
    CHECK(code_of(run(ApproveAdoption{people, seat_of(3).activation_id})) == "adoption-unknown");
}

TEST_CASE_METHOD(Fixture, "adopt: what an administrator refused stays refused, until something newer is shown") {
    lose(1, 1);
    REQUIRE(run(present(seat_of(1))));
    REQUIRE(run(present(seat_of(2))).value().change == Change::pending);
    REQUIRE(run(RefuseAdoption{people, seat_of(2).activation_id}));
    CHECK(code_of(run(present(seat_of(2)))) == "adoption-refused");
    CHECK(run(present(seat_of(2), 9)).value().change == Change::pending);
    CHECK(code_of(run(RefuseAdoption{people, seat_of(1).activation_id})) == "adoption-unknown");
}

TEST_CASE_METHOD(Fixture, "adopt: what waits is not approved once its licence is revoked") {
    lose(1, 1);
    REQUIRE(run(present(seat_of(1))));
    REQUIRE(run(present(seat_of(2))).value().change == Change::pending);
    ledger::Revocation revocation;
    revocation.revocation_id = "R";
    revocation.issued_at = support::license_made_at;
    revocation.license_ids = {id};
    const auto bin =
        ledger::make_revocation(revocation, {MemoryLedger::vendor().issuer}, MemoryLedger::vendor().issuer_key);
    write({people, ledger::RevocationImported{"R", bin.value()}, {}});
    CHECK(code_of(run(ApproveAdoption{people, seat_of(2).activation_id})) == "adoption-license-revoked");
    CHECK(code_of(run(RefuseAdoption{people, seat_of(2).activation_id})) == "success");
}

TEST_CASE_METHOD(Fixture, "adopt: a collected file is adopted without its device, which confirms it when it calls") {
    const auto collected = run(collect(seat_of(1))).value();
    CHECK(collected.change == Change::adopted);
    CHECK(standing(seat_of(1).activation_id) == SeatStanding::collected);
    CHECK(run(collect(seat_of(1))).value().decision.drafts.empty());
    const auto confirmed = run(present(seat_of(1))).value();
    CHECK(confirmed.change == Change::renewed);
    CHECK(standing(seat_of(1).activation_id) == SeatStanding::granted);
    CHECK(decider.state().seats().unconfirmed() == 0);
    lose(1, 1);
    REQUIRE(run(collect(seat_of(2))));
    CHECK(run(collect(seat_of(3))).value().change == Change::pending);  // never a free seat
}

TEST_CASE_METHOD(Fixture, "adopt: the first renewal that the device signs confirms the seat") {
    REQUIRE(run(present(seat_of(1))));
    CHECK(run(renewal(seat_of(1).activation_id)).value().change == Change::renewed);  // also of a perpetual one
    CHECK(standing(seat_of(1).activation_id) == SeatStanding::granted);
    CHECK(run(renewal(seat_of(1).activation_id)).value().change == Change::unchanged);
}

TEST_CASE_METHOD(Fixture,
                 "L4: whoever comes without a file gets a free seat first, then an unclaimed one for a while") {
    lose(5, 3);
    for (std::uint64_t device = 11; device <= 12; ++device) {
        const auto free = activate(own_device(device)).value();
        CHECK(free.change == Change::created);
        CHECK(free.seat.license_id == id);
    }
    std::vector<ledger::ActivationId> lent;
    for (std::uint64_t device = 21; device <= 26; ++device) {  // 3 of this licence, 3 of the fixture's first
        const auto one = activate(own_device(device)).value();
        CHECK(one.change == Change::lent);
        CHECK(one.seat.lease_ends == now + ledger::day * 7);
        CHECK(one.seat.grace_ends == one.seat.lease_ends);
        CHECK(one.renew_after == now + ledger::hour * 84);
        lent.push_back(one.seat.activation_id);
    }
    CHECK(used() == 5);  // a lent seat does not count beside the unclaimed one that it stands on
    CHECK(code_of(activate(own_device(30))) == "quota-reached");
    CHECK(run(request(own_device(21))).value().change == Change::unchanged);  // L5

    now = now + ledger::day * 4;
    const auto on = run(renewal(lent[0])).value();
    CHECK(on.standing == SeatStanding::lent);
    CHECK(on.seat.lease_ends == now + ledger::day * 7);
    now = now + ledger::day * 4;
    CHECK(expire() == 5);
    CHECK(held() == 3);
}

TEST_CASE_METHOD(Fixture, "L4: the proof wins over a lent seat, which ends when nothing is unclaimed for it any more") {
    const auto lent = activate(own_device(21)).value();
    for (std::uint64_t device = 1; device <= 3; ++device) {
        REQUIRE(run(present(seat_of(device))).value().change == Change::adopted);
    }
    CHECK(used() == 4);  // of 3, until the lent one ends
    now = now + ledger::day * 4;
    CHECK(code_of(run(renewal(lent.seat.activation_id))) == "quota-reached");
    now = now + ledger::day * 4;
    CHECK(expire() == 1);
    CHECK(used() == 3);
}

TEST_CASE_METHOD(Fixture, "L4: a lent seat becomes an ordinary one as soon as one is free") {
    const auto lent = activate(own_device(21)).value();
    now = now + ledger::day * 31;
    CHECK(expire() == 1);
    const auto again = activate(own_device(21)).value();
    REQUIRE(again.change == Change::lent);
    REQUIRE(run(FreeUnclaimed{people, id, 3}));
    now = now + ledger::day * 4;
    const auto granted = run(renewal(again.seat.activation_id)).value();
    CHECK(granted.standing == SeatStanding::granted);
    CHECK(granted.seat.lease_ends.us == 0);
    CHECK(decider.state().seats().lent() == 0);
    CHECK(used() == 1);
    CHECK(lent.change == Change::lent);
}

TEST_CASE_METHOD(Fixture, "free: two people free what is unclaimed, after a stated time and never more") {
    CHECK(code_of(run(FreeUnclaimed{people, id, 1})) == "free-too-early");
    now = now + ledger::day * 30;
    CHECK(code_of(run(FreeUnclaimed{people, id, 4})) == "free-too-many");
    CHECK(code_of(run(FreeUnclaimed{people, "nonsense", 1})) == "license-unknown");
    REQUIRE(run(FreeUnclaimed{people, id, 1}));
    CHECK(unclaimed() == 2);
    REQUIRE(run(FreeUnclaimed{people, id, std::nullopt}));
    CHECK(unclaimed() == 0);
    CHECK(run(FreeUnclaimed{people, id, std::nullopt}).value().drafts.empty());
    CHECK(activate(own_device(50)).value().change == Change::created);
    CHECK(run(present(seat_of(1))).value().change == Change::created);  // an ordinary one: nothing is unclaimed
}

TEST_CASE_METHOD(Fixture, "free: desktops have the whole time to call, however old the copy that was kept") {
    lose(3, 3, {}, Lost::and_opened_only);  // bears the time of the last event that the copy has
    now = now + ledger::day * 29;           // when it was served again
    write({{}, ledger::ServerStarted{"1.0"}, {}});
    now = now + ledger::day * 29;
    CHECK(code_of(run(FreeUnclaimed{people, id, 1})) == "free-too-early");
    now = now + ledger::day;
    CHECK(code_of(run(FreeUnclaimed{people, id, 1})) == "success");
}

TEST_CASE_METHOD(Fixture, "free: while time is in doubt nothing is freed, and the time before does not count") {
    lose(3, 3, {}, Lost::and_opened_only);
    write({{}, ledger::TimePutInDoubt{now + ledger::day * 90}, {}});
    CHECK(code_of(run(FreeUnclaimed{people, id, 1})) == "free-time-in-doubt");
    write({person, ledger::TimeConfirmed{now + ledger::day * 90}, {}});
    now = now + ledger::day * 90;
    CHECK(code_of(run(FreeUnclaimed{people, id, 1})) == "free-too-early");
    write({{}, ledger::ServerStarted{"1.0"}, {}});
    now = now + ledger::day * 30 - ledger::hour;
    CHECK(code_of(run(FreeUnclaimed{people, id, 1})) == "free-too-early");
    now = now + ledger::hour;
    CHECK(code_of(run(FreeUnclaimed{people, id, 1})) == "success");
}

TEST_CASE_METHOD(Fixture, "free: the waiting time and the provisional lease are settings") {
    REQUIRE(run(ChangeSetting{person, "unclaimed_free_after_days", "0"}));
    CHECK(code_of(run(FreeUnclaimed{people, id, 1})) == "success");
    REQUIRE(run(ChangeSetting{person, "provisional_lease_days", "2"}));
    CHECK(activate(own_device(21)).value().change == Change::created);
    CHECK(activate(own_device(22)).value().seat.lease_ends == now + ledger::day * 2);
    for (const char* wrong : {"0", "91", "true", "\"7\"", "1.5", "-1", "07"}) {
        CHECK(code_of(run(ChangeSetting{person, "provisional_lease_days", wrong})) == "setting-value-invalid");
    }
}

TEST_CASE_METHOD(Fixture,
                 "adopt: a file is verified as anybody would, and must be this server's and of an earlier time") {
    const auto keys_of = [](const ledger::PublicKey& key) {
        return ledger::KeyEpochs::restored({{1, {}, 1, 1, key, {}}}, 1);
    };
    const auto keys = keys_of(MemoryLedger::customer().key.public_key());
    const ledger::Origin present{MemoryLedger::customer().server_id, incarnation};
    const auto prepared = [&](const ledger::ActivationFile& file) {
        return prepare_proof(file.text(), preparation(), keys, present);
    };
    const auto good = prepared(support::lost_file(seat_of(1)));
    REQUIRE(code_of(good) == "success");
    CHECK(good->seat.seat() == seat_of(1));
    CHECK(good->proven.event == lost_proof(seat_of(1)).event);
    CHECK(good->seat.rank == ledger::SeatRank{1, {6}});

    support::Customer other(MemoryLedger::vendor());  // of the same vendor
    CHECK(code_of(prepared(support::lost_file(seat_of(1), 1, other))) == "adoption-foreign");
    CHECK(code_of(prepared(support::lost_file(seat_of(1), incarnation))) == "adoption-not-needed");
    ledger::ActivationFile forged = support::lost_file(seat_of(1));
    forged.checkpoint = support::lost_file(seat_of(1), 1, other).checkpoint;
    CHECK(code_of(prepared(forged)) == "origin-wrong");
    forged = support::lost_file(seat_of(1));
    forged.proof.front().bytes[0] ^= 1;
    CHECK(code_of(prepared(forged)) == "not-included");
    const ledger::EventBody loan = ledger::SeatLent{seat_of(1)};
    CHECK(code_of(prepared(support::lost_file(lost_proof(loan)))) == "adoption-provisional");
    CHECK(code_of(prepare_proof("nonsense", preparation(), keys, present)) == "activation-file-malformed");
    const std::string file = support::lost_file(seat_of(1)).text();
    // Of a key that the vendor certified for this server, and that the ledger lacks.
    CHECK(code_of(prepare_proof(file, preparation(), keys_of(other.key.public_key()), present)) ==
          "adoption-key-missing");
    // Of one that it has, and that did not sign then.
    const auto later =
        ledger::KeyEpochs::restored({{1, {}, 1, 1, other.key.public_key(), {}},
                                     {2, {}, incarnation, incarnation, MemoryLedger::customer().key.public_key(), {}}},
                                    incarnation);
    CHECK(code_of(prepare_proof(file, preparation(), later, present)) == "key-unknown");
}
