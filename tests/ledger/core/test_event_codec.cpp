#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <chrono>
#include <random>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/events.capnp.h"
#include "tests/ledger/core/random_event.hpp"
#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

/// A reader of the library's, over an aligned copy.
struct LibraryMessage {
    explicit LibraryMessage(ByteView framed) : words(kj::heapArray<capnp::word>(framed.size() / sizeof(capnp::word))) {
        std::memcpy(words.begin(), framed.data(), framed.size());
        reader.emplace(words.asPtr());
    }
    kj::Array<capnp::word> words;
    std::optional<capnp::FlatArrayMessageReader> reader;
};

/// What the library's own canonicalisation makes of it, framed.
template <class Root>
Bytes canonicalized(ByteView framed) {
    LibraryMessage message(framed);
    const auto words = capnp::canonicalize(message.reader->getRoot<Root>());
    Bytes bytes(8 + words.size() * 8);
    const auto count = static_cast<std::uint32_t>(words.size());
    std::memcpy(bytes.data() + 4, &count, sizeof count);
    std::memcpy(bytes.data() + 8, words.begin(), words.size() * 8);
    return bytes;
}

Event minimal_event(EventBody body) {
    Event event;
    event.origin = "abcdefghijklmnopqrstuvwxyz234567/1";
    event.body = std::move(body);
    return event;
}

/// A message that the library's builder makes, with whatever the test sets.
template <class Root = wire::Event, class Build>
Bytes built(const Build& build) {
    capnp::MallocMessageBuilder message;
    build(message.initRoot<Root>());
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    return {bytes.begin(), bytes.end()};
}

void set_envelope(wire::Event::Builder event) {
    event.setSchemaVersion(1);
    event.setOrigin("abcdefghijklmnopqrstuvwxyz234567/1");
    event.initActor();
}

}  // namespace

TEST_CASE("event codec: every event comes back as it went in") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    RandomEvents events(seed);
    for (int i = 0; i < 3000; ++i) {
        const Event event = events.next(static_cast<std::size_t>(i) % std::variant_size_v<EventBody>);
        CAPTURE(i, kind_name(event.body));
        const auto stored = encode_event(event);
        REQUIRE(stored);
        const auto again = decode_event(*stored);
        REQUIRE(again);
        REQUIRE(*again == event);
        const auto position = peek_event(*stored).value();
        REQUIRE(position.sequence_number == event.sequence_number);
        REQUIRE(position.time == event.time);
        REQUIRE(position.has_seat == (event.seat() != nullptr));
    }
}

TEST_CASE("event codec: what an event held before does not show after another was read into it") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    RandomEvents events(seed);
    std::mt19937_64 random(seed);
    Event used;
    for (int i = 0; i < 3000; ++i) {
        // Often the same kind again: that is when memory is kept.
        const Event event =
            events.next(random() % 2 == 0 ? used.body.index() : random() % std::variant_size_v<EventBody>);
        CAPTURE(i, kind_name(used.body), kind_name(event.body));
        REQUIRE(decode_event(encode_event(event).value(), used));
        REQUIRE(used == event);
    }
}

TEST_CASE("event codec: stored bytes are what the Cap'n Proto library calls canonical") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    RandomEvents events(seed);
    for (int i = 0; i < 1000; ++i) {
        const Event event = events.next(static_cast<std::size_t>(i) % std::variant_size_v<EventBody>);
        CAPTURE(i, kind_name(event.body));
        const Bytes stored = encode_event(event).value();
        REQUIRE(LibraryMessage(stored).reader->isCanonical());
        REQUIRE(canonicalized<wire::Event>(stored) == stored);
        const Bytes annex = encode_annex(events.annex());
        REQUIRE(LibraryMessage(annex).reader->isCanonical());
        REQUIRE(canonicalized<wire::Annex>(annex) == annex);
    }
}

