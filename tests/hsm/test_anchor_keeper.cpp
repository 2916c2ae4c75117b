#include <random>
#include <set>
#include <thread>

#include "hsm/anchor_keeper.hpp"
#include "hsm/folder_anchor_store.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tests/hsm/memory_anchor_store.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace std::chrono_literals;
using namespace ledger;
using hsm::AnchorKeeper;
using Mode = MemoryAnchorStore::Mode;

namespace {

const Suite& suite = default_suite();

/// A key, a store and the anchor that `hsm init` would have made.
struct Bench {
    PrivateKey key = PrivateKey::generate();
    MemoryAnchorStore store;
    Anchor first;

    Bench() {
        first.origin = {derive_server_id(suite, key.public_key()), 1};
        first.head = {{0}, suite.empty_root()};
        first.keys = {{1, 1, key.public_key().compressed(), {}}};
    }
    [[nodiscard]] AnchorKeeper keeper(hsm::AnchorKeeperOptions options = {}) {
        return {suite, key, {&store}, first, options};
    }
    [[nodiscard]] Anchor anchored() {
        const std::array keys{key.public_key()};
        return choose_anchor(suite, store.read().value(), keys).value();
    }
};

hsm::KeptLicense license(std::string id, std::uint64_t quantity,
                         AnchorLicense::State state = AnchorLicense::State::live) {
    return {std::move(id), state, suite.hash(as_bytes("terms")), quantity};
}

TreeHead head(std::uint64_t size) { return {{size}, suite.hash(as_bytes(std::to_string(size)))}; }

/// Waits until `condition` holds; fails the test after five seconds.
template <class Condition>
void eventually(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (!condition()) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        std::this_thread::sleep_for(1ms);
    }
}

}  // namespace

