#include "api/commands/access_key_commands.hpp"

#include "ledger/core/event_rules.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"

namespace api::commands {
namespace {

using ledger::Actor;
using ledger::Decision;
using ledger::Error;
using ledger::Result;

constexpr std::size_t random_bytes = 32;

/// What differs between the uses.
struct UseTraits {
    std::string_view prefix;  ///< Of the key's text.
    errc holder_malformed;
    errc ends_in_the_past;
    errc unknown;
    errc revoked;
    errc differs;
};

const UseTraits& traits(KeyUse use) {
    static constexpr UseTraits enrolment{"ek1.",
                                         errc::pool_name_malformed,
                                         errc::enrolment_key_ends_in_the_past,
                                         errc::enrolment_key_unknown,
                                         errc::enrolment_key_revoked,
                                         errc::enrolment_key_differs};
    static constexpr UseTraits log{"lk1.",
                                   errc::reader_name_malformed,
                                   errc::log_key_ends_in_the_past,
                                   errc::log_key_unknown,
                                   errc::log_key_revoked,
                                   errc::log_key_differs};
    return use == KeyUse::enrolment ? enrolment : log;
}

const projections::AccessKeys& keys_of(KeyUse use, const Context& context) {
    return use == KeyUse::enrolment ? context.state.enrolment_keys() : context.state.log_keys();
}

ledger::EventBody created(const CreateAccessKey& command) {
    if (command.use == KeyUse::enrolment) {
        return ledger::EnrolmentKeyCreated{command.id, command.key_digest, command.holder, command.expires};
    }
    return ledger::LogKeyCreated{command.id, command.key_digest, command.holder, command.expires};
}

ledger::EventBody revoked(const RevokeAccessKey& command) {
    if (command.use == KeyUse::enrolment) return ledger::EnrolmentKeyRevoked{command.id};
    return ledger::LogKeyRevoked{command.id};
}

Result<void> check_holder(KeyUse use, const std::string& holder) {
    const bool blank = holder.find_first_not_of(' ') == std::string::npos;
    if (!blank && holder.size() <= ledger::pool_bytes_max && ledger::is_one_line(holder)) return {};
    return Error{traits(use).holder_malformed};
}

}  // namespace

bool is_usable(const projections::AccessKey& key, const Context& context) {
    if (key.revoked_by) return false;
    return key.expires.us == 0 || context.in_doubt() || context.judged() < key.expires;
}

Result<NewAccessKey> prepare_access_key(KeyUse use, const ledger::Suite& suite, Actor actor, std::string holder,
                                        ledger::Timestamp expires) {
    ACTLEDGER_CHECK(check_holder(use, holder));
    std::array<std::uint8_t, random_bytes> random;
    ledger::fill_random(random);
    NewAccessKey made;
    made.key = std::string(traits(use).prefix) + ledger::base32_encode(random);
    made.command.use = use;
    made.command.actor = std::move(actor);
    ledger::fill_random(made.command.id);
    made.command.key_digest = access_key_digest(suite, made.key);
    made.command.holder = std::move(holder);
    made.command.expires = expires;
    return made;
}

ledger::Digest access_key_digest(const ledger::Suite& suite, std::string_view key) {
    // No salt and no slow hash: the key has 256 random bits, so there is nothing to guess.
    return suite.hash(ledger::as_bytes(key));
}

Result<Decision> decide(const CreateAccessKey& command, const Context& context) {
    const projections::AccessKey* existing = keys_of(command.use, context).find(command.id);
    if (existing != nullptr) return Decision{{}, existing->created_by};
    if (command.expires.us != 0 && command.expires <= context.judged() && !context.in_doubt()) {
        return Error{traits(command.use).ends_in_the_past,
                     {},
                     {{"expires", ledger::time_text(command.expires)}, {"at", ledger::time_text(context.judged())}}};
    }
    return Decision{{{command.actor, created(command), {}}}, {}};
}

Result<Decision> decide(const RestoreAccessKey& command, const Context& context) {
    const CreateAccessKey& key = command.key;
    const projections::AccessKeys& keys = keys_of(key.use, context);
    const auto refused = [&](errc code) { return Error{code, {}, {{"key", ledger::hex_encode(key.id)}}}; };
    ACTLEDGER_CHECK(check_holder(key.use, key.holder));
    const projections::AccessKey* const same_id = keys.find(key.id);
    const projections::AccessKey* const same_digest = keys.find(key.key_digest);
    if (same_id != same_digest) return refused(traits(key.use).differs);
    if (same_id != nullptr) {
        if (same_id->revoked_by) return refused(traits(key.use).revoked);
        const bool same = same_id->holder == key.holder && same_id->expires == key.expires;
        if (!same) return refused(traits(key.use).differs);
    }
    return decide(key, context);
}

Result<Decision> decide(const RevokeAccessKey& command, const Context& context) {
    const projections::AccessKey* key = keys_of(command.use, context).find(command.id);
    if (key == nullptr) return Error{traits(command.use).unknown, {}, {{"key", ledger::hex_encode(command.id)}}};
    if (key->revoked_by) return Decision{{}, *key->revoked_by};
    return Decision{{{command.actor, revoked(command), {}}}, {}};
}

std::vector<AccessKeyView> list_access_keys(KeyUse use, const Context& context) {
    std::vector<AccessKeyView> views;
    for (const auto& [id, key] : keys_of(use, context).all()) views.push_back({key, is_usable(key, context)});
    return views;
}

Result<void> admit_log_reader(const ledger::Digest& key_digest, const Context& context) {
    const projections::AccessKey* key = context.state.log_keys().find(key_digest);
    if (key != nullptr && is_usable(*key, context)) return {};
    const projections::AccessKey* enrolment = context.state.enrolment_keys().find(key_digest);
    const bool enrols = enrolment != nullptr && is_usable(*enrolment, context);
    return Error{enrols ? errc::log_key_wrong_kind : errc::log_key_invalid};
}

}  // namespace api::commands
