#include "hsm/anchor_reading.hpp"

#include "hsm/session_opening.hpp"

namespace hsm {

ledger::Result<std::vector<ledger::Bytes>> read_anchors(const Options& options) {
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options, KnownWrongPin::refuse));
    return to.connection->read_objects(options.label());
}

ledger::Result<std::vector<LabelledNote>> read_other_anchors(Connection& connection, const std::string& label) {
    std::vector<LabelledNote> others;
    ACTLEDGER_TRY(const auto labels, connection.object_labels());
    for (const std::string& other : labels) {
        if (other == label) continue;
        ACTLEDGER_TRY(auto notes, connection.read_objects(other));
        for (ledger::Bytes& note : notes) others.push_back({other, std::move(note)});
    }
    return others;
}

ledger::Result<std::vector<LabelledNote>> read_other_anchors(const Options& options) {
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options, KnownWrongPin::refuse));
    return read_other_anchors(*to.connection, options.label());
}

ledger::Result<void> check_key(const Options& options) {
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options, KnownWrongPin::refuse));
    auto found = find_key(*to.connection, options);
    if (found) return {};
    return with_token(std::move(found).error(), to.token);
}

}  // namespace hsm
