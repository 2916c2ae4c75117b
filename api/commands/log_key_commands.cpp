#include "api/commands/log_key_commands.hpp"

#include "api/commands/enrolment.hpp"
#include "ledger/core/event_rules.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"

namespace api::commands {
namespace {

using ledger::Actor;
using ledger::Decision;
using ledger::Error;
using ledger::Result;

constexpr std::string_view log_key_prefix = "lk1.";
constexpr std::size_t log_key_random_bytes = 32;

bool is_usable(const projections::LogKey& key, const Context& context) {
    if (key.revoked_by) return false;
    return key.expires.us == 0 || context.in_doubt() || context.judged() < key.expires;
}

}  // namespace

Result<NewLogKey> prepare_log_key(const ledger::Suite& suite, Actor actor, std::string reader,
                                  ledger::Timestamp expires) {
    if (reader.empty() || reader.size() > ledger::pool_bytes_max || !ledger::is_one_line(reader)) {
        return Error{errc::reader_name_malformed};
    }
    std::array<std::uint8_t, log_key_random_bytes> random;
    ledger::fill_random(random);
    NewLogKey made;
    made.key = std::string(log_key_prefix) + ledger::base32_encode(random);
    ledger::fill_random(made.command.id);
    made.command.actor = std::move(actor);
    made.command.key_digest = suite.hash(ledger::as_bytes(made.key));  // 256 random bits: nothing to guess, no salt
    made.command.reader = std::move(reader);
    made.command.expires = expires;
    return made;
}

Result<Decision> decide(const CreateLogKey& command, const Context& context) {
    const projections::LogKey* existing = context.state.log_keys().find(command.id);
    if (existing != nullptr) return Decision{{}, existing->created_by};
    if (command.expires.us != 0 && command.expires <= context.judged() && !context.in_doubt()) {
        return Error{errc::log_key_ends_in_the_past,
                     {},
                     {{"expires", ledger::time_text(command.expires)}, {"at", ledger::time_text(context.judged())}}};
    }
    return Decision{
        {{command.actor, ledger::LogKeyCreated{command.id, command.key_digest, command.reader, command.expires}, {}}},
        {}};
}

Result<Decision> decide(const RevokeLogKey& command, const Context& context) {
    const projections::LogKey* key = context.state.log_keys().find(command.id);
    if (key == nullptr) return Error{errc::log_key_unknown, {}, {{"key", ledger::hex_encode(command.id)}}};
    if (key->revoked_by) return Decision{{}, *key->revoked_by};
    return Decision{{{command.actor, ledger::LogKeyRevoked{command.id}, {}}}, {}};
}

std::vector<LogKeyView> list_log_keys(const Context& context) {
    std::vector<LogKeyView> views;
    for (const auto& [id, key] : context.state.log_keys().all()) views.push_back({key, is_usable(key, context)});
    return views;
}

Result<void> admit_log_reader(const ledger::Digest& key_digest, const Context& context) {
    const projections::LogKey* key = context.state.log_keys().find(key_digest);
    if (key != nullptr && is_usable(*key, context)) return {};
    const projections::EnrolmentKey* enrolment = context.state.enrolment_keys().find(key_digest);
    const bool enrols = enrolment != nullptr && is_usable(*enrolment, context);
    return Error{enrols ? errc::log_key_wrong_kind : errc::log_key_invalid};
}

}  // namespace api::commands