TEST_CASE("reservations: grow by blocks of 100 or 1 %, half a block ahead, never beyond the quantity",
          "[hsm][anchor]") {
    CHECK(hsm::reservation_block(1) == 100);
    CHECK(hsm::reservation_block(10'000) == 100);
    CHECK(hsm::reservation_block(1'000'000) == 10'000);
    CHECK(hsm::reservation_target(1'000, 0, 0) == 100);
    CHECK(hsm::reservation_target(1'000, 100, 50) == 100);
    CHECK(hsm::reservation_target(1'000, 100, 51) == 151);
    CHECK(hsm::reservation_target(1'000, 960, 955) == 1'000);
    CHECK(hsm::reservation_target(1'000, 1'000, 1'000) == 1'000);
    CHECK(hsm::reservation_target(30, 0, 0) == 30);
    CHECK(hsm::reservation_target(30, 30, 99) == 30);
    CHECK(hsm::reservation_target(0, 77, 99) == 77);  // quantity not told yet: never lowered
}

TEST_CASE("anchor keeper: a licence's first block is reserved when it is taken in", "[hsm][anchor]") {
    Bench bench;
    AnchorKeeper keeper = bench.keeper();
    CHECK(keeper.reserved("L1") == 0);
    REQUIRE(keeper.put(license("L1", 1'000)));
    REQUIRE(keeper.flush(5s));
    CHECK(keeper.reserved("L1") == 100);
    CHECK(bench.anchored().find("L1")->reserved == 100);
    const int writes = bench.store.attempts();
    REQUIRE(keeper.put(license("L1", 1'000)));
    REQUIRE(keeper.flush(5s));
    CHECK(bench.store.attempts() == writes);
}

TEST_CASE("anchor keeper: seats are only ever given from what the store holds", "[hsm][anchor]") {
    // What is asked at random moments is never more than what lies in the anchor at that moment.
    Bench bench;
    AnchorKeeper keeper = bench.keeper();
    REQUIRE(keeper.put(license("L1", 5'000)));
    REQUIRE(keeper.flush(5s));
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::uint64_t given = 0;
    while (given < 5'000) {
        const std::uint64_t next = std::min<std::uint64_t>(5'000, given + 1 + random() % 60);
        keeper.want("L1", next);
        if (keeper.reserved("L1") < next) {
            eventually([&] { return keeper.reserved("L1") >= next; });
        }
        CHECK(bench.anchored().find("L1")->reserved >= next);
        given = next;
    }
    CHECK(keeper.reserved("L1") == 5'000);
    CHECK(bench.store.attempts() <= 110);  // about one for each half block
}

TEST_CASE("anchor keeper: a reservation does not count before the store has it", "[hsm][anchor]") {
    Bench bench;
    AnchorKeeper keeper = bench.keeper();
    REQUIRE(keeper.put(license("L1", 1'000)));
    REQUIRE(keeper.flush(5s));
    std::atomic<int> raised = 0;
    keeper.on_raised([&] { ++raised; });
    bench.store.set(Mode::hangs);
    const int before = bench.store.attempts();
    keeper.want("L1", 90);
    bench.store.wait_for_attempts(before + 1);
    CHECK(keeper.reserved("L1") == 100);
    CHECK(raised == 0);
    bench.store.set(Mode::works);
    eventually([&] { return raised == 1; });
    CHECK(keeper.reserved("L1") == 190);
}

TEST_CASE("anchor keeper: a store that is away is tried again, and named meanwhile", "[hsm][anchor]") {
    Bench bench;
    AnchorKeeper keeper = bench.keeper();
    bench.store.set(Mode::away);
    REQUIRE(keeper.put(license("L1", 1'000)));
    const auto flushed = keeper.flush(50ms);
    REQUIRE_FALSE(flushed);
    CHECK(flushed.error().code == hsm::errc::token_gone);
    CHECK(keeper.status().failing.has_value());
    CHECK(keeper.status().failing_since.us > 0);
    CHECK(keeper.reserved("L1") == 0);
    bench.store.set(Mode::works);
    REQUIRE(keeper.flush(5s));
    CHECK_FALSE(keeper.status().failing.has_value());
    CHECK(keeper.reserved("L1") == 100);
}

TEST_CASE("anchor keeper: a write that broke off never leaves two anchors of one number", "[hsm][anchor]") {
    Bench bench;
    AnchorKeeper keeper = bench.keeper();
    bench.store.set(Mode::breaks_half_way);
    REQUIRE(keeper.put(license("L1", 1'000)));
    bench.store.wait_for_attempts(2);
    std::set<std::uint64_t> counters;
    for (const Bytes& note : bench.store.read().value()) {
        const auto anchor = verify_anchor(suite, note, bench.key.public_key());
        REQUIRE(anchor);
        CHECK(counters.insert(anchor->counter).second);
    }
    CHECK_FALSE(counters.empty());
    bench.store.set(Mode::works);
    REQUIRE(keeper.flush(5s));
    CHECK(bench.store.read()->size() == 1);
    CHECK(bench.anchored().counter == keeper.status().counter);
}

TEST_CASE("anchor keeper: heads are written seldom, and at the end", "[hsm][anchor]") {
    Bench bench;
    AnchorKeeper keeper = bench.keeper({.head_every = 1h});
    for (std::uint64_t size = 1; size <= 1'000; ++size) keeper.released(head(size));
    keeper.released(head(7));  // older: ignored
    std::this_thread::sleep_for(20ms);
    CHECK(bench.store.attempts() == 0);
    REQUIRE(keeper.stop(5s));
    CHECK(bench.store.attempts() == 1);
    CHECK(bench.anchored().head == head(1'000));
    CHECK(keeper.status().anchored == TreeSize{1'000});
}

TEST_CASE("anchor keeper: a head is written by itself when its time has come", "[hsm][anchor]") {
    Bench bench;
    AnchorKeeper keeper = bench.keeper({.head_every = 30ms});
    keeper.released(head(5));
    eventually([&] { return keeper.status().anchored == TreeSize{5}; });
    keeper.released(head(6));
    eventually([&] { return keeper.status().anchored == TreeSize{6}; });
    CHECK(bench.anchored().head == head(6));
}

TEST_CASE("anchor keeper: started on an old anchor it keeps what is reserved, and goes on counting", "[hsm][anchor]") {
    Bench bench;
    bench.first.counter = 41;
    bench.first.licenses = {{"L1", AnchorLicense::State::live, suite.hash(as_bytes("terms")), 300}};
    AnchorKeeper keeper = bench.keeper();
    CHECK(keeper.reserved("L1") == 300);
    keeper.want("L1", 299);  // the quantity is not known yet: nothing to write
    REQUIRE(keeper.put(license("L1", 1'000)));
    REQUIRE(keeper.flush(5s));
    CHECK(keeper.reserved("L1") == 399);
    CHECK(bench.anchored().counter == 42);
}

TEST_CASE("anchor keeper: one that is not in each store as it should be is written at once, and once",
          "[hsm][anchor]") {
    Bench bench;
    MemoryAnchorStore second;
    AnchorKeeper keeper(suite, bench.key, {&bench.store, &second}, bench.first, {}, false);
    REQUIRE(keeper.flush(5s));
    Anchor expected = bench.first;
    expected.counter = bench.first.counter + 1;
    CHECK(bench.anchored() == expected);
    CHECK(second.read().value() == bench.store.read().value());
    REQUIRE(keeper.flush(5s));
    CHECK(bench.anchored().counter == expected.counter);
}

TEST_CASE("anchor keeper: a revoked licence keeps its reservation and raises it no more", "[hsm][anchor]") {
    Bench bench;
    AnchorKeeper keeper = bench.keeper();
    REQUIRE(keeper.put(license("L1", 1'000)));
    REQUIRE(keeper.flush(5s));
    REQUIRE(keeper.put(license("L1", 1'000, AnchorLicense::State::revoked)));
    keeper.want("L1", 500);
    REQUIRE(keeper.flush(5s));
    CHECK(keeper.reserved("L1") == 100);
    CHECK(bench.anchored().find("L1")->state == AnchorLicense::State::revoked);
}

TEST_CASE("anchor keeper: more licences than fit are refused, and nothing is lost", "[hsm][anchor]") {
    Bench bench;
    AnchorKeeper keeper = bench.keeper();
    for (std::size_t i = 0; i < anchor_licenses_max; ++i) REQUIRE(keeper.put(license("L" + std::to_string(i), 10)));
    const auto one_more = keeper.put(license("M", 10));
    REQUIRE_FALSE(one_more);
    CHECK(one_more.error().code == hsm::errc::anchor_full);
    REQUIRE(keeper.flush(5s));
    CHECK(bench.anchored().licenses.size() == anchor_licenses_max);
}

TEST_CASE("anchor keeper: a second folder is written too, and its loss is an alarm, not a stop", "[hsm][anchor]") {
    Bench bench;
    const support::TemporaryFolder folder;
    const auto second = hsm::FolderAnchorStore::open(folder.path() / "anchor").value();
    AnchorKeeper keeper(suite, bench.key, {&bench.store, second.get()}, bench.first, {.head_every = 30ms});
    REQUIRE(keeper.put(license("L1", 1'000)));
    REQUIRE(keeper.flush(5s));
    CHECK(second->read().value() == bench.store.read().value());

    std::filesystem::rename(folder.path() / "anchor", folder.path() / "away");
    keeper.want("L1", 80);
    REQUIRE(keeper.flush(5s));
    CHECK(keeper.reserved("L1") == 180);
    REQUIRE(keeper.status().second_failing.has_value());
    CHECK(keeper.status().second_failing->code == hsm::errc::anchor_folder_failed);

    std::filesystem::rename(folder.path() / "away", folder.path() / "anchor");
    eventually([&] { return !keeper.status().second_failing; });
    CHECK(second->read().value() == bench.store.read().value());
}

TEST_CASE("anchor folder: replacing leaves one file, and a file half written is passed over", "[hsm][anchor]") {
    const support::TemporaryFolder folder;
    const auto store = hsm::FolderAnchorStore::open(folder.path() / "anchor").value();
    CHECK(store->read()->empty());
    REQUIRE(store->replace(as_bytes("one")));
    REQUIRE(store->replace(as_bytes("two")));
    CHECK(store->read().value() == std::vector<Bytes>{copy(as_bytes("two"))});
    folder.write("anchor/anchor-9.note.new", std::string_view("half"));
    folder.write("anchor/readme", std::string_view("x"));
    CHECK(store->read()->size() == 1);
    folder.write("anchor/anchor-1.note", std::string_view("left by an interruption"));
    CHECK(store->read()->size() == 2);
    REQUIRE(store->replace(as_bytes("three")));
    CHECK(store->read().value() == std::vector<Bytes>{copy(as_bytes("three"))});
    CHECK(store->replace(Bytes(16 * 1024 + 1)).error().code == hsm::errc::anchor_too_large);
    folder.write("anchor/anchor-8.note", std::string(16 * 1024 + 1, 'x'));
    CHECK(store->read().error().code == hsm::errc::anchor_too_large);
}

TEST_CASE("anchor folder: what calls itself another server's anchor stays, whatever its version", "[hsm][anchor]") {
    const support::TemporaryFolder folder;
    const auto store = hsm::FolderAnchorStore::open(folder.path() / "anchor").value();
    Bench ours;
    Bench theirs;
    const auto note = [](Bench& bench, std::uint64_t counter) {
        Anchor anchor = bench.first;
        anchor.counter = counter;
        return sign_anchor(suite, anchor, bench.key).value();
    };
    const Bytes lost = note(theirs, 7);
    std::string newer(as_text(lost));
    newer.replace(0, newer.find('\n'), "actledger-anchor/34");
    CHECK(hsm::server_named_by(lost) == theirs.first.origin.server_id);
    CHECK(hsm::server_named_by(as_bytes(newer)) == theirs.first.origin.server_id);
    for (const std::string_view other :
         {"", "actledger-anchor/2", "actledger-anchor/2\norigin x/1\n", "origin a/1\n"}) {
        CHECK(hsm::server_named_by(as_bytes(other)).empty());
    }

    REQUIRE(store->replace(lost));
    folder.write("anchor/anchor-5.note", newer);
    const Bytes own = note(ours, 2);
    REQUIRE(store->replace(note(ours, 1)));
    REQUIRE(store->replace(own));
    CHECK(store->read().value() == std::vector<Bytes>{lost, copy(as_bytes(newer)), own});
    std::vector<std::string> both{ours.first.origin.server_id, theirs.first.origin.server_id};
    std::ranges::sort(both);
    CHECK(store->servers() == both);

    // The other one replaces its own, and no more.
    REQUIRE(store->replace(note(theirs, 8)));
    CHECK(store->read()->size() == 2);
    CHECK(store->servers() == both);
    std::filesystem::remove_all(folder.path() / "anchor");
    std::filesystem::create_directory(folder.path() / "anchor");
    REQUIRE(store->replace(note(ours, 3)));
    CHECK(store->servers() == std::vector{ours.first.origin.server_id});
}
