#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "tests/ledger/core/event_messages.hpp"
#include "tests/ledger/core/random_event.hpp"
#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;
using support::minimal_event;

TEST_CASE("event codec: content beyond its rules is neither written nor read") {
    Seat seat = RandomEvents(7).seat();
    seat.components = {{"disk", {}}, {"mac", {}}};
    const auto check = [](EventBody body) {
        CAPTURE(kind_name(body));
        const auto encoded = encode_event(minimal_event(std::move(body)));
        CHECK(refused(encoded, errc::malformed_event));
    };
    REQUIRE(encode_event(minimal_event(SeatActivated{seat})));

    auto wrong = seat;
    wrong.components = {{"mac", {}}, {"disk", {}}};
    check(SeatActivated{wrong});
    wrong.components = {{"mac", {}}, {"mac", {}}};
    check(SeatActivated{wrong});
    wrong.components = {};
    check(SeatRenewed{wrong});
    wrong.components.resize(17);
    check(SeatRenewed{wrong});
    wrong.components = {{"Mac", {}}};
    check(SeatDeviceChanged{wrong});
    wrong = seat;
    wrong.license_id = "with space";
    check(SeatActivated{wrong});
    wrong = seat;
    wrong.product = "";
    check(SeatActivated{wrong});
    wrong = seat;
    wrong.lease_ends = {10};
    wrong.grace_ends = {9};
    check(SeatActivated{wrong});
    wrong.lease_ends = {0};
    check(SeatActivated{wrong});
    wrong = seat;
    wrong.device_public_key.resize(257);
    check(SeatActivated{wrong});
    check(LedgerCreated{});
    check(ServerCertified{});
    check(ServerCertified{std::vector<Bytes>(5, Bytes(1))});
    check(LicenseImported{"name", {}});
    check(RevocationImported{"a/b", Bytes(1)});
    check(EnrolmentKeyCreated{{}, {}, std::string(65, 'a'), {}});
    check(EnrolmentKeyCreated{{}, {}, "pool", {-1}});
    check(SettingChanged{"name", "\xff"});
    check(SettingChanged{"name", std::string("a\0b", 3)});
    check(SettingChanged{"name", "\xed\xa0\x80"});
    check(SettingChanged{"name", "\xc0\xaf"});
    check(AnnexErased{{1}, static_cast<AnnexField>(3)});
    check(TimePutInDoubt{{1}, static_cast<TimePutInDoubt::Reason>(3)});
    check(ServerStarted{""});
    check(LogKeyCreated{{}, {}, "", {}});
    check(LogKeyCreated{{}, {}, std::string(65, 'a'), {}});
    check(LogKeyCreated{{}, {}, "reader", {-1}});
    check(ReportIssued{{-1}, {1}, 0, {}, {}, false});
    check(ReportIssued{{1}, {0}, 0, {}, {}, false});
    const LegacySeatReserved reserved{{}, "L1", "vdi", seat.components, {}, {0}, {0}};
    REQUIRE(encode_event(minimal_event(reserved)));
    const auto check_reserved = [&](auto change) {
        LegacySeatReserved changed = reserved;
        change(changed);
        check(std::move(changed));
    };
    check_reserved([](LegacySeatReserved& body) { body.license_id = "with space"; });
    check_reserved([](LegacySeatReserved& body) { body.product.clear(); });
    check_reserved([](LegacySeatReserved& body) { body.components.clear(); });
    check_reserved([](LegacySeatReserved& body) { std::swap(body.components[0], body.components[1]); });
    check_reserved([](LegacySeatReserved& body) { body.activated_at = {-1}; });
    check_reserved([](LegacySeatReserved& body) { body.reserved_until = {-1}; });

    const IncarnationOpened opened{2, IncarnationOpened::Reason::anchor, "kept\n", "", {{"A", 1}, {"B", 2}}};
    REQUIRE(encode_event(minimal_event(opened)));
    const auto check_changed = [&](auto change) {
        IncarnationOpened changed = opened;
        change(changed);
        check(std::move(changed));
    };
    check_changed([](IncarnationOpened& body) { body.incarnation = 1; });
    check_changed([](IncarnationOpened& body) { body.reason = static_cast<IncarnationOpened::Reason>(7); });
    check_changed([](IncarnationOpened& body) { body.reason = IncarnationOpened::Reason::rotated; });
    check_changed([](IncarnationOpened& body) { body.reason = IncarnationOpened::Reason::log_and_key_lost; });
    check_changed([](IncarnationOpened& body) { body.reason = IncarnationOpened::Reason::reendorsed; });
    check_changed([](IncarnationOpened& body) { body.reendorsement = {1}; });
    check_changed([](IncarnationOpened& body) { body.server_certificate = {1}; });
    check_changed([](IncarnationOpened& body) { body.reason = IncarnationOpened::Reason::log_lost; });
    check_changed([](IncarnationOpened& body) { body.kept_head.clear(); });
    check_changed([](IncarnationOpened& body) { body.kept_head.assign(kept_head_bytes_max + 1, 'a'); });
    check_changed([](IncarnationOpened& body) { body.known_head.assign(known_head_bytes_max + 1, 'a'); });
    check_changed([](IncarnationOpened& body) { body.known_head = "\xff"; });
    check_changed([](IncarnationOpened& body) { body.unclaimed[0].seats = 0; });
    check_changed([](IncarnationOpened& body) { body.unclaimed[0].seats = unclaimed_seats_max + 1; });
    check_changed([](IncarnationOpened& body) { body.unclaimed[1].license_id = "A"; });
    check_changed([](IncarnationOpened& body) { body.unclaimed[1].license_id = "with space"; });
    check_changed([](IncarnationOpened& body) { std::swap(body.unclaimed[0], body.unclaimed[1]); });
    check_changed([](IncarnationOpened& body) {
        body.unclaimed.clear();
        for (std::size_t i = 0; i <= unclaimed_licenses_max; ++i)
            body.unclaimed.push_back({std::to_string(100 + i), 1});
    });

    REQUIRE(encode_event(minimal_event(KeyCleared{})));
    IncarnationOpened handed_over = opened;
    handed_over.reason = IncarnationOpened::Reason::reendorsed;
    handed_over.reendorsement.resize(reendorsement_bytes_max);
    handed_over.server_certificate.resize(certificate_bytes_max);
    REQUIRE(encode_event(minimal_event(handed_over)));
    // A new log that is handed over has kept nothing.
    handed_over.reason = IncarnationOpened::Reason::log_and_key_lost;
    check(handed_over);
    handed_over.kept_head.clear();
    REQUIRE(encode_event(minimal_event(handed_over)));
    handed_over.reason = IncarnationOpened::Reason::reendorsed;
    check(handed_over);
    handed_over.kept_head = "kept\n";
    handed_over.reendorsement.resize(reendorsement_bytes_max + 1);
    check(handed_over);
    handed_over.reendorsement = {1};
    handed_over.server_certificate.resize(certificate_bytes_max + 1);
    check(handed_over);

    IncarnationOpened rotated = opened;
    rotated.reason = IncarnationOpened::Reason::rotated;
    rotated.server_certificate = {1};
    rotated.hand_over.assign(hand_over_bytes_max, 'a');
    REQUIRE(encode_event(minimal_event(rotated)));
    const auto check_rotated = [&](auto change) {
        IncarnationOpened changed = rotated;
        change(changed);
        check(std::move(changed));
    };
    check_rotated([](IncarnationOpened& body) { body.hand_over.clear(); });
    check_rotated([](IncarnationOpened& body) { body.hand_over += 'a'; });
    check_rotated([](IncarnationOpened& body) { body.hand_over = "\xff"; });
    check_rotated([](IncarnationOpened& body) { body.server_certificate.clear(); });
    check_rotated([](IncarnationOpened& body) { body.reendorsement = {1}; });
    check_rotated([](IncarnationOpened& body) { body.known_head = "something is missing"; });
    check_changed([](IncarnationOpened& body) { body.hand_over = "of a key that stays"; });

    const AdoptionProven proven{{1}, Bytes(10), {Digest{}}, "head\n"};
    REQUIRE(encode_event(minimal_event(proven)));
    check(AdoptionProven{{1}, {}, {}, "head\n"});
    check(AdoptionProven{{1}, Bytes(adopted_event_bytes_max + 1), {}, "head\n"});
    check(AdoptionProven{{1}, Bytes(10), std::vector<Digest>(proof_hashes_max + 1), "head\n"});
    check(AdoptionProven{{1}, Bytes(10), {}, ""});
    check(AdoptionProven{{1}, Bytes(10), {}, std::string(adopted_head_bytes_max + 1, 'a')});
    check(UnclaimedFreed{{"A", 0}});
    check(UnclaimedFreed{{"with space", 1}});
    wrong = seat;
    wrong.components = {};
    check(SeatAdopted{wrong, {1}});
    check(SeatLent{wrong});

    for (const char* origin : {"", "x/1", "abcdefghijklmnopqrstuvwxyz234567/0", "abcdefghijklmnopqrstuvwxyz234567/01",
                               "abcdefghijklmnopqrstuvwxyz234567/4294967296", "Abcdefghijklmnopqrstuvwxyz234567/1",
                               "abcdefghijklmnopqrstuvwxyz234567/", "abcdefghijklmnopqrstuvwxyz234567/1 "}) {
        CAPTURE(origin);
        Event event = minimal_event(ServerStarted{"1"});
        event.origin = origin;
        CHECK(refused(encode_event(event), errc::malformed_event));
    }
    Event event = minimal_event(ServerStarted{"1"});
    event.commitments = {{AnnexField::operator_name, {}}, {AnnexField::device_name, {}}};
    CHECK(refused(encode_event(event), errc::malformed_event));
    event.commitments = {{AnnexField::operator_name, {}}, {AnnexField::operator_name, {}}};
    CHECK(refused(encode_event(event), errc::malformed_event));
}