TEST_CASE("event codec: a message that holds the same content in another spelling is refused") {
    const Event event = minimal_event(ServerStarted{"1.0"});
    const Bytes stored = encode_event(event).value();

    SECTION("the library's builder writes it untrimmed") {
        const Bytes untrimmed = built([](wire::Event::Builder builder) {
            set_envelope(builder);
            builder.initServerStarted().setSoftwareVersion("1.0");
        });
        CHECK(refused(decode_event(untrimmed), errc::malformed_event));
        CHECK(canonicalized<wire::Event>(untrimmed) == stored);
    }
    SECTION("a text that is present and empty") {
        const Bytes empty_pool = built([](wire::Event::Builder builder) {
            set_envelope(builder);
            builder.setTime(5);
            auto setting = builder.initSettingChanged();
            setting.setName("name");
            setting.setValue("");
        });
        CHECK(refused(decode_event(canonicalized<wire::Event>(empty_pool)), errc::malformed_event));
    }
    SECTION("trailing bytes") {
        Bytes longer = stored;
        longer.resize(longer.size() + 8);
        CHECK(refused(decode_event(longer), errc::malformed_event));
        longer[4] = static_cast<std::uint8_t>(longer[4] + 1);
        CHECK(refused(decode_event(longer), errc::malformed_event));
    }
    SECTION("two segments") {
        Bytes two(8 + stored.size());
        two[0] = 1;
        std::memcpy(two.data() + 4, stored.data() + 4, 4);
        std::memcpy(two.data() + 16, stored.data() + 8, stored.size() - 8);
        CHECK(refused(decode_event(two), errc::malformed_event));
    }
    SECTION("every truncation") {
        for (std::size_t size = 0; size < stored.size(); ++size) {
            CHECK(refused(decode_event(ByteView(stored).first(size)), errc::malformed_event));
        }
    }
}

TEST_CASE("event codec: a changed byte is refused or is other content with its own one spelling") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    RandomEvents events(seed);
    for (int i = 0; i < 36; ++i) {
        const Event event = events.next(static_cast<std::size_t>(i) % std::variant_size_v<EventBody>);
        const Bytes stored = encode_event(event).value();
        CAPTURE(i, kind_name(event.body));
        for (std::size_t at = 0; at < std::min<std::size_t>(stored.size(), 700); ++at) {
            Bytes changed = stored;
            changed[at] ^= static_cast<std::uint8_t>(1U << events.below(8));
            const auto decoded = decode_event(changed);
            if (!decoded) continue;
            CAPTURE(at);
            REQUIRE(*decoded != event);
            REQUIRE(encode_event(*decoded).value() == changed);
        }
    }
}

TEST_CASE("event codec: bytes that are aligned to nothing are read all the same") {
    const Bytes stored = encode_event(minimal_event(SeatActivated{RandomEvents(1).seat()})).value();
    for (std::size_t shift = 0; shift < 8; ++shift) {
        Bytes shifted(shift + stored.size());
        std::ranges::copy(stored, shifted.begin() + static_cast<std::ptrdiff_t>(shift));
        CHECK(decode_event(ByteView(shifted).subspan(shift)));
    }
}

TEST_CASE("event codec: an event of a newer version is named as such") {
    const auto newer_schema = built([](wire::Event::Builder builder) {
        set_envelope(builder);
        builder.setSchemaVersion(2);
        builder.initServerStarted().setSoftwareVersion("9");
    });
    CHECK(refused(decode_event(newer_schema), errc::unknown_event_kind));

    Bytes newer_kind = encode_event(minimal_event(ServerStarted{"9"})).value();
    newer_kind[16 + 18] = static_cast<std::uint8_t>(
        std::variant_size_v<EventBody>);  // the union's tag: the byte after the third word's version
    CHECK(refused(decode_event(newer_kind), errc::unknown_event_kind));
}

