// The program as an auditor runs it: exit code and JSON.

#include <sys/wait.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>

#include "tests/support/command.hpp"
#include "tests/tools/verify/verify_fixture.hpp"

using namespace verify;

namespace {

struct Outcome {
    int exit_code;
    boost::json::object report;  ///< Empty if there was none.
};

/// Runs actledger-verify --json with a file or folder of ours.
Outcome run(const std::filesystem::path& path, const std::filesystem::path& root, const std::string& options = "") {
    const std::string command = std::string(ACTLEDGER_BIN_DIR "/actledger-verify --json --lang en '") + path.string() +
                                "' --root '" + root.string() + "' " + options + " 2>/dev/null";
    FILE* const output = ::popen(command.c_str(), "r");
    REQUIRE(output != nullptr);
    std::string text;
    std::array<char, 4096> block{};
    while (const std::size_t length = std::fread(block.data(), 1, block.size(), output))
        text.append(block.data(), length);
    const int status = ::pclose(output);
    REQUIRE(WIFEXITED(status));
    return {WEXITSTATUS(status), text.empty() ? boost::json::object() : boost::json::parse(text).as_object()};
}

}  // namespace

TEST_CASE("verify: the program's exit code and JSON say what was found, and where") {
    auto& sound = SoundLedger::instance();
    const LedgerCopy copy;
    const support::TemporaryFolder folder;
    const auto root = folder.write("root.pem", sound.vendor.root().pem());
    const auto file = folder.write("pc.proof", sound.activation_file);

    const auto good = run(copy.folder(), root, "--every-signature --witness '" + file.string() + "'");
    CHECK(good.exit_code == 0);
    CHECK(good.report.at("result") == "verified");
    CHECK(good.report.at("ledger").at("size").to_number<std::uint64_t>() == SoundLedger::size);

    const auto activation = run(file, root);
    CHECK(activation.exit_code == 0);
    CHECK(activation.report.at("activation").at("index").to_number<std::uint64_t>() == 1'500);

    copy.tamper().remove(ledger::LogDatabase::events, 77);
    const auto spoiled = run(copy.folder(), root);
    CHECK(spoiled.exit_code == static_cast<int>(terminal::Exit::audit_history));
    const auto& finding = spoiled.report.at("findings").as_array().front();
    CHECK(finding.at("code") == "event-missing");
    CHECK(finding.at("first").to_number<std::uint64_t>() == 77);
    CHECK(finding.at("sentence") == "Event 77 is missing: it was removed.");
}

TEST_CASE("verify: what cannot be read at all has no report", "[L10]") {
    const support::TemporaryFolder folder;
    const auto root = folder.write("root.pem", SoundLedger::instance().vendor.root().pem());
    CHECK(run(folder.path(), root).exit_code == static_cast<int>(terminal::Exit::not_found));
    CHECK(run(root, root).exit_code == static_cast<int>(terminal::Exit::bad_input));
    CHECK(run(folder.path() / "nothing", root).exit_code == static_cast<int>(terminal::Exit::not_found));
    CHECK(run(folder.path(), folder.path() / "no.pem").exit_code == static_cast<int>(terminal::Exit::not_found));
    CHECK(run(folder.path(), root, "--no-such-option").exit_code == static_cast<int>(terminal::Exit::usage));
}

TEST_CASE("verify: a page that leads out of the file is a damaged log, not a crash", "[L10]") {
    const support::TemporaryFolder folder;
    const auto root = folder.write("root.pem", SoundLedger::instance().vendor.root().pem());
    const LedgerCopy copy;
    support::lead_pages_astray(copy.folder());
    const auto audit = [&](const std::string& options) {
        return support::run(ACTLEDGER_BIN_DIR "/actledger-verify " + support::quoted(copy.folder().string()) +
                            " --root " + support::quoted(root.string()) + " " + options);
    };
    for (const auto* options : {"--lang en", "--lang en --threads 1", "--lang en --json"}) {
        CAPTURE(options);
        const auto damaged = audit(options);
        CHECK(damaged.exit_code == static_cast<int>(terminal::Exit::storage));
        CHECK(damaged.output ==
              "actledger-verify: The ledger in " + copy.folder().string() +
                  " is damaged. (log-damaged)\n  Do not start over. Stop the server, and bring a copy, a "
                  "mirror or an export back: `actledger restore FOLDER --replace`. If there is none, "
                  "`actledger recover --root ROOT --license FILE` says how to go on.\n"
                  "  [a page leads out of data.mdb]\n");
    }
    CHECK(audit("--lang zh").output.find("中的账本已损坏。 (log-damaged)") != std::string::npos);
}

TEST_CASE("verify: a header that names no size of a page is a damaged log", "[L10]") {
    const support::TemporaryFolder folder;
    const auto root = folder.write("root.pem", SoundLedger::instance().vendor.root().pem());
    const LedgerCopy copy;
    const auto change = GENERATE(std::pair{40, '\x01'}, std::pair{41, '\x00'}, std::pair{43, '\x40'},
                                 // the last page that is used, of either header
                                 std::pair{143, '\x7f'});
    CAPTURE(change.first);
    {
        std::fstream file(copy.folder() / "log" / "data.mdb", std::ios::in | std::ios::out | std::ios::binary);
        for (const int page : {0, 4096}) {
            file.seekp(page + change.first);
            file.put(change.second);
        }
    }
    CHECK(run(copy.folder(), root).exit_code == static_cast<int>(terminal::Exit::storage));
}
