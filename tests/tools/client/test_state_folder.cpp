#include <sys/stat.h>

#include <cstdlib>

#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/client/errc.hpp"
#include "tools/client/state_folder.hpp"

using namespace client;
using namespace std::chrono_literals;

namespace {

mode_t mode_of(const std::filesystem::path& file) {
    struct stat found {};
    REQUIRE(::stat(file.c_str(), &found) == 0);
    return found.st_mode & 0777;
}

}  // namespace

TEST_CASE("state folder: what is stored is read back, and the key is for its owner alone") {
    const support::TemporaryFolder folder;
    const StateFolder state(folder.path() / "client");
    CHECK(!state.activation());
    CHECK(!*state.device_key());
    CHECK(state.pins() == Pins{});
    const auto lock = state.lock(1s);
    REQUIRE(lock);
    const auto key = DeviceKey::generate();
    REQUIRE(state.store_device_key(key));
    REQUIRE(state.store_activation("proof\n"));
    CHECK(state.checkpoint_certificates().empty());
    const std::vector<ledger::Bytes> chain{{1, 2, 3}, {4}};
    REQUIRE(state.store_checkpoint("note\n", chain));
    const Pins pins{"server", {{"https://a:1", {2, 7}}}, {12345}, "activation"};
    REQUIRE(state.store_pins(pins));
    CHECK((*state.device_key())->spki() == key.spki());
    CHECK(state.activation() == "proof\n");
    CHECK(state.checkpoint() == "note\n");
    CHECK(state.checkpoint_certificates() == chain);
    CHECK(state.pins() == pins);
    CHECK(mode_of(state.folder() / "device.key") == 0600);
    CHECK(mode_of(state.folder() / "pins.json") == 0600);
    CHECK(mode_of(state.activation_path()) == 0644);
    REQUIRE(state.remove_activation());
    REQUIRE(state.remove_activation());
    CHECK(!state.activation());
}

TEST_CASE("state folder: one process at a time, and the next one waits no longer than told") {
    const support::TemporaryFolder folder;
    const StateFolder state(folder.path());
    auto held = std::optional(state.lock(0ms).value());
    const auto refused = state.lock(100ms);
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::state_busy);
    held.reset();
    CHECK(state.lock(0ms));
}

TEST_CASE("state folder: a damaged key is told and never replaced by another, damaged pins start anew") {
    const support::TemporaryFolder folder;
    const StateFolder state(folder.path());
    folder.write("device.key", std::string_view("-----BEGIN PRIVATE KEY-----\n"));
    CHECK(state.device_key().error().code == errc::key_damaged);
    folder.write("pins.json", std::string_view("{\"server_id\":7}"));
    CHECK(state.pins() == Pins{});
}

TEST_CASE("state folder: the same evidence is kept once, other evidence beside it") {
    const support::TemporaryFolder folder;
    const StateFolder state(folder.path());
    CHECK(!state.has_evidence());
    const auto first = state.keep_evidence("one");
    REQUIRE(first);
    CHECK(state.keep_evidence("one").value() == *first);
    CHECK(state.keep_evidence("two").value() != *first);
    CHECK(state.has_evidence());
}

// Run by the next test in a process of its own, to be killed.
TEST_CASE("state folder: writer", "[.writer]") {
    const StateFolder state(std::getenv("ACTLEDGER_TEST_STATE"));
    const bool stored = state.store_activation(std::string(20'000, 'n')).has_value();
    std::_Exit(stored ? 0 : 1);
}

TEST_CASE("state folder: a process killed at any step leaves the old file or the new one, whole") {
    const support::TemporaryFolder folder;
    const StateFolder state(folder.path());
    const std::string old_content(10'000, 'o');
    const std::string new_content(20'000, 'n');
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    bool saw_old = false;
    bool finished = false;
    for (int step = 1; step < 30 && !finished; ++step) {
        CAPTURE(step);
        REQUIRE(state.store_activation(old_content));
        // Only calls on this folder's files count.
        const auto result = support::run(
            "ACTLEDGER_TEST_STATE=" + support::quoted(folder.path().string()) +
            " strace -qq -o /dev/null -e trace=openat,write,fchmod,fsync,close,rename -P " +
            support::quoted((folder / "activation.proof.new")) + " -P " + support::quoted(folder / "activation.proof") +
            " -P " + support::quoted(folder.path().string()) +
            " -e inject=openat,write,fchmod,fsync,close,rename:signal=KILL:when=" + std::to_string(step) + " " +
            support::quoted(program) + " '[.writer]'");
        finished = result.exit_code == 0;
        const auto content = state.activation();
        REQUIRE(content);
        CHECK((*content == old_content || *content == new_content));
        saw_old = saw_old || *content == old_content;
        if (finished) CHECK(*content == new_content);
    }
    CHECK(saw_old);
    CHECK(finished);
}
