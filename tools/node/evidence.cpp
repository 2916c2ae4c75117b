#include "tools/node/evidence.hpp"

#include <fstream>
#include <iterator>

namespace node {

using ledger::Result;
namespace fs = std::filesystem;

namespace {

/// Whether the log has this head, or says why not.
Result<bool> explains(const ledger::Suite& suite, const ledger::LogReader& log,
                      const ledger::Incarnations& incarnations, const ledger::Checkpoint& head) {
    if (!incarnations.must_have(head)) return true;
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    if (head.head.size > size) return false;
    ACTLEDGER_TRY(const auto edge, ledger::Frontier::load(suite, head.head.size, log));
    return edge.head() == head.head;
}

}  // namespace

Result<std::string> newest_evidence(const fs::path& folder, const ledger::LogReader& log, const Facts& facts,
                                    const ledger::Incarnations& incarnations) {
    std::string newest;
    std::optional<ledger::Checkpoint> of;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        if (entry.file_size(failed) > ledger::note_bytes_max || failed) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        std::string note((std::istreambuf_iterator<char>(file)), {});
        const auto parsed = ledger::SignedCheckpoint::parse(note);
        if (!parsed || parsed->checkpoint.origin.server_id != facts.origin.server_id) continue;
        const ledger::Checkpoint& head = parsed->checkpoint;
        if (!facts.keys.verify(*facts.suite, parsed->note, head.origin)) continue;
        ACTLEDGER_TRY(const bool explained, explains(*facts.suite, log, incarnations, head));
        const auto rank = [](const ledger::Checkpoint& one) {
            return std::pair(one.origin.incarnation, one.head.size);
        };
        if (explained || (of && rank(head) <= rank(*of))) continue;
        of = head;
        newest = std::move(note);
    }
    return newest;
}

}  // namespace node
