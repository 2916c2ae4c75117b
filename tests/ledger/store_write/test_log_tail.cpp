#include <catch2/catch.hpp>

#include "ledger/store_write/log_tail.hpp"
#include "tests/ledger/store_write/raw_log.hpp"
#include "tests/ledger/store_write/sequencer_fixture.hpp"

// Invariant L8 at the start: a tail that was edited, cut or swapped is noticed before anything is built on it.

namespace ledger {
namespace {

/// A log of groups of 1, 1, 3 and 4 events, closed.
struct Damaged {
    Damaged() {
        fixture.start();
        REQUIRE(fixture.write(1).get());
        for (const std::size_t count : {3U, 4U}) {
            std::vector<EventDraft> drafts;
            for (std::size_t i = 0; i < count; ++i) drafts.push_back(seat_draft(count * 10 + i));
            drafts[0].annex = {annex_value(AnnexField::device_name, "PC")};
            REQUIRE(fixture.submit([drafts](const Moment&) { return Decision{drafts, {}}; }).get());
        }
        fixture.sequencer.reset();
        fixture.engine.reset();
    }
    /// What start says of the damage.
    Error start_error() {
        auto opened = open_log_engine(folder(), sample_engine_options());
        if (!opened) return opened.error();
        auto tail = check_tail(**opened, sample_origin(fixture.signer), fixture.signer.public_key());
        REQUIRE(!tail);
        return tail.error();
    }
    [[nodiscard]] const std::filesystem::path& folder() const { return fixture.folder.path(); }
    SequencerFixture fixture;
};

void flip(RawLog& log, const std::string& key, std::size_t byte) {
    Bytes value = log.get(key);
    value[byte % value.size()] ^= 1;
    log.put(key, value);
}

}  // namespace

TEST_CASE("tail: a whole log passes, and says where to go on", "[tail]") {
    Damaged log;
    log.fixture.open();
    const auto tail =
        check_tail(*log.fixture.engine, sample_origin(log.fixture.signer), log.fixture.signer.public_key());
    REQUIRE(tail);
    CHECK(tail->frontier.size() == TreeSize{9});
    CHECK(tail->last_event_time == sample_start);
    CHECK(tail->suite == &default_suite());
}

TEST_CASE("tail: any byte flipped in an event of the last group is noticed (L8)", "[tail]") {
    Damaged log;
    const auto number = GENERATE(5U, 8U);
    const auto byte = GENERATE(0U, 8U, 16U, 24U, 60U, 200U, 399U);
    CAPTURE(number, byte);
    {
        RawLog events(log.folder(), "events");
        flip(events, RawLog::key(number), byte);
    }
    const Error error = log.start_error();
    CHECK(error.code == errc::log_damaged);
    CHECK(error.facts == std::vector<Fact>{{"folder", log.folder().string()}});
    CHECK(error.detail.find("event " + std::to_string(number)) != std::string::npos);
}

TEST_CASE("tail: flipped, swapped, missing and surplus nodes are noticed (L8)", "[tail]") {
    Damaged log;
    {
        RawLog nodes(log.folder(), "nodes");
        SECTION("a leaf hash of the last group") { flip(nodes, RawLog::key(6), 3); }
        SECTION("a parent of the last group") { flip(nodes, RawLog::key(7), 32 + 3); }
        SECTION("a root of the edge, in an older group") { flip(nodes, RawLog::key(3), 64 + 3); }
        SECTION("two swapped") {
            const Bytes a = nodes.get(RawLog::key(6));
            nodes.put(RawLog::key(6), nodes.get(RawLog::key(8)));
            nodes.put(RawLog::key(8), a);
        }
        SECTION("one missing") { nodes.remove(RawLog::key(6)); }
        SECTION("a cut list") {
            Bytes list = nodes.get(RawLog::key(7));
            list.resize(32);
            nodes.put(RawLog::key(7), list);
        }
        SECTION("a list that is too long") {
            Bytes list = nodes.get(RawLog::key(6));
            list.resize(list.size() + 32);
            nodes.put(RawLog::key(6), list);
        }
    }
    CHECK(log.start_error().code == errc::log_damaged);
}

TEST_CASE("tail: edited, cut and foreign heads are noticed (L8)", "[tail]") {
    Damaged log;
    {
        RawLog heads(log.folder(), "heads");
        SECTION("a byte of the text") { flip(heads, RawLog::key(9), 50); }
        SECTION("a byte of the signature") {
            const std::size_t length = heads.get(RawLog::key(9)).size();
            flip(heads, RawLog::key(9), length - 12);
        }
        SECTION("the last one missing") { heads.remove(RawLog::key(9)); }
        SECTION("the last one under another size") { heads.put(RawLog::key(10), heads.get(RawLog::key(9))); }
        SECTION("the one before the last") { flip(heads, RawLog::key(5), 50); }
        SECTION("an older head in place of the last") { heads.put(RawLog::key(9), heads.get(RawLog::key(5))); }
        SECTION("a head of another server, well signed") {
            support::SoftwareSigner other;
            const Checkpoint checkpoint{sample_origin(other), {{9}, default_suite().empty_root()}};
            const auto note = sign_note(default_suite(), checkpoint.body(), checkpoint.origin.text(), other).value();
            heads.put(RawLog::key(9), copy(as_bytes(note)));
        }
    }
    CHECK(log.start_error().code == errc::log_damaged);
}

TEST_CASE("tail: missing and surplus events are noticed (L8)", "[tail]") {
    Damaged log;
    {
        RawLog events(log.folder(), "events");
        SECTION("the last one missing") { events.remove(RawLog::key(8)); }
        SECTION("one of the last group missing, and one behind the end") {
            events.put(RawLog::key(9), events.get(RawLog::key(8)));
            events.remove(RawLog::key(6));
        }
        SECTION("one more") { events.put(RawLog::key(9), events.get(RawLog::key(8))); }
        SECTION("two swapped") {
            const Bytes a = events.get(RawLog::key(6));
            events.put(RawLog::key(6), events.get(RawLog::key(7)));
            events.put(RawLog::key(7), a);
        }
        SECTION("event 0 is not the genesis") { events.put(RawLog::key(0), events.get(RawLog::key(1))); }
    }
    CHECK(log.start_error().code == errc::log_damaged);
}

TEST_CASE("tail: the key of the last head and the incarnation are checked", "[tail]") {
    Damaged log;
    log.fixture.open();
    const support::SoftwareSigner other;
    const Origin origin = sample_origin(log.fixture.signer);
    CHECK(check_tail(*log.fixture.engine, origin, other.public_key()).error().code == errc::log_damaged);
    CHECK(check_tail(*log.fixture.engine, sample_origin(other), log.fixture.signer.public_key()).error().code ==
          errc::log_damaged);
    const Origin later{origin.server_id, 2};
    CHECK(check_tail(*log.fixture.engine, later, log.fixture.signer.public_key()));
}

TEST_CASE("tail: a damaged log is not started on", "[tail]") {
    Damaged log;
    {
        RawLog nodes(log.folder(), "nodes");
        flip(nodes, RawLog::key(8), 0);
    }
    log.fixture.open();
    const auto started = log.fixture.try_start();
    REQUIRE(!started);
    CHECK(started.error().code == errc::log_damaged);
}

}  // namespace ledger
