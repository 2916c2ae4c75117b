#include "tests/projections/memory_ledger.hpp"
#include "tests/projections/state_bytes.hpp"

using namespace projections;
using support::Codes;
using support::device;
using support::MemoryLedger;
using support::own_device;

namespace {

const ledger::Actor two_people{
    ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}};

/// A licence of three seats; three of five kinds must agree.
struct Fixture : MemoryLedger {
    Fixture() { REQUIRE(import(MemoryLedger::terms("L", 3)).empty()); }

    ledger::LegacySeatReserved kept(ledger::Components components, const std::string& license = "L") {
        ledger::LegacySeatReserved reserved;
        for (auto& byte : reserved.activation_id.bytes) byte = static_cast<std::uint8_t>(random());
        for (auto& byte : reserved.record.bytes) byte = static_cast<std::uint8_t>(random());
        reserved.license_id = license;
        reserved.product = MemoryLedger::terms("L", 3).product;
        reserved.components = std::move(components);
        reserved.reserved_until = now + ledger::day * 90;
        return reserved;
    }
    ledger::LegacySeatReserved keep(ledger::Components components) {
        auto reserved = kept(std::move(components));
        REQUIRE(append(reserved, two_people).empty());
        return reserved;
    }
    ledger::SeatActivated claim(const ledger::LegacySeatReserved& reserved, ledger::Components components) {
        ledger::SeatActivated seat{MemoryLedger::seat("L", std::move(components))};
        seat.activation_id = reserved.activation_id;
        return seat;
    }
    [[nodiscard]] std::uint64_t used() const { return state.seats().used({0}); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "L4: a seat kept for the previous product's desktop counts, and claiming it takes no other") {
    for (const std::uint64_t n : {1, 2, 3}) keep(own_device(n));
    CHECK(used() == 3);
    CHECK(append(kept(own_device(4)), two_people) == Codes{"seat-beyond-quota"});
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("L", own_device(5))}) == Codes{"seat-beyond-quota"});
}

TEST_CASE_METHOD(Fixture, "L4, L5: the desktop claims its kept seat, also with some components changed, and once") {
    const auto one = keep(own_device(1));
    keep(own_device(2));
    keep(own_device(3));
    auto changed = own_device(1);
    changed[0].digest.bytes[0] ^= 1;
    changed[1].digest.bytes[0] ^= 1;
    CHECK(append(claim(one, changed)).empty());
    CHECK(used() == 3);
    CHECK(state.seats().held() == 1);
    CHECK(state.seats().legacy_of({0}) == 2);
    CHECK(state.seats().legacy().find(one.activation_id)->status == LegacySeat::Status::claimed);
    CHECK(append(claim(one, changed)) == Codes{"activation-id-twice", "seat-beyond-quota"});
    // What it claimed is an ordinary seat.
    CHECK(append(ledger::SeatReleased{one.activation_id}).empty());
    CHECK(used() == 2);
}

TEST_CASE_METHOD(Fixture, "L5: another device does not claim it, and its own gets no other seat") {
    const auto one = keep(own_device(1));
    CHECK(append(claim(one, own_device(9))) == Codes{"legacy-claim-wrong"});
    const auto two = keep(own_device(2));
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("L", own_device(2))}) == Codes{"legacy-seat-passed-over"});
    CHECK(state.seats().legacy().find(two.activation_id)->status == LegacySeat::Status::open);
}

TEST_CASE_METHOD(Fixture, "L5: a record with fewer kinds than the rule wants is recognised by all that it has") {
    const auto thin = keep(device({{"mac", "a1"}, {"disk_serial", "d1"}}));
    auto half = own_device(1);
    for (auto& component : half) {
        if (component.kind == "mac") component.digest.bytes[0] ^= 1;
    }
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("L", half)}).empty());  // the disk alone is not enough
    CHECK(append(claim(thin, own_device(1))) ==
          Codes{"seat-twice"});  // of which four kinds agree with the seat just given
}

TEST_CASE_METHOD(Fixture,
                 "L5: of several kept seats a device gets the one with most agreeing kinds, then the earliest") {
    const auto thin = keep(device({{"mac", "a1"}}));
    const auto full = keep(device({{"smbios_uuid", "u1"}, {"machine_id", "m1"}, {"disk_serial", "d1"}}));
    CHECK(append(claim(thin, own_device(1))) == Codes{"legacy-seat-passed-over"});
    const auto& legacy = state.seats().legacy();
    CHECK(legacy.match({0}, own_device(1), state.licenses())->reserved.activation_id == full.activation_id);
}

