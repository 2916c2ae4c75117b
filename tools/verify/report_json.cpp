#include <boost/json.hpp>

#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"
#include "tools/verify/chunk.hpp"
#include "tools/verify/report.hpp"

namespace verify {
namespace {

namespace json = boost::json;

json::object facts_of(const Finding& finding) {
    json::object facts;
    for (const ledger::Fact& fact : finding.error.facts) facts[fact.name] = fact.value;
    return facts;
}

json::array findings_of(const FindingList& findings, ledger::Language language) {
    json::array array;
    for (const Finding& finding : findings.kept()) {
        json::object object;
        object["kind"] = kind_name(finding.kind);
        object["code"] = finding.error.stable_code();
        object["first"] = finding.events ? json::value(finding.events->first.value) : json::value(nullptr);
        object["last"] = finding.events ? json::value(finding.events->last.value) : json::value(nullptr);
        object["sentence"] = finding.sentence(language);
        object["remedy"] = finding.remedy(language);
        object["facts"] = facts_of(finding);
        object["detail"] = finding.error.detail;
        array.push_back(std::move(object));
    }
    return array;
}

json::object begin_report(std::string_view kind, const FindingList& findings, const ReportContext& context) {
    json::object report;
    report["schema"] = "actledger-verify/1";
    report["version"] = ACTLEDGER_VERSION;
    report["kind"] = kind;
    report["path"] = context.path;
    report["result"] = exit_of(findings) == terminal::Exit::success ? "verified" : "findings";
    report["exit_code"] = static_cast<int>(exit_of(findings));
    report["seconds"] = context.seconds;
    return report;
}

std::string end_report(json::object report, const FindingList& findings, const ReportContext& context) {
    report["findings_total"] = findings.total();
    json::object per_kind;
    for (const auto& [kind, count] : findings.per_kind()) per_kind[kind_name(kind)] = count;
    report["findings_by_kind"] = std::move(per_kind);
    report["findings"] = findings_of(findings, context.language);
    return ledger::escape_json_controls(json::serialize(report)) + "\n";
}

json::value time_or_null(const std::optional<ledger::Timestamp>& time) {
    return time ? json::value(ledger::time_text(*time)) : json::value(nullptr);
}

json::array incarnations_of(const LedgerReport& report) {
    json::array array;
    for (const ledger::Incarnation& one : report.incarnations) {
        const bool missing = one.known && one.kept() < one.known->head.size;
        array.push_back(json::object{
            {"incarnation", one.number},
            {"opened_by", one.opened_by.value},
            {"reason", ledger::reason_name(one.reason)},
            {"kept_size", one.kept().value},
            {"known_size", one.known ? json::value(one.known->head.size.value) : json::value(nullptr)},
            {"missing", missing ? json::value{{"first", one.kept().value}, {"last", one.known->head.size.value - 1}}
                                : json::value(nullptr)},
            {"end_unknown", one.end_unknown()}});
    }
    return array;
}

json::object lease_of(const FileReport& report, const ledger::Seat& seat) {
    json::object lease;
    const bool perpetual = report.lease == LeaseState::perpetual;
    lease["state"] = lease_state_name(report.lease);
    lease["ends_at"] = perpetual ? json::value(nullptr) : json::value(ledger::time_text(seat.lease_ends));
    lease["grace_ends_at"] = perpetual ? json::value(nullptr) : json::value(ledger::time_text(seat.grace_ends));
    lease["judged_at"] = ledger::time_text(report.judged_at);
    return lease;
}

}  // namespace

std::string ledger_json(const LedgerReport& report, const ReportContext& context) {
    json::object object = begin_report("ledger", report.findings, context);
    json::object ledger;
    ledger["origin"] = report.origin;
    ledger["present_origin"] = report.present_origin;
    ledger["server_id"] = report.server_id;
    ledger["suite"] = report.suite;
    ledger["size"] = report.size;
    ledger["root_hash"] = report.root_hash;
    ledger["heads"] = report.heads;
    ledger["signatures"] = report.signatures == HeadSignatures::every ? "every" : "newest";
    ledger["first_event_at"] = time_or_null(report.first_time);
    ledger["last_event_at"] = time_or_null(report.last_time);
    ledger["licenses"] = report.licenses;
    ledger["activations"] = report.activations;
    ledger["seats_held"] = report.seats;
    ledger["stated_size"] = report.stated_size;
    ledger["annex_held"] = report.annex_held;
    ledger["annex_erased"] = report.erased;
    ledger["witnesses"] = report.witnesses;
    ledger["witnesses_closed"] = report.witnesses_closed;
    ledger["seats_unclaimed"] = report.unclaimed;
    ledger["seats_provisional"] = report.provisional;
    ledger["seats_unconfirmed"] = report.unconfirmed;
    ledger["seats_kept"] = report.kept;
    ledger["incarnations"] = incarnations_of(report);
    ledger["rules_stopped_at"] = report.rules_stopped_at ? json::value(*report.rules_stopped_at) : json::value(nullptr);
    object["ledger"] = std::move(ledger);
    return end_report(std::move(object), report.findings, context);
}

std::string statement_json(const StatementReport& report, const ReportContext& context) {
    json::object object = begin_report("statement", report.findings, context);
    object["statement"] = nullptr;
    if (report.proven && report.head && report.totals) {
        const auto& issued = std::get<ledger::ReportIssued>(report.proven->event.body);
        json::object statement;
        statement["server_id"] = report.proven->origin.server_id;
        statement["at"] = ledger::time_text(report.head->at);
        statement["size"] = report.head->size.value;
        statement["root_hash"] = ledger::base64_encode(report.head->root.view());
        statement["digest"] = ledger::hex_encode(issued.digest.view());
        statement["issued_at"] = ledger::time_text(report.proven->event.time);
        statement["index"] = report.index.value;
        statement["time_in_doubt"] = report.head->time_in_doubt;
        statement["in_gap"] = report.head->in_gap;
        statement["losses"] = report.losses;
        statement["seats"] = report.totals->seats;
        statement["held"] = report.totals->held;
        statement["provisional"] = report.totals->provisional;
        statement["unconfirmed"] = report.totals->unconfirmed;
        statement["kept"] = report.totals->kept;
        statement["unclaimed"] = report.totals->unclaimed;
        statement["adoptions_waiting"] = report.totals->adoptions_waiting;
        statement["personal_data_issued"] = issued.personal_data;
        statement["personal_values"] =
            report.personal_values ? json::value(*report.personal_values) : json::value(nullptr);
        statement["compared"] = report.compared;
        object["statement"] = std::move(statement);
    }
    return end_report(std::move(object), report.findings, context);
}

std::string file_json(const FileReport& report, const ReportContext& context) {
    json::object object = begin_report("activation_file", report.findings, context);
    object["activation"] = nullptr;
    if (report.activation) {
        const auto& [event, origin, head, certificate] = *report.activation;
        const ledger::Seat& seat = *event.seat();
        json::object activation;
        activation["id"] = seat.activation_id.text();
        activation["index"] = report.index.value;
        activation["event"] = ledger::kind_name(event.body);
        activation["origin"] = origin.text();
        activation["tree_size"] = head.size.value;
        activation["at"] = ledger::time_text(event.time);
        activation["product"] = seat.product;
        activation["license_id"] = seat.license_id;
        json::array components;
        for (const ledger::Component& component : seat.components) {
            components.push_back(
                json::object{{"kind", component.kind}, {"digest", ledger::hex_encode(component.digest.view())}});
        }
        activation["components"] = std::move(components);
        activation["device_public_key"] = ledger::base64_encode(seat.device_public_key);
        json::object annex;
        for (const ledger::AnnexValue& value : report.annex) annex[field_name(value.field)] = value.value;
        activation["annex"] = std::move(annex);
        activation["server_certificate"] = ledger::hex_encode(certificate.fingerprint().view());
        activation["lease"] = lease_of(report, seat);
        object["activation"] = std::move(activation);
    }
    return end_report(std::move(object), report.findings, context);
}

}  // namespace verify
