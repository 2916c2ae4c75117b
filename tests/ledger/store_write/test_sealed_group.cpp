#include <catch2/catch.hpp>

#include "ledger/core/event_codec.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "tests/ledger/store_write/sample_log.hpp"
#include "tests/support/result_text.hpp"

namespace ledger {

TEST_CASE("sealed group: proofs from memory verify, for every start and every length", "[group]") {
    support::SoftwareSigner signer;
    const Suite& suite = default_suite();
    for (std::uint64_t start = 0; start <= 40; ++start) {
        Frontier edge(suite);
        std::vector<Digest> completed;
        for (std::uint64_t i = 0; i < start; ++i) {
            completed.clear();
            edge.append(suite.hash_leaf(as_bytes(std::to_string(i))), completed);
        }
        for (const std::uint64_t length : {1U, 2U, 3U, 5U, 8U, 17U, 64U}) {
            GroupBuilder builder(suite, sample_origin(signer), edge);
            for (std::uint64_t i = 0; i < length; ++i) REQUIRE(builder.add({seat_draft(i)}, sample_start));
            const auto group = builder.close().sign(signer).value();
            for (std::uint64_t i = start; i < start + length; ++i) {
                CAPTURE(start, length, i);
                REQUIRE(verify_inclusion(suite, suite.hash_leaf(group->event({i})), {i}, group->tree_head(),
                                         group->inclusion_proof({i})));
            }
        }
    }
}

TEST_CASE("sealed group: groups follow one another on the same tree", "[group]") {
    support::SoftwareSigner signer;
    GroupBuilder builder(default_suite(), sample_origin(signer), Frontier(default_suite()));
    REQUIRE(builder.add({genesis_draft(signer)}, sample_start));
    const auto first = builder.close().sign(signer).value();
    CHECK(builder.empty());
    REQUIRE(builder.add({seat_draft(1), seat_draft(2)}, sample_start));
    CHECK(builder.event_count() == 2);
    const auto next = builder.close().sign(signer).value();
    CHECK(next->first() == SequenceNumber{1});
    CHECK(next->head().size == TreeSize{3});
    CHECK(next->holds({2}));
    CHECK(!next->holds({0}));
    CHECK(!next->holds({3}));
    CHECK(decode_event(next->event({2})).value().sequence_number == SequenceNumber{2});
}

TEST_CASE("sealed group: a decision is taken in whole or refused in whole", "[group]") {
    support::SoftwareSigner signer;
    GroupBuilder builder(default_suite(), sample_origin(signer), Frontier(default_suite()));
    const Actor actor{Actor::Kind::operator_, Actor::Authority::local_account, {}};
    const EventDraft large{actor, SettingChanged{"name", std::string(60'000, 'x')}, {}};
    CHECK(builder.add({large, large, large, large, large}, sample_start).error().code == errc::too_large);
    CHECK(builder.empty());
    EventDraft annex = seat_draft(1);
    annex.annex = {annex_value(AnnexField::device_name, std::string(1'025, 'x'))};
    CHECK(builder.add({seat_draft(2), annex}, sample_start).error().code == errc::too_large);
    CHECK(builder.add({EventDraft{actor, SettingChanged{"not an identifier", ""}, {}}}, sample_start).error().code ==
          errc::malformed_event);
    CHECK(builder.empty());
    CHECK(builder.next() == SequenceNumber{0});
}

}  // namespace ledger
