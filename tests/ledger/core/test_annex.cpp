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
using support::minimal_event;

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
