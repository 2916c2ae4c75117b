#include "snapshot/state_choice.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "snapshot/state_errc.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::Result;

bool is_about_snapshot(const Error& error) { return &error.code.category() == &state_category(); }

Result<StateRead> read_judged(const std::filesystem::path& path, const LogIdentity& identity,
                              const ledger::LogReader& log) {
    // The header first: a million seats are not read to find out that they are somebody else's.
    ACTLEDGER_TRY(const StateFacts facts, read_state_facts(path));
    ACTLEDGER_CHECK(judge_snapshot(path, facts, identity, log));
    ACTLEDGER_TRY(StateRead read, read_state_file(path));
    if (read.facts != facts) ACTLEDGER_CHECK(judge_snapshot(path, read.facts, identity, log));  // replaced meanwhile
    return read;
}

}  // namespace

Result<LogIdentity> identify_log(const ledger::LogReader& log) {
    ACTLEDGER_TRY(const ledger::Bytes stored, log.event({0}));
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(stored));
    const auto* created = std::get_if<ledger::LedgerCreated>(&event.body);
    if (created == nullptr) {
        return Error{ledger::errc::log_damaged, "event 0 is not LedgerCreated", {{"folder", log.name()}}};
    }
    const ledger::Suite* suite = ledger::find_suite(created->suite);
    if (suite == nullptr) return Error{ledger::errc::unknown_event_kind, "a suite of a newer version"};
    return LogIdentity{suite, created->server_id};
}

Result<void> judge_snapshot(const std::filesystem::path& path, const StateFacts& facts, const LogIdentity& identity,
                            const ledger::LogReader& log) {
    if (facts.origin.server_id != identity.server_id) {
        return Error{
            state_errc::snapshot_foreign,
            {},
            {{"path", path.string()}, {"snapshot_server", facts.origin.server_id}, {"server", identity.server_id}}};
    }
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    const auto not_of_log = [&](const char* why) {
        return Error{state_errc::snapshot_not_of_log,
                     why,
                     {{"path", path.string()}, {"size", std::to_string(facts.head.size.value)}}};
    };
    if (facts.head.size > size) return not_of_log("the log is shorter");
    ACTLEDGER_TRY(const auto frontier, ledger::Frontier::load(*identity.suite, facts.head.size, log));
    if (frontier.head() != facts.head) return not_of_log("the log's tree has another root at that size");
    return {};
}

std::vector<std::filesystem::path> StateFound::bad_paths() const {
    std::vector<std::filesystem::path> paths;
    paths.reserve(rejected.size());
    for (const RejectedSnapshot& snapshot : rejected) paths.push_back(snapshot.path);
    return paths;
}

Result<StateChoice> choose_state(const StateFolder& folder, const ledger::LogReader& log) {
    StateChoice choice{std::make_unique<projections::LedgerState>(), {}};
    ACTLEDGER_TRY(const LogIdentity identity, identify_log(log));
    const auto entries = folder.list();
    if (!entries) {
        choice.found.rejected.push_back({folder.path(), entries.error()});
        return choice;
    }
    for (const StateFolder::Entry& entry : *entries) {
        auto read = read_judged(entry.path, identity, log);
        if (read) {
            choice.state = std::move(read->state);
            choice.found.used = read->facts;
            return choice;
        }
        if (!is_about_snapshot(read.error())) return read.error();
        choice.found.rejected.push_back({entry.path, read.error()});
    }
    return choice;
}

}  // namespace snapshot
