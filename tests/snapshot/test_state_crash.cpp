// Processes that are killed while they write a snapshot, a disk that fails and a disk that is full: what was there
// before stays, and the next one is made.

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "snapshot/state_errc.hpp"
#include "tests/snapshot/grown_ledger.hpp"

using support::GrownLedger;
namespace fs = std::filesystem;

namespace {

bool exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

struct CommandedLedger : GrownLedger {
    CommandedLedger() { folder.write("actledgerd.toml", "[ledger]\nfolder = \".\"\n"); }
    /// Runs `actledger snapshot` behind `command` (strace, env). @return how it ended
    [[nodiscard]] int snapshot_command(std::vector<std::string> command) const {
        command.insert(command.end(),
                       {ACTLEDGER_BIN_DIR "/actledger", "--config", folder / "actledgerd.toml", "snapshot"});
        std::vector<char*> arguments;
        for (std::string& argument : command) arguments.push_back(argument.data());
        arguments.push_back(nullptr);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(STDOUT_FILENO);
            ::close(STDERR_FILENO);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return status;
    }
    /// Whatever has happened: there is a good one of at least `size`, and none that is bad.
    void check(std::uint64_t size) const {
        const auto choice = choose();
        CHECK(choice.found.rejected.empty());
        REQUIRE(choice.found.used);
        CHECK(choice.found.used->head.size.value >= size);
        CHECK(choice.found.used->state == folded(choice.found.used->head.size.value)->digest());
    }
};

/// A small disk in place of the snapshots folder; needs root.
class SmallDisk {
 public:
    explicit SmallDisk(fs::path folder) : folder_(std::move(folder)) {
        fs::create_directory(folder_);
        mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=256k,mode=0700") == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    [[nodiscard]] bool mounted() const { return mounted_; }
    /// Another program fills the rest of the disk, but for `left` bytes.
    void fill(std::uintmax_t left) const {
        const auto room = fs::space(folder_).available;
        std::ofstream(folder_ / "filler", std::ios::binary) << std::string(room - left, 'f');
    }
    void clear() const { fs::remove(folder_ / "filler"); }

 private:
    fs::path folder_;
    bool mounted_ = false;
};

std::vector<std::string> unfinished(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator(folder)) {
        if (file.path().extension() == ".new") names.push_back(file.path().filename().string());
    }
    return names;
}

}  // namespace

TEST_CASE("state crash: a process killed at any system call that writes leaves the good snapshots good", "[crash]") {
    const std::string calls = "openat,mkdir,flock,pwrite64,fdatasync,fsync,rename,unlink";
    CommandedLedger ledger;
    ledger.make();
    ledger.grow(1);
    ledger.make();
    std::size_t killed = 0;
    std::uint64_t good = ledger.maker.size();
    // The calls before the folder is touched open libraries and the log: one in seven of them is enough.
    for (std::size_t n = 1; n < 1'000; n += n < 30 ? 7 : 1) {
        CAPTURE(n);
        ledger.grow(1);
        const int status =
            ledger.snapshot_command({"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e",
                                     "inject=" + calls + ":signal=KILL:when=" + std::to_string(n)});
        ledger.check(good);
        if (exited_with(status, 0)) break;
        ++killed;
        if (killed % 4 == 0) {
            REQUIRE(exited_with(ledger.snapshot_command({}), 0));
            good = ledger.maker.size();
            ledger.check(good);
            CHECK(unfinished(ledger.snapshots().path()).empty());
            CHECK(ledger.snapshots().list().value().size() == 2);
        }
    }
    CHECK(killed >= 10);
    ledger.check(ledger.maker.size());
}

TEST_CASE("state crash: a call that fails is told, and leaves the good snapshots good", "[crash]") {
    const std::string call = GENERATE("pwrite64", "fdatasync", "rename", "fsync");
    CAPTURE(call);
    CommandedLedger ledger;
    const auto good = ledger.make();
    ledger.grow(1);
    const int status = ledger.snapshot_command({"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                                                "inject=" + call + ":error=EIO:when=1"});
    CHECK(exited_with(status, 8));
    CHECK(unfinished(ledger.snapshots().path()).empty());
    ledger.check(good.facts.head.size.value);
    REQUIRE(exited_with(ledger.snapshot_command({}), 0));
    ledger.check(ledger.maker.size());
}

TEST_CASE("state crash: a full disk is told, leaves no half file, and costs no good snapshot", "[crash]") {
    CommandedLedger ledger;
    const SmallDisk disk(ledger.snapshots().path());
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    const auto good = ledger.make();
    for (const std::uintmax_t left : {0U, 8'192U, 32'768U}) {
        CAPTURE(left);
        disk.fill(left);
        ledger.grow(1);
        const auto failed = snapshot::make_snapshot(ledger.snapshots(), *ledger.log());
        REQUIRE_FALSE(failed);
        CHECK(failed.error().stable_code() == "snapshot-not-written");
        CHECK(unfinished(ledger.snapshots().path()).empty());
        CHECK(exited_with(ledger.snapshot_command({}), 8));
        ledger.check(good.facts.head.size.value);
        disk.clear();
    }
    CHECK(ledger.make().is_new);
    ledger.check(ledger.maker.size());
}
