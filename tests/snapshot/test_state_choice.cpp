// A start builds on the newest snapshot that is whole, of this ledger, and of a head that the log has. Invariants L6,
// L8.

#include "ledger/core/event_codec.hpp"
#include "snapshot/state_errc.hpp"
#include "tests/snapshot/grown_ledger.hpp"

using support::GrownLedger;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> codes_of(const snapshot::StateFound& found) {
    std::vector<std::string> codes;
    for (const auto& rejected : found.rejected) codes.emplace_back(rejected.why.stable_code());
    return codes;
}
using Codes = std::vector<std::string>;

void flip(const fs::path& path, std::size_t at) {
    std::string bytes = GrownLedger::read(path);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    GrownLedger::write(path, bytes);
}

}  // namespace

TEST_CASE("state choice: without a snapshot it begins with the empty state") {
    GrownLedger ledger;
    const auto choice = ledger.choose();
    CHECK_FALSE(choice.found.used);
    CHECK(choice.found.rejected.empty());
    CHECK(choice.state->size().value == 0);
}

TEST_CASE("state choice: the newest snapshot and the events since give what the whole log gives", "[L6]") {
    GrownLedger ledger;
    ledger.make();
    ledger.grow(5);
    ledger.make();
    ledger.grow(700);
    const auto choice = ledger.choose();
    REQUIRE(choice.found.used);
    CHECK(choice.state->size().value == 48);
    REQUIRE(snapshot::fold_state(*ledger.log(), *choice.state, {ledger.maker.size()}));
    CHECK(support::state_bytes(*choice.state) == support::state_bytes(*ledger.folded(ledger.maker.size())));
}

TEST_CASE("state choice: a damaged snapshot is named and passed over, for the one before it, and in the end for none",
          "[L8][L10]") {
    GrownLedger ledger;
    const auto older = ledger.make();
    ledger.grow(5);
    const auto newer = ledger.make();
    flip(newer.path, 5'000);
    auto choice = ledger.choose();
    CHECK(codes_of(choice.found) == Codes{"snapshot-damaged"});
    CHECK(choice.found.rejected[0].path == newer.path);
    REQUIRE(choice.found.used);
    CHECK(*choice.found.used == older.facts);

    flip(older.path, 100);
    choice = ledger.choose();
    CHECK(codes_of(choice.found) == Codes{"snapshot-damaged", "snapshot-damaged"});
    CHECK_FALSE(choice.found.used);
    CHECK(choice.state->size().value == 0);

    // The next one that is made takes the place of both.
    const auto made = ledger.make();
    CHECK(made.is_new);
    CHECK(made.from.value == 0);
    CHECK(ledger.snapshots().list().value().size() == 1);
    CHECK(codes_of(ledger.choose().found).empty());
}

TEST_CASE("state choice: a snapshot of another version is passed over") {
    GrownLedger ledger;
    const auto made = ledger.make();
    std::string bytes = GrownLedger::read(made.path);
    bytes[20] = 99;
    GrownLedger::write(made.path, bytes);
    CHECK(codes_of(ledger.choose().found) == Codes{"snapshot-version-unknown"});
}

TEST_CASE("state choice: another ledger's snapshot is not used, however good it is", "[L8]") {
    GrownLedger ledger;
    GrownLedger other;
    const fs::path foreign = other.make().path;
    ledger.make();
    fs::copy_file(foreign, ledger.snapshots().path_of({43}), fs::copy_options::overwrite_existing);
    const auto choice = ledger.choose();
    CHECK(codes_of(choice.found) == Codes{"snapshot-foreign"});
    CHECK_FALSE(choice.found.used);
}

TEST_CASE("state choice: a snapshot of events that the log does not have, or has otherwise, is not used", "[L8]") {
    GrownLedger ledger;
    const fs::path copy = ledger.folder.path() / "copy";
    ledger.maker.close();
    fs::copy(ledger.folder.path() / "log", copy, fs::copy_options::recursive);
    const auto go_on = [&](std::string_view marker) {
        const auto engine = ledger::open_log_engine(ledger.folder.path()).value();
        ledger::Event event;
        const auto last = ledger::decode_event(engine->event({42}).value()).value();
        event.sequence_number = {43};
        event.time = last.time;
        event.origin = last.origin;
        event.body = ledger::ServerStarted{std::string(marker)};
        const auto suite = &ledger::default_suite();
        auto frontier = ledger::Frontier::load(*suite, {43}, *engine).value();
        ledger::StoredEvent stored{ledger::encode_event(event).value(), {}, {}, {}};
        frontier.append(suite->hash_leaf(stored.event), stored.completed);
        REQUIRE(engine->append({43}, std::span(&stored, 1), {{44}, ledger.maker.sign_head(frontier.head())}));
    };
    const auto set_back = [&] {
        fs::remove_all(ledger.folder.path() / "log");
        fs::copy(copy, ledger.folder.path() / "log", fs::copy_options::recursive);
    };
    ledger.make();
    go_on("1");
    ledger.make();
    set_back();
    CHECK(codes_of(ledger.choose().found) == Codes{"snapshot-not-of-log"});
    CHECK(ledger.choose().found.used->head.size.value == 43);
    go_on("2");
    CHECK(codes_of(ledger.choose().found) == Codes{"snapshot-not-of-log"});
    set_back();
    go_on("1");
    CHECK(codes_of(ledger.choose().found).empty());
}

TEST_CASE("state choice: a snapshots folder that is none costs time, and nothing else") {
    GrownLedger ledger;
    GrownLedger::write(ledger.snapshots().path(), "a file");
    const auto choice = ledger.choose();
    CHECK(codes_of(choice.found) == Codes{"snapshot-unreadable"});
    CHECK(choice.state->size().value == 0);
    CHECK(snapshot::make_snapshot(ledger.snapshots(), *ledger.log()).error().stable_code() == "snapshot-not-written");
}

TEST_CASE("state maker: one that is there already is not made again, and one that is stopped leaves nothing") {
    GrownLedger ledger;
    CHECK(ledger.make().is_new);
    const auto again = ledger.make();
    CHECK_FALSE(again.is_new);
    CHECK(again.facts.head.size.value == 43);
    ledger.grow(1'000);
    const auto stopped =
        snapshot::make_snapshot(ledger.snapshots(), *ledger.log(), [](std::uint64_t) { return false; }).value();
    CHECK_FALSE(stopped);
    CHECK(ledger.snapshots().list().value().size() == 1);
}
