#include "tools/node/evidence.hpp"

#include <fstream>
#include <iterator>

#include "ledger/core/shown_head.hpp"
#include "tools/node/errc.hpp"

namespace node {

using ledger::Checkpoint;
using ledger::Result;
namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& path) {
    std::error_code failed;
    if (fs::file_size(path, failed) > ledger::note_bytes_max || failed) return {};
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Who signed a head that is kept at `path`; nothing: it is none of ours.
std::optional<ledger::HeadSigner> signer_of(const ledger::SignedCheckpoint& head, fs::path path, const Facts& facts) {
    if (head.checkpoint.origin.server_id != facts.origin.server_id) return std::nullopt;
    std::vector<ledger::Bytes> certificates;
    if (auto kept = ledger::read_chain_pem(read_file(path.replace_extension(".pem")))) certificates = *std::move(kept);
    auto signer = ledger::verify_shown_head(*facts.suite, head, facts.keys, certificates, facts.root, facts.retired);
    if (!signer) return std::nullopt;
    return *std::move(signer);
}

/// Whether the log has this head, or says why not.
Result<bool> explains(const ledger::Suite& suite, const ledger::LogReader& log,
                      const ledger::Incarnations& incarnations, const Checkpoint& head) {
    if (!incarnations.must_have(head)) return true;
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    if (head.head.size > size) return false;
    ACTLEDGER_TRY(const auto edge, ledger::Frontier::load(suite, head.head.size, log));
    return edge.head() == head.head;
}

/// @return whether it took its place
bool replace_if_greater(std::optional<Checkpoint>& greatest, const Checkpoint& head) {
    const auto rank = [](const Checkpoint& one) { return std::pair(one.origin.incarnation, one.head.size); };
    if (greatest && rank(head) <= rank(*greatest)) return false;
    greatest = head;
    return true;
}

}  // namespace

Result<ShownHeads> newest_evidence(const fs::path& folder, const ledger::LogReader& log, const Facts& facts,
                                   const ledger::Incarnations& incarnations, const ledger::PublicKey* expected) {
    ShownHeads shown;
    std::optional<Checkpoint> of_note;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        if (entry.path().extension() != ".note") continue;
        std::string note = read_file(entry.path());
        const auto head = ledger::SignedCheckpoint::parse(note);
        if (!head) continue;
        const auto signer = signer_of(*head, entry.path(), facts);
        if (!signer) continue;
        ACTLEDGER_TRY(const bool explained, explains(*facts.suite, log, incarnations, head->checkpoint));
        if (explained || signer->retired) continue;
        const bool is_expected = expected != nullptr && signer->later_key == *expected;
        if (signer->later_key && !is_expected) {
            replace_if_greater(shown.of_later_key, head->checkpoint);
        } else if (replace_if_greater(of_note, head->checkpoint)) {
            shown.note = std::move(note);
        }
    }
    return shown;
}

Result<void> check_no_later_key(const ShownHeads& shown) {
    if (!shown.of_later_key) return {};
    return ledger::Error{
        errc::hand_over_missing,
        {},
        {{"origin", shown.of_later_key->origin.text()}, {"size", std::to_string(shown.of_later_key->head.size.value)}}};
}

}  // namespace node
