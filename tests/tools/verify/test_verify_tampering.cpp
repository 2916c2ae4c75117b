// Whatever is changed in a stored ledger is found, and found where it is. (Issue: edited, removed, swapped, inserted.)

#include <random>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "tests/tools/verify/verify_fixture.hpp"

using namespace verify;
using ledger::LogDatabase;

namespace {

constexpr EventRange at(std::uint64_t first, std::uint64_t last) { return {{first}, {last}}; }
constexpr EventRange at(std::uint64_t number) { return at(number, number); }

/// Expects the finding, and says what there was otherwise.
void expect(const LedgerReport& report, std::error_code code, EventRange where, terminal::Exit exit) {
    INFO(told(report));
    const Finding* finding = find(report, code);
    REQUIRE(finding != nullptr);
    CHECK(finding->events == where);
    CHECK(exit_of(report.findings) == exit);
}

/// Another device's name in a well-formed event: what a careful forger would write.
ledger::Bytes forge(const ledger::Bytes& stored) {
    auto event = ledger::decode_event(stored).value();
    std::get<ledger::SeatActivated>(event.body).product = "other-product";
    return ledger::encode_event(event).value();
}

ledger::Bytes renumber(const ledger::Bytes& stored, std::uint64_t number) {
    auto event = ledger::decode_event(stored).value();
    event.sequence_number = {number};
    return ledger::encode_event(event).value();
}

/// Replaces the leaf hash in the stored list of an event.
void put_leaf(support::LogTampering& log, std::uint64_t number, const ledger::Bytes& event) {
    auto list = log.get(LogDatabase::nodes, number).value();
    const auto leaf = ledger::default_suite().hash_leaf(event);
    std::copy(leaf.bytes.begin(), leaf.bytes.end(), list.begin());
    log.put(LogDatabase::nodes, number, list);
}

}  // namespace

TEST_CASE("verify: a sound ledger has no finding, with the last or with every signature", "[L1]") {
    const LedgerCopy copy;
    for (const auto signatures : {HeadSignatures::last, HeadSignatures::every}) {
        const auto report = audit(copy.folder(), signatures);
        INFO(told(report));
        CHECK(report.findings.empty());
        CHECK(exit_of(report.findings) == terminal::Exit::success);
        CHECK(report.size == SoundLedger::size);
        CHECK(report.heads == SoundLedger::instance().group_ends.size());
        CHECK(report.seats == SoundLedger::size - SoundLedger::first_activation);
        CHECK(report.activations == report.seats);
        CHECK(report.licenses == 1);
        CHECK_FALSE(report.rules_stopped_at);
    }
}

TEST_CASE("verify: an edited event is found, and where it is", "[L1]") {
    for (const std::uint64_t number : {3ULL, 1'023ULL, 1'024ULL, 1'700ULL, 2'602ULL}) {
        CAPTURE(number);
        const LedgerCopy copy;
        {
            auto log = copy.tamper();
            log.put(LogDatabase::events, number, forge(log.get(LogDatabase::events, number).value()));
        }
        expect(audit(copy.folder()), errc::event_changed, at(number), terminal::Exit::audit_history);
    }
}

TEST_CASE("verify: an event edited together with its stored hash is found in its group", "[L1][L3]") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        const auto forged = forge(log.get(LogDatabase::events, 1'700).value());
        log.put(LogDatabase::events, 1'700, forged);
        put_leaf(log, 1'700, forged);
    }
    expect(audit(copy.folder()), errc::history_differs, group_of(1'700), terminal::Exit::audit_history);
}

TEST_CASE("verify: a removed event is found, and where it was", "[L1]") {
    const LedgerCopy copy;
    copy.tamper().remove(LogDatabase::events, 500);
    expect(audit(copy.folder()), errc::event_missing, at(500), terminal::Exit::audit_history);
}

TEST_CASE("verify: an event removed with its hashes and its annex is found, and nothing else is", "[L1]") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        log.remove(LogDatabase::events, 500);
        log.remove(LogDatabase::nodes, 500);
        log.remove(LogDatabase::annex, 500);
    }
    const auto report = audit(copy.folder());
    expect(report, errc::event_missing, at(500), terminal::Exit::audit_history);
    CHECK(find(report, errc::history_differs) == nullptr);  // its neighbours' hashes say what it must have been
}

TEST_CASE("verify: an event removed so that all after it move up is found where it was", "[L1]") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        for (std::uint64_t number = 900; number + 1 < SoundLedger::size; ++number) {
            log.put(LogDatabase::events, number, log.get(LogDatabase::events, number + 1).value());
        }
        log.remove(LogDatabase::events, SoundLedger::size - 1);
    }
    const auto report = audit(copy.folder());
    expect(report, errc::event_misplaced, at(900, SoundLedger::size - 2), terminal::Exit::audit_history);
    expect(report, errc::event_missing, at(SoundLedger::size - 1), terminal::Exit::audit_history);
}

