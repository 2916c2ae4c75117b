#include <chrono>
#include <random>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "tests/ledger/core/event_messages.hpp"
#include "tests/ledger/core/random_event.hpp"
#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;
using support::built;
using support::canonicalized;
using support::LibraryMessage;
using support::minimal_event;
using support::set_envelope;

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
