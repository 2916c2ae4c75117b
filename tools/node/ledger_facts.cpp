#include "tools/node/ledger_facts.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/key_change.hpp"
#include "ledger/store_read/key_search.hpp"
#include "tools/node/errc.hpp"

namespace node {

using ledger::Error;

namespace {

/// @param given_up  the keys that the vendor says were given up before the log began
ledger::Result<ledger::KeyEpochs> read_keys(const ledger::LogReader& log, const ledger::Certificate& root,
                                            ledger::TreeSize size, std::vector<ledger::Digest>& given_up) {
    std::optional<Error> refused;
    const auto judge = [&](const ledger::Event& event, const ledger::KeyEpochs& before) -> ledger::Result<void> {
        const auto genuine = ledger::verify_key_change(event, before, root);
        if (genuine) {
            const auto& file = *genuine;
            if (file && file->reendorsement.lost_log) given_up = file->reendorsement.lost_log->given_up;
            return {};
        }
        refused = Error{
            errc::hand_over_wrong, genuine.error().describe(), {{"at", std::to_string(event.sequence_number.value)}}};
        return *refused;
    };
    auto keys = ledger::find_key_epochs(ledger::key_search_in(log), size, judge);
    if (refused) return *std::move(refused);
    if (keys && keys->empty()) return Error{ledger::errc::log_damaged, "event 0 names no key"};
    return keys;
}

}  // namespace

projections::CertificateChain Facts::replaced_key_chain() const {
    if (keys.present().number == 1) return nullptr;
    return std::make_shared<const std::vector<ledger::Bytes>>(1, keys.present().certificate);
}

ledger::Result<Facts> read_facts(const ledger::LogReader& log) {
    ACTLEDGER_TRY(const ledger::Bytes first, log.event({0}));
    ACTLEDGER_TRY(ledger::Event event, ledger::decode_event(first));
    auto* genesis = std::get_if<ledger::LedgerCreated>(&event.body);
    if (genesis == nullptr) return Error{ledger::errc::log_damaged, "event 0 is not LedgerCreated"};
    const auto* suite = ledger::find_suite(genesis->suite);
    if (suite == nullptr) return Error{errc::software_too_old};
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    ACTLEDGER_TRY(const ledger::Bytes last, log.event({size.value - 1}));
    ACTLEDGER_TRY(const ledger::Event newest, ledger::decode_event(last));
    ACTLEDGER_TRY(ledger::Origin origin, ledger::Origin::parse(newest.origin));
    ACTLEDGER_TRY(ledger::Certificate root, ledger::Certificate::from_der(genesis->vendor_root));
    ledger::RetiredKeys retired;
    ACTLEDGER_TRY(ledger::KeyEpochs keys, read_keys(log, root, size, retired.given_up));
    const bool cleared = std::holds_alternative<ledger::KeyCleared>(newest.body);
    return Facts{suite, std::move(*genesis), std::move(origin), std::move(root), cleared, std::move(keys), {},
                 {},    std::move(retired)};
}

ledger::Result<void> check_not_cleared(const Facts& facts) {
    if (!facts.cleared) return {};
    return Error{errc::key_cleared, {}, {{"server_id", facts.origin.server_id}}};
}

void add_incarnations(Facts& facts, const projections::Identity& identity) {
    facts.incarnations = identity.incarnations();
    for (const ledger::Incarnation& one : facts.incarnations.opened()) {
        auto chain = identity.chain_for(one.opened_by);
        // Of a log that was lost, the first one there is: it begins with that event.
        if (!chain) chain = identity.first_chain();
        facts.opening_chains.push_back(std::move(chain));
    }
}

void add_revocations(Facts& facts, const projections::Licenses& licenses) {
    ledger::LicenseFacts known;
    licenses.add_facts(known);
    for (const auto& revoked : known.revoked_certificates) {
        facts.retired.revoked_certificates.push_back(revoked.fingerprint);
    }
}

}  // namespace node