TEST_CASE("verify: swapped events are found, both", "[L1]") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        const auto first = log.get(LogDatabase::events, 100).value();
        const auto second = log.get(LogDatabase::events, 2'000).value();
        log.put(LogDatabase::events, 100, second);
        log.put(LogDatabase::events, 2'000, first);
    }
    const auto report = audit(copy.folder());
    INFO(told(report));
    std::vector<EventRange> places;
    for (const Finding& finding : report.findings.kept()) {
        if (finding.error.code == errc::event_misplaced) places.push_back(*finding.events);
    }
    CHECK(places == std::vector{at(100), at(2'000)});
}

TEST_CASE("verify: events swapped with their numbers corrected are found, both", "[L1]") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        const auto first = log.get(LogDatabase::events, 100).value();
        const auto second = log.get(LogDatabase::events, 2'000).value();
        log.put(LogDatabase::events, 100, renumber(second, 100));
        log.put(LogDatabase::events, 2'000, renumber(first, 2'000));
    }
    const auto report = audit(copy.folder());
    expect(report, errc::event_changed, at(100), terminal::Exit::audit_history);
    CHECK(report.findings.kept().back().events == at(2'000));
}

TEST_CASE("verify: an event inserted so that all after it move down is found where it is", "[L1]") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        for (std::uint64_t number = SoundLedger::size; number > 1'200; --number) {
            log.put(LogDatabase::events, number, log.get(LogDatabase::events, number - 1).value());
        }
        log.put(LogDatabase::events, 1'200, forge(log.get(LogDatabase::events, 1'200).value()));
    }
    const auto report = audit(copy.folder());
    expect(report, errc::event_changed, at(1'200, SoundLedger::size - 1), terminal::Exit::audit_history);
    expect(report, errc::event_misplaced, at(1'201, SoundLedger::size - 1), terminal::Exit::audit_history);
    expect(report, errc::event_unsigned, at(SoundLedger::size), terminal::Exit::audit_history);
}

TEST_CASE("verify: an event added behind the last head is found", "[L2]") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        log.put(LogDatabase::events, SoundLedger::size,
                renumber(log.get(LogDatabase::events, 7).value(), SoundLedger::size));
    }
    expect(audit(copy.folder()), errc::event_unsigned, at(SoundLedger::size), terminal::Exit::audit_history);
}

TEST_CASE("verify: an edited hash is told from an edited event", "[L1]") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        auto leaf = log.get(LogDatabase::nodes, 1'300).value();
        leaf[5] ^= 1;
        log.put(LogDatabase::nodes, 1'300, leaf);
        auto inner = log.get(LogDatabase::nodes, 2'047).value();  // completes the tree of 2,048 leaves
        inner.back() ^= 1;
        log.put(LogDatabase::nodes, 2'047, inner);
        log.remove(LogDatabase::nodes, 40);
    }
    const auto report = audit(copy.folder());
    expect(report, errc::node_changed, at(1'300), terminal::Exit::audit_history);
    expect(report, errc::node_missing, at(40), terminal::Exit::audit_history);
    CHECK(find(report, errc::event_changed) == nullptr);
    CHECK(report.findings.kept().back().events == at(2'047));
}

TEST_CASE("verify: a forged head is found: by its root, or by its signature", "[L3]") {
    auto& sound = SoundLedger::instance();
    const std::uint64_t size = sound.group_ends[20];
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        auto note = log.get(LogDatabase::heads, size).value();
        auto& digit = note[note.size() - 20];  // in the signature's base64
        digit = digit == 'A' ? 'B' : 'A';
        log.put(LogDatabase::heads, size, note);
    }
    const auto report = audit(copy.folder(), HeadSignatures::every);
    expect(report, ledger::errc::bad_signature, at(size - 1), terminal::Exit::audit_head);

    // A head that the server's own key signed over another tree: two histories.
    const ledger::TreeHead other{{size}, ledger::default_suite().hash({}, {})};
    copy.tamper().put(LogDatabase::heads, size, ledger::as_bytes(sound.maker.sign_head(other)));
    expect(audit(copy.folder()), errc::history_differs, at(sound.group_ends[19], size - 1),
           terminal::Exit::audit_history);
}

TEST_CASE("verify: a head stored for another size, or of another ledger, is found") {
    auto& sound = SoundLedger::instance();
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        log.put(LogDatabase::heads, 30, log.get(LogDatabase::heads, sound.group_ends[5]).value());
    }
    expect(audit(copy.folder()), errc::head_misplaced, at(29), terminal::Exit::audit_head);
}

TEST_CASE("verify: when the last head is removed, the events that it alone covered are found", "[L2]") {
    auto& sound = SoundLedger::instance();
    const LedgerCopy copy;
    copy.tamper().remove(LogDatabase::heads, SoundLedger::size);
    const std::uint64_t covered = sound.group_ends[sound.group_ends.size() - 2];
    expect(audit(copy.folder()), errc::event_unsigned, at(covered, SoundLedger::size - 1),
           terminal::Exit::audit_history);
}

TEST_CASE("verify: a cut tail is found, and by whoever kept a later head even when the heads are cut too", "[L8]") {
    auto& sound = SoundLedger::instance();
    const LedgerCopy copy;
    const std::uint64_t cut = sound.group_ends[sound.group_ends.size() - 3];
    {
        auto log = copy.tamper();
        for (std::uint64_t number = cut; number < SoundLedger::size; ++number) {
            log.remove(LogDatabase::events, number);
            log.remove(LogDatabase::nodes, number);
            log.remove(LogDatabase::annex, number);
        }
    }
    expect(audit(copy.folder()), errc::event_missing, at(cut, SoundLedger::size - 1), terminal::Exit::audit_history);
    {
        auto log = copy.tamper();
        for (const std::uint64_t size : sound.group_ends) {
            if (size > cut) log.remove(LogDatabase::heads, size);
        }
    }
    CHECK(audit(copy.folder()).findings.empty());  // by itself it is a ledger as it once was
    const auto report = audit(copy.folder(), HeadSignatures::last, {{"kept", sound.last_head}});
    INFO(told(report));
    CHECK(find(report, errc::witness_ahead) != nullptr);
    CHECK(exit_of(report.findings) == terminal::Exit::audit_history);
}

TEST_CASE("verify: witnesses agree with the ledger that they are of", "[L3]") {
    auto& sound = SoundLedger::instance();
    const LedgerCopy copy;
    const auto report =
        audit(copy.folder(), HeadSignatures::last, {{"head", sound.last_head}, {"file", sound.activation_file}});
    INFO(told(report));
    CHECK(report.findings.empty());
    CHECK(report.witnesses == 2);

    const ledger::TreeHead other{{77}, ledger::default_suite().hash({}, {})};
    const auto forked = audit(copy.folder(), HeadSignatures::last, {{"fork", sound.maker.sign_head(other)}});
    CHECK(find(forked, errc::witness_differs) != nullptr);
    CHECK(exit_of(forked.findings) == terminal::Exit::audit_history);
}

TEST_CASE("verify: an edited, moved or removed annex value is found") {
    const LedgerCopy copy;
    {
        auto log = copy.tamper();
        auto values = ledger::decode_annex(log.get(LogDatabase::annex, 60).value()).value();
        values.front().value = "somebody-else";
        log.put(LogDatabase::annex, 60, ledger::encode_annex(values));
        log.remove(LogDatabase::annex, 70);
        log.put(LogDatabase::annex, 1, log.get(LogDatabase::annex, 80).value());
    }
    const auto report = audit(copy.folder());
    expect(report, ledger::errc::commitment_mismatch, at(60), terminal::Exit::audit_annex);
    expect(report, errc::annex_missing, at(70), terminal::Exit::audit_annex);
    expect(report, errc::annex_orphaned, at(1), terminal::Exit::audit_annex);
}

TEST_CASE("verify: entries that are no part of a ledger are found") {
    const LedgerCopy copy;
    const ledger::Bytes odd{0, 0, 1};
    {
        auto log = copy.tamper();
        log.put_raw(LogDatabase::events, odd, odd);
        log.put(LogDatabase::annex, 1'000'000, odd);
        log.put_raw(LogDatabase::meta, odd, odd);
    }
    const auto report = audit(copy.folder());
    INFO(told(report));
    CHECK(report.findings.total() == 3);
    CHECK(find(report, errc::entry_stray) != nullptr);
}

TEST_CASE("verify: one bit that flips in any stored value is found", "[L1]") {
    const std::uint64_t seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const LedgerCopy copy;
    constexpr int flips = 60;
    for (int i = 0; i < flips; ++i) {
        const auto database = static_cast<LogDatabase>(random() % ledger::log_database_count);
        auto log = std::make_unique<support::LogTampering>(copy.folder());
        const auto entries = log->entries(database);
        const auto& [key, value] = entries[random() % entries.size()];
        REQUIRE_FALSE(value.empty());
        const std::size_t bit = random() % (value.size() * 8);
        auto changed = value;
        changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
        log->put_raw(database, key, changed);
        log.reset();

        const auto report = verify_ledger({.folder = copy.folder(),
                                           .root = SoundLedger::instance().vendor.root(),
                                           .signatures = HeadSignatures::every,
                                           .witnesses = {},
                                           .threads = 2,
                                           .progress = {}});
        CAPTURE(ledger::name_of(database), ledger::hex_encode(key), bit);
        CHECK((!report || !report->findings.empty()));
        support::LogTampering(copy.folder()).put_raw(database, key, value);
    }
    CHECK(audit(copy.folder(), HeadSignatures::every).findings.empty());  // all was put back
}