TEST_CASE_METHOD(Fixture, "L4, L5: a kept seat that must not be is found") {
    CHECK(append(kept(own_device(1), "none"), two_people) == Codes{"seat-license-unknown"});
    CHECK(append(kept(device({{"serial_of_the_monitor", "x"}})), two_people) == Codes{"seat-license-mismatch"});
    auto other_product = kept(own_device(1));
    other_product.product = "other";
    CHECK(append(other_product, two_people) == Codes{"seat-license-mismatch"});
}

TEST_CASE_METHOD(Fixture, "L5: a record, an id or a device is not kept twice, and none that has a seat") {
    const auto one = keep(own_device(1));
    auto again = kept(own_device(2));
    again.record = one.record;
    CHECK(append(again, two_people) == Codes{"legacy-record-twice"});
    again = kept(own_device(2));
    again.activation_id = one.activation_id;
    CHECK(append(again, two_people) == Codes{"activation-id-twice"});
    CHECK(append(kept(own_device(1)), two_people) == Codes{"seat-twice"});
}

TEST_CASE_METHOD(Fixture, "L5: no seat is kept for a device that has one") {
    REQUIRE(append(ledger::SeatActivated{MemoryLedger::seat("L", own_device(1))}).empty());
    CHECK(append(kept(own_device(1)), two_people) == Codes{"seat-twice"});
}

TEST_CASE_METHOD(Fixture, "L4: a kept seat is freed once, after its time, by two people, and not in doubt") {
    const auto one = keep(own_device(1));
    const auto two = keep(own_device(2));
    now = one.reserved_until;
    CHECK(append(ledger::LegacySeatFreed{one.activation_id}, two_people).empty());
    CHECK(used() == 1);
    CHECK(append(ledger::LegacySeatFreed{one.activation_id}, two_people) == Codes{"legacy-seat-not-open"});
    CHECK(append(ledger::LegacySeatFreed{two.activation_id}) == Codes{"legacy-freed-unauthorised"});
    const auto three = keep(own_device(3));
    CHECK(append(ledger::LegacySeatFreed{three.activation_id}, two_people) == Codes{"legacy-freed-too-early"});
    const auto four = keep(own_device(4));
    now = four.reserved_until;
    append(ledger::TimePutInDoubt{});
    CHECK(append(ledger::LegacySeatFreed{four.activation_id}, two_people) == Codes{"expired-in-doubt"});
    // An id that was given up is not used again.
    CHECK(append(claim(one, own_device(1))) == Codes{"activation-id-twice"});
}

TEST_CASE_METHOD(Fixture, "L4: kept seats move to the licence that takes the others over") {
    const auto one = keep(own_device(1));
    ledger::LicenseTerms next = MemoryLedger::terms("M", 1);
    next.supersedes = {"L"};
    REQUIRE(import(next).empty());
    const LicenseIndex holder = state.licenses().find("M").value();
    CHECK(state.seats().used(holder) == 1);
    CHECK(append(kept(own_device(2), "M"), two_people) == Codes{"seat-beyond-quota"});
}

TEST_CASE_METHOD(Fixture, "L6: kept seats are part of the state's one spelling, and come back from it") {
    const auto one = keep(own_device(1));
    keep(device({{"mac", "a2"}}));
    const auto three = keep(own_device(3));
    append(claim(one, own_device(1)));
    now = three.reserved_until;
    append(ledger::LegacySeatFreed{three.activation_id}, two_people);
    const auto bytes = support::state_bytes(state);
    const auto read = support::read_state(bytes);
    REQUIRE(read);
    CHECK(read->digest == state.digest());
    CHECK(support::state_bytes(*read->state) == bytes);
    const auto& legacy = read->state->seats().legacy();
    CHECK(legacy.find(one.activation_id)->status == LegacySeat::Status::claimed);
    CHECK(legacy.find_record(three.record)->status == LegacySeat::Status::freed);
    CHECK(legacy.match({0}, device({{"mac", "a2"}}), read->state->licenses()) != nullptr);
    CHECK(read->state->seats().used({0}) == state.seats().used({0}));
}