TEST_CASE("event codec: the library reads what opened an incarnation, field by field") {
    const IncarnationOpened opened{
        7, IncarnationOpened::Reason::reendorsed, "kept \u2014\n", "known\n", {{"A", 1}, {"B", 9}}, {1, 2, 3}, {4, 5}};
    const Bytes stored = encode_event(minimal_event(opened)).value();
    LibraryMessage message(stored);
    const auto event = message.reader->getRoot<wire::Event>();
    REQUIRE(event.isIncarnationOpened());
    const auto read = event.getIncarnationOpened();
    CHECK(read.getIncarnation() == 7);
    CHECK(read.getReason() == wire::IncarnationOpened::Reason::REENDORSED);
    CHECK(std::string(read.getKeptHead().cStr()) == opened.kept_head);
    CHECK(std::string(read.getKnownHead().cStr()) == opened.known_head);
    REQUIRE(read.getUnclaimed().size() == 2);
    CHECK(std::string(read.getUnclaimed()[1].getLicenseId().cStr()) == "B");
    CHECK(read.getUnclaimed()[1].getSeats() == 9);
    const auto reendorsement = read.getReendorsement();
    CHECK(Bytes(reendorsement.begin(), reendorsement.end()) == opened.reendorsement);
    const auto certificate = read.getServerCertificate();
    CHECK(Bytes(certificate.begin(), certificate.end()) == opened.server_certificate);

    const IncarnationOpened rotated{
        7, IncarnationOpened::Reason::rotated, "kept \u2014\n", "", {}, {}, {4, 5}, "hand-over \u2014\n"};
    const Bytes second = encode_event(minimal_event(rotated)).value();
    LibraryMessage second_message(second);
    const auto handed_over = second_message.reader->getRoot<wire::Event>().getIncarnationOpened();
    CHECK(handed_over.getReason() == wire::IncarnationOpened::Reason::ROTATED);
    CHECK(std::string(handed_over.getHandOver().cStr()) == rotated.hand_over);
}

TEST_CASE("event codec: the library reads an adoption and its proof, field by field") {
    const AdoptionProven proven{{5}, Bytes(3, 7), {Digest{{1}}, Digest{{2}}}, "head\n"};
    LibraryMessage message(encode_event(minimal_event(proven)).value());
    const auto read = message.reader->getRoot<wire::Event>().getAdoptionProven();
    CHECK(read.getIndex() == 5);
    CHECK(read.getEvent().size() == 3);
    CHECK(read.getPath().size() == 64);
    CHECK(read.getPath()[32] == 2);
    CHECK(std::string(read.getHead().cStr()) == "head\n");

    const SeatAdopted adopted{RandomEvents(9).seat(), {17}};
    LibraryMessage held(encode_event(minimal_event(adopted)).value());
    const auto seat = held.reader->getRoot<wire::Event>().getSeatAdopted();
    CHECK(seat.getProof() == 17);
    CHECK(std::string(seat.getSeat().getProduct().cStr()) == adopted.product);
    CHECK(seat.getSeat().getLeaseEnds() == adopted.lease_ends.us);

    LibraryMessage freed(encode_event(minimal_event(UnclaimedFreed{{"L", 4}})).value());
    CHECK(freed.reader->getRoot<wire::Event>().getUnclaimedFreed().getSeats() == 4);
}

TEST_CASE("event codec: the library reads a seat of the previous product and a log key, field by field") {
    const LegacySeatReserved reserved{{{1, 2}}, "L1", "vdi", {{"mac", {{3}}}}, {{4}}, {5}, {6}};
    const Bytes stored = encode_event(minimal_event(reserved)).value();
    LibraryMessage message(stored);
    const auto event = message.reader->getRoot<wire::Event>();
    REQUIRE(event.isLegacySeatReserved());
    const auto read = event.getLegacySeatReserved();
    CHECK(read.getActivationId()[1] == 2);
    CHECK(std::string(read.getLicenseId().cStr()) == "L1");
    CHECK(std::string(read.getProduct().cStr()) == "vdi");
    REQUIRE(read.getComponents().size() == 1);
    CHECK(read.getComponents()[0].getDigest()[0] == 3);
    CHECK(read.getRecord()[0] == 4);
    CHECK(read.getActivatedAt() == 5);
    CHECK(read.getReservedUntil() == 6);

    const Bytes key = encode_event(minimal_event(LogKeyCreated{{7}, {{8}}, "auditor", {9}})).value();
    LibraryMessage other(key);
    const auto created = other.reader->getRoot<wire::Event>().getLogKeyCreated();
    CHECK(created.getKeyId()[0] == 7);
    CHECK(created.getKeyDigest()[0] == 8);
    CHECK(std::string(created.getReader().cStr()) == "auditor");
    CHECK(created.getExpires() == 9);
}

