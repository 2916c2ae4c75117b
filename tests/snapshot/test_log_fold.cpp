#include <catch2/catch.hpp>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "snapshot/log_fold.hpp"
#include "tests/support/ledger_maker.hpp"
#include "tests/support/log_tampering.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

/// A log with several batches of events and a last one that is not full.
class LongLog {
 public:
    LongLog() {
        support::LedgerMaker maker(folder.path(), vendor, {.seats = activations});
        std::vector<ledger::EventDraft> drafts;
        for (std::uint64_t n = 0; n < activations; ++n) drafts.push_back(maker.activation(n));
        maker.append(drafts);
        size = maker.size();
    }
    static constexpr std::uint64_t activations = 2'600;
    support::TemporaryFolder folder;
    support::Vendor vendor;
    std::uint64_t size = 0;
};

}  // namespace

TEST_CASE("log fold: every event comes once, in order, as it is in the log") {
    const LongLog log;
    const auto reader = ledger::open_log_reader(log.folder.path()).value();
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{512}, log.size}) {
        std::uint64_t next = 0;
        const auto folded = snapshot::fold_log(*reader, {0}, {size}, [&](std::span<const ledger::Event> events) {
            REQUIRE_FALSE(events.empty());
            for (const ledger::Event& event : events) {
                REQUIRE(event == ledger::decode_event(reader->event({next}).value()).value());
                ++next;
            }
            return true;
        });
        CHECK(folded);
        CHECK(next == size);
    }
}

TEST_CASE("log fold: a stretch of the log has its own events alone, and ends when nobody wants more") {
    const LongLog log;
    const auto reader = ledger::open_log_reader(log.folder.path()).value();
    const auto numbers = [&](std::uint64_t from, std::uint64_t to, std::size_t batches) {
        std::vector<std::uint64_t> seen;
        REQUIRE(snapshot::fold_log(*reader, {from}, {to}, [&](std::span<const ledger::Event> events) {
            for (const ledger::Event& event : events) seen.push_back(event.sequence_number.value);
            return --batches > 0;
        }));
        return seen;
    };
    const auto stretch = numbers(700, 1'900, 100);
    REQUIRE(stretch.size() == 1'200);
    CHECK(stretch.front() == 700);
    CHECK(stretch.back() == 1'899);
    CHECK(numbers(5, 5, 100).empty());
    CHECK(numbers(0, log.size, 1).size() == 512);
}

TEST_CASE("log fold: an event that cannot be read ends it, after those before it") {
    const LongLog log;
    constexpr std::uint64_t broken = 1'500;
    {
        support::LogTampering tampering(log.folder.path());
        tampering.put(ledger::LogDatabase::events, broken, ledger::Bytes{1, 2, 3});
    }
    const auto reader = ledger::open_log_reader(log.folder.path()).value();
    std::uint64_t next = 0;
    const auto folded = snapshot::fold_log(*reader, {0}, {log.size}, [&](std::span<const ledger::Event> events) {
        next += events.size();
        return true;
    });
    REQUIRE_FALSE(folded);
    CHECK(folded.error().code == ledger::errc::malformed_event);
    CHECK(next == broken);
}
