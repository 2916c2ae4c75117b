#include <catch2/catch.hpp>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "tests/support/ledger_maker.hpp"
#include "tests/support/log_tampering.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/node/log_fold.hpp"

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
        const auto folded = node::fold_log(*reader, {size}, [&](std::span<const ledger::Event> events) {
            REQUIRE_FALSE(events.empty());
            for (const ledger::Event& event : events) {
                REQUIRE(event == ledger::decode_event(reader->event({next}).value()).value());
                ++next;
            }
        });
        CHECK(folded);
        CHECK(next == size);
    }
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
    const auto folded =
        node::fold_log(*reader, {log.size}, [&](std::span<const ledger::Event> events) { next += events.size(); });
    REQUIRE_FALSE(folded);
    CHECK(folded.error().code == ledger::errc::malformed_event);
    CHECK(next == broken);
}