TEST_CASE("event codec: the library reads an issued report, field by field") {
    const Bytes stored = encode_event(minimal_event(ReportIssued{{5}, {6}, 7, {{8}}, {{9}}, true})).value();
    LibraryMessage message(stored);
    const auto event = message.reader->getRoot<wire::Event>();
    REQUIRE(event.isReportIssued());
    const auto read = event.getReportIssued();
    CHECK(read.getAsOf() == 5);
    CHECK(read.getSize() == 6);
    CHECK(read.getSeats() == 7);
    CHECK(read.getRoot()[0] == 8);
    CHECK(read.getDigest()[0] == 9);
    CHECK(read.getPersonalData());
}

TEST_CASE("event codec: content beyond its rules is neither written nor read") {
    Seat seat = RandomEvents(7).seat();
    seat.components = {{"disk", {}}, {"mac", {}}};
    const auto check = [](EventBody body) {
        CAPTURE(kind_name(body));
        CHECK(refused(encode_event(minimal_event(std::move(body))), errc::malformed_event));
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

TEST_CASE("event codec: the largest event fits, and one byte more does not") {
    const auto stored_size = [](std::size_t content) {
        const auto stored = encode_event(minimal_event(LicenseImported{"a", Bytes(content, 1)}));
        return stored ? stored->size() : 0;
    };
    const std::size_t overhead = stored_size(8) - 8;
    const std::size_t most = event_bytes_max / 8 * 8 - overhead;
    CHECK(stored_size(most) == event_bytes_max / 8 * 8);
    CHECK(refused(encode_event(minimal_event(LicenseImported{"a", Bytes(most + 1, 1)})), errc::too_large));
    CHECK(refused(decode_event(Bytes(event_bytes_max + 1)), errc::too_large));
    CHECK(decode_event(encode_event(minimal_event(LicenseImported{"a", Bytes(most, 1)})).value()));
}

TEST_CASE("event codec: a small message that points at itself many times is refused quickly") {
    // 4,000 certificates that share one blob: 240 MB if they were all copied.
    const Bytes shared = built([](wire::Event::Builder builder) {
        set_envelope(builder);
        builder.initServerCertified().initCertificates(4000);
    });
    CHECK(refused(decode_event(shared), errc::malformed_event));
    const auto begin = std::chrono::steady_clock::now();
    Bytes endless(64);  // a list of 2^29-1 structs without content
    endless[4] = 7;
    endless[8 + 6] = 1;
    endless[16] = 1;
    endless[20] = 7;
    endless[24] = 0xfc;
    endless[25] = endless[26] = 0xff;
    endless[27] = 0x7f;
    CHECK_FALSE(decode_event(endless));
    CHECK_FALSE(decode_annex(endless));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

TEST_CASE("annex: values come back as they went in, and nothing else does") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    RandomEvents events(seed);
    for (int i = 0; i < 300; ++i) {
        const auto values = events.annex();
        const Bytes stored = encode_annex(values);
        REQUIRE(decode_annex(stored).value() == values);
        for (std::size_t at = 0; at < stored.size(); ++at) {
            Bytes changed = stored;
            changed[at] ^= static_cast<std::uint8_t>(1U << events.below(8));
            const auto decoded = decode_annex(changed);
            if (!decoded) {
                REQUIRE(decoded.error().code == errc::malformed_annex);
                continue;
            }
            REQUIRE(*decoded != values);
            REQUIRE(encode_annex(*decoded) == changed);
        }
    }
    const auto none = built<wire::Annex>([](wire::Annex::Builder) {});
    CHECK(refused(decode_annex(canonicalized<wire::Annex>(none)), errc::malformed_annex));
    CHECK(refused(decode_annex({}), errc::malformed_annex));
    CHECK(refused(decode_annex(Bytes(annex_bytes_max + 8)), errc::malformed_annex));
}

TEST_CASE("annex: values beyond the rules are refused") {
    const auto entry = [](auto fill) {
        return canonicalized<wire::Annex>(built<wire::Annex>([&](wire::Annex::Builder annex) {
            auto values = annex.initValues(2);
            values[0].setField(wire::AnnexField::DEVICE_NAME);
            values[1].setField(wire::AnnexField::OPERATOR_NAME);
            for (auto value : values) {
                value.setSalt(kj::heapArray<kj::byte>(16));
                value.setValue("value");
            }
            fill(values);
        }));
    };
    using Values = capnp::List<wire::AnnexValue>::Builder;
    CHECK(decode_annex(entry([](Values) {})));
    const auto is_refused = [&](auto fill) { return refused(decode_annex(entry(fill)), errc::malformed_annex); };
    CHECK(is_refused([](Values values) { values[1].setField(wire::AnnexField::DEVICE_NAME); }));
    CHECK(is_refused([](Values values) { values[0].setField(wire::AnnexField::OPERATOR_NAME); }));
    CHECK(is_refused([](Values values) { values[0].setField(static_cast<wire::AnnexField>(3)); }));
    CHECK(is_refused([](Values values) { values[0].setSalt(kj::heapArray<kj::byte>(15)); }));
    CHECK(is_refused([](Values values) { values[0].setSalt(kj::heapArray<kj::byte>(17)); }));
    CHECK(is_refused([](Values values) { values[0].setValue(std::string(annex_value_bytes_max + 1, 'a').c_str()); }));
    CHECK(is_refused([](Values values) { values[0].setValue("\xff"); }));
}

TEST_CASE("annex: a value other than the one committed to is noticed, a missing one is not") {
    const Suite& suite = default_suite();
    const AnnexValue name{AnnexField::device_name, {1, 2, 3}, "桌面-1"};
    const AnnexValue address{AnnexField::device_address, {4, 5}, "10.0.0.1"};
    Event event = minimal_event(ServerStarted{"1"});
    event.commitments = {{name.field, commitment_digest(suite, name)},
                         {address.field, commitment_digest(suite, address)}};
    CHECK(check_annex(suite, event, {name, address}));
    CHECK(check_annex(suite, event, {address}));
    CHECK(check_annex(suite, event, {}));
    AnnexValue other = name;
    other.value = "桌面-2";
    CHECK(refused(check_annex(suite, event, {other}), errc::commitment_mismatch));
    other = name;
    other.salt[0] = 0;
    CHECK(refused(check_annex(suite, event, {other}), errc::commitment_mismatch));
    other = name;
    other.field = AnnexField::operator_name;
    CHECK(refused(check_annex(suite, event, {other}), errc::commitment_mismatch));
}

TEST_CASE("activation id: text and bytes have one spelling each") {
    RandomEvents events(3);
    for (int i = 0; i < 200; ++i) {
        const ActivationId id = events.seat().activation_id;
        CHECK(id.text().size() == 26);
        CHECK(ActivationId::parse(id.text()).value() == id);
    }
    const std::string zero(26, 'a');
    CHECK(ActivationId::parse(zero).value() == ActivationId{});
    for (const auto& text :
         {std::string(25, 'a'), std::string(27, 'a'), std::string(26, 'A'), std::string(25, 'a') + "b",
          std::string(25, 'a') + "=", std::string(25, 'a') + "1", std::string()}) {
        CHECK(refused(ActivationId::parse(text), errc::not_canonical));
    }
}

TEST_CASE("event codec: speed", "[.][speed]") {
    Event event = minimal_event(SeatActivated{});
    Seat& seat = std::get<SeatActivated>(event.body);
    seat.license_id = "LIC-2026-000123";
    seat.product = "desktop-os-enterprise";
    for (const char* kind : {"disk_serial", "mac", "mac_2", "machine_id", "smbios_uuid"})
        seat.components.push_back({kind, {}});
    seat.device_public_key = Bytes(91, 7);
    event.actor.id = Bytes(16);
    event.commitments = {{AnnexField::device_name, {}}, {AnnexField::device_address, {}}};
    const auto time = [](const char* what, auto&& work) {
        constexpr int count = 300'000;
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < count; ++i) work();
        const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
        WARN(what << ": " << took.count() / count << " ns");
    };
    const Bytes stored = encode_event(event).value();
    WARN("bytes: " << stored.size());
    time("encode", [&] { (void)encode_event(event); });
    time("decode", [&] { (void)decode_event(stored); });
    time("leaf hash", [&] { (void)default_suite().hash_leaf(stored); });
}
