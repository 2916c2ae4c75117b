#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot/state_errc.hpp"
#include "tests/snapshot/grown_ledger.hpp"

using support::GrownLedger;
namespace fs = std::filesystem;

namespace {

std::string code_of(const ledger::Result<snapshot::StateRead>& read) {
    if (read) return "good";
    CHECK_FALSE(read.error().sentence(ledger::Language::chinese).empty());
    CHECK(read.error().sentence(ledger::Language::english).find('{') == std::string::npos);
    return std::string(read.error().stable_code());
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator(folder)) names.push_back(file.path().filename().string());
    std::ranges::sort(names);
    return names;
}

}  // namespace

TEST_CASE("state file: what was written is read back, whole, with what it says of itself") {
    GrownLedger ledger;
    const auto made = ledger.make();
    CHECK(made.is_new);
    CHECK(made.path == ledger.folder.path() / "snapshots" / "state-00000000000000000043.snapshot");
    const auto read = snapshot::read_state_file(made.path).value();
    CHECK(read.facts == made.facts);
    CHECK(read.facts == snapshot::read_state_facts(made.path).value());
    CHECK(read.facts.origin == ledger.maker.origin());
    CHECK(read.facts.head.size.value == 43);
    CHECK(read.facts.state == ledger.folded(43)->digest());
    CHECK(support::state_bytes(*read.state) == support::state_bytes(*ledger.folded(43)));
    struct stat status {};
    REQUIRE(::stat(made.path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(names_in(ledger.snapshots().path()) ==
          std::vector<std::string>{"lock", "state-00000000000000000043.snapshot"});
}

TEST_CASE("state file: the same state is the same file, byte for byte", "[L6]") {
    GrownLedger ledger;
    const auto made = ledger.make();
    const std::string bytes = GrownLedger::read(made.path);
    fs::remove(made.path);
    CHECK(GrownLedger::read(ledger.make().path) == bytes);
}

TEST_CASE("state file: cut at any length it is damaged", "[L10]") {
    GrownLedger ledger;
    const fs::path path = ledger.make().path;
    const std::string bytes = GrownLedger::read(path);
    for (std::size_t size = 0; size < bytes.size(); size += size < 300 ? 1 : 499) {
        CAPTURE(size);
        GrownLedger::write(path, bytes.substr(0, size));
        REQUIRE(code_of(snapshot::read_state_file(path)) == "snapshot-damaged");
    }
    GrownLedger::write(path, bytes + '\0');
    CHECK(code_of(snapshot::read_state_file(path)) == "snapshot-damaged");
}

TEST_CASE("state file: one changed bit is noticed, wherever it is", "[L10]") {
    GrownLedger ledger;
    const fs::path path = ledger.make().path;
    const std::string bytes = GrownLedger::read(path);
    for (std::size_t at = 0; at < bytes.size(); at += at < 300 ? 1 : 97) {
        CAPTURE(at);
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
        GrownLedger::write(path, changed);
        const std::string code = code_of(snapshot::read_state_file(path));
        REQUIRE(code == (at >= 16 && at < 24 ? "snapshot-version-unknown" : "snapshot-damaged"));
    }
}

TEST_CASE("state file: a body under the header of another state is damaged", "[L10]") {
    GrownLedger ledger;
    const std::string first = GrownLedger::read(ledger.make().path);
    ledger.grow(1);
    const auto second = ledger.make();
    // Headers are whole and bodies well formed; they do not belong together.
    auto facts = second.facts;
    const auto header = snapshot::state_header({facts.origin, facts.head, facts.state, first.size() - 256});
    GrownLedger::write(second.path, std::string(header.begin(), header.end()) + first.substr(256));
    CHECK(code_of(snapshot::read_state_file(second.path)) == "snapshot-damaged");
}

TEST_CASE("state file: a folder in its place, or none, cannot be read") {
    GrownLedger ledger;
    CHECK(code_of(snapshot::read_state_file(ledger.folder.path() / "nothing")) == "snapshot-unreadable");
    CHECK(code_of(snapshot::read_state_file(ledger.folder.path())) == "snapshot-unreadable");
}

TEST_CASE("state folder: the newest two are kept, and what an interrupted writer left is cleared away") {
    GrownLedger ledger;
    std::vector<fs::path> made;
    for (int i = 0; i < 4; ++i) {
        made.push_back(ledger.make().path);
        ledger.grow(2);
    }
    GrownLedger::write(ledger.snapshots().path() / "state-00000000000000000009.snapshot.new", "half");
    GrownLedger::write(ledger.snapshots().path() / "notes.txt", "somebody's own");
    made.push_back(ledger.make().path);
    CHECK(names_in(ledger.snapshots().path()) ==
          std::vector<std::string>{"lock", "notes.txt", made[3].filename(), made[4].filename()});
    const auto listed = ledger.snapshots().list().value();
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].path == made[4]);
    CHECK(listed[1].path == made[3]);
    CHECK(listed[0].size.value == 51);
}

TEST_CASE("state folder: names that no writer of ours gives are passed over") {
    GrownLedger ledger;
    const fs::path folder = ledger.snapshots().path();
    fs::create_directory(folder);
    for (const char* name :
         {"state-00000000000000000000.snapshot", "state-1.snapshot", "state-99999999999999999999.snapshot",
          "state-0000000000000000001x.snapshot", "state-00000000000000000001.snapshot.new"}) {
        GrownLedger::write(folder / name, "x");
    }
    CHECK(ledger.snapshots().list().value().empty());
}

TEST_CASE("state folder: two do not write at once") {
    GrownLedger ledger;
    ledger.make();
    ledger.grow(1);
    const int lock = ::open((ledger.snapshots().path() / "lock").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(::flock(lock, LOCK_EX) == 0);
    const auto busy = snapshot::make_snapshot(ledger.snapshots(), *ledger.log());
    REQUIRE_FALSE(busy);
    CHECK(busy.error().stable_code() == "snapshot-busy");
    ::close(lock);
    CHECK(ledger.make().is_new);
}
