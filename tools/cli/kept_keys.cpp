#include "tools/cli/kept_keys.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"
#include "snapshot/log_fold.hpp"
#include "snapshot/state_choice.hpp"
#include "tools/cli/errc.hpp"

namespace cli {
namespace {

using ledger::Error;
using ledger::Result;

/// A key of either kind, as commands speak of it.
struct Row {
    std::string_view kind;    ///< "enrolment_key"
    std::string_view holder;  ///< "pool"
    std::string_view path;
    std::string id;
    std::string digest;
    std::string name;
    ledger::Timestamp expires;

    [[nodiscard]] std::string end() const { return expires.us == 0 ? "never" : ledger::time_text(expires); }
};

std::vector<Row> rows_of(const Secrets& secrets) {
    std::vector<Row> rows;
    for (const auto& key : secrets.enrolment_keys) {
        rows.push_back({"enrolment_key", "pool", "/v1/admin/enrolment-keys/", ledger::hex_encode(key.key_id),
                        ledger::hex_encode(key.key_digest.view()), key.pool, key.expires});
    }
    for (const auto& key : secrets.log_keys) {
        rows.push_back({"log_key", "reader", "/v1/admin/log-keys/", ledger::hex_encode(key.key_id),
                        ledger::hex_encode(key.key_digest.view()), key.reader, key.expires});
    }
    return rows;
}

Result<std::unique_ptr<projections::LedgerState>> fold(const std::filesystem::path& folder) {
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(folder));
    ACTLEDGER_TRY(auto choice, snapshot::choose_state(snapshot::StateFolder(folder), *log));
    ACTLEDGER_TRY(const ledger::TreeSize size, log->size());
    const ledger::SequenceNumber from = ledger::next_of(choice.state->size());
    ACTLEDGER_CHECK(snapshot::fold_log(*log, from, size, [&](std::span<const ledger::Event> events) {
        choice.state->apply(events);
        return true;
    }));
    return std::move(choice.state);
}

template <class Key>
std::vector<Key> good_keys(const projections::AccessKeys& keys) {
    std::vector<Key> good;  // in the order of the ids, as the map is
    for (const auto& [id, key] : keys.all()) {
        if (!key.revoked_by) good.push_back({id, key.digest, key.holder, key.expires});
    }
    return good;
}

/// What became of a key that was passed over or put back; nothing for a refusal.
std::optional<std::string_view> outcome_of(const AdminAnswer& answer) {
    if (answer.status == 201) return "restored";
    if (answer.status == 200) return "there";
    const auto* const problem = answer.body.if_object();
    const auto* const code = problem == nullptr ? nullptr : problem->if_contains("code");
    if (code == nullptr || !code->is_string()) return std::nullopt;
    const std::string_view text = code->get_string();
    if (text.ends_with("-key-revoked")) return "revoked";
    if (text.ends_with("-key-ends-in-the-past")) return "expired";
    return std::nullopt;
}

Result<std::vector<Row>> wanted(const Secrets& secrets, const std::vector<std::string>& except) {
    std::vector<Row> rows = rows_of(secrets);
    for (const std::string& id : except) {
        if (std::erase_if(rows, [&](const Row& row) { return row.id == id; }) == 0) {
            return Error{errc::secrets_key_unknown, {}, {{"key", ledger::as_one_line(id)}}};
        }
    }
    if (rows.empty()) return Error{errc::secrets_nothing, {}, {{"roles", "enrolment_keys, log_keys"}}};
    return rows;
}

}  // namespace

Result<void> take_keys(const std::filesystem::path& folder, Secrets& secrets) {
    ACTLEDGER_TRY(const auto state, fold(folder));
    secrets.enrolment_keys = good_keys<ledger::EnrolmentKeyCreated>(state->enrolment_keys());
    secrets.log_keys = good_keys<ledger::LogKeyCreated>(state->log_keys());
    const std::size_t most = std::max(secrets.enrolment_keys.size(), secrets.log_keys.size());
    if (most <= kept_keys_max) return {};
    return Error{
        errc::secrets_keys_too_many, {}, {{"count", std::to_string(most)}, {"maximum", std::to_string(kept_keys_max)}}};
}

Result<void> restore_keys(Invocation& run, const Secrets& secrets, const std::vector<std::string>& except) {
    ACTLEDGER_TRY(const std::vector<Row> rows, wanted(secrets, except));
    ACTLEDGER_TRY(const auto admin, run.open_admin());
    boost::json::array done;
    bool restored = false;
    for (const Row& row : rows) {
        boost::json::object body{{"digest", row.digest}, {row.holder, row.name}};
        if (row.expires.us != 0) body["expires_at"] = ledger::time_text(row.expires);
        ACTLEDGER_TRY(const AdminAnswer answer,
                      admin->send({"PUT", std::string(row.path) + row.id, boost::json::serialize(body)}));
        const auto outcome = outcome_of(answer);
        if (!outcome) {
            run.exit_code = report_problem(answer);
            break;
        }
        restored = restored || *outcome == "restored";
        if (run.json) {
            done.push_back({{"kind", row.kind}, {"id", row.id}, {row.holder, row.name}, {"outcome", *outcome}});
        } else {
            std::printf("%-9s %-14s %-34s %s\n", std::string(*outcome).c_str(), std::string(row.kind).c_str(),
                        row.id.c_str(), ledger::as_one_line(row.name).c_str());
        }
    }
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(boost::json::object{{"keys", std::move(done)}}).c_str());
    } else if (restored) {
        const std::string made = ledger::time_text_seconds(secrets.made_at);
        run.say("What was revoked after " + made +
                    " and is not known here works again: revoke it, by `actledger "
                    "enrolment revoke` or `actledger log-key revoke`.",
                "在 " + made +
                    " 之后撤销、而此处没有记录的密钥会重新有效：请用 `actledger enrolment revoke` 或 "
                    "`actledger log-key revoke` 再次撤销。");
    }
    return {};
}

void add_keys(boost::json::object& answer, const Secrets& secrets) {
    boost::json::array enrolment;
    boost::json::array log;
    for (const Row& row : rows_of(secrets)) {
        boost::json::object key{{"id", row.id}, {row.holder, row.name}, {"expires_at", nullptr}};
        if (row.expires.us != 0) key["expires_at"] = row.end();
        (row.kind == "log_key" ? log : enrolment).push_back(std::move(key));
    }
    answer["enrolment_keys"] = std::move(enrolment);
    answer["log_keys"] = std::move(log);
}

void print_keys(const Secrets& secrets) {
    for (const Row& row : rows_of(secrets)) {
        std::printf("  %-16s %-34s %-28s %s\n", std::string(row.kind).c_str(), row.id.c_str(), row.end().c_str(),
                    ledger::as_one_line(row.name).c_str());
    }
}

}  // namespace cli
