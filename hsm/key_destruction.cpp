#include "hsm/key_destruction.hpp"

#include <algorithm>

#include "hsm/durable_file.hpp"
#include "hsm/errc.hpp"
#include "hsm/session_opening.hpp"
#include "hsm/token_files.hpp"

namespace hsm {
namespace {

using ledger::Error;
using ledger::PublicKey;
using ledger::Result;

/// SoftHSM never syncs: a power cut could bring a destroyed key back.
Result<void> make_durable(const Options& options, const TokenInfo& token) {
    const auto files = token_files(options, token);
    if (!files) return {};
    if (const auto failure = sync_tree(*files)) {
        return Error{errc::token_failed,
                     files->string() + ": " + failure.message(),
                     {{"function", "fsync"}, {"return_value", failure.message()}}};
    }
    return {};
}

/// The labels under which keys of the ledger can be, the first one of a token and those of its epochs up to `last`,
/// whose key is none of `spared`. A private key that is gone may have left its public key, so its label is named too.
/// Of a ledger that had more keys than an anchor names, and lost its log since, the epochs after the first one are not
/// known any more: their labels have a number that nobody else gives, and the first key of the token may be one of
/// them.
Result<std::vector<std::string>> labels_to_clear(const LoggedIn& to, const Options& options,
                                                 std::span<const PublicKey> keys, const PublicKey* spared) {
    std::vector<std::string> labels;
    const auto look = [&](const std::string& label, bool any_key) -> Result<void> {
        const auto found = to.connection->find_key(label);
        if (!found && found.error().code != errc::key_not_found) return found.error();
        if (found && spared != nullptr && *found == *spared) return {};
        if (found && !any_key && std::ranges::find(keys, *found) == keys.end()) {
            return Error{errc::wrong_key, {}, {{"key", label}, {"token", to.token.label}}};
        }
        labels.push_back(label);
        return {};
    };
    const std::size_t unknown = options.epoch - keys.size();
    ACTLEDGER_CHECK(look(options.label(), unknown > 0));
    for (std::uint32_t epoch = 2; epoch <= options.epoch; ++epoch) {
        ACTLEDGER_CHECK(look(options.label_of_epoch(epoch), epoch <= 1 + unknown));
    }
    if (spared == nullptr) ACTLEDGER_CHECK(look(options.label_of_epoch(options.epoch + 1), true));
    return labels;
}

}  // namespace

Result<void> destroy_all_keys(const Options& options, std::span<const PublicKey> keys) {
    ACTLEDGER_ASSERT(!keys.empty() && keys.size() <= options.epoch);
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options, KnownWrongPin::try_again));
    ACTLEDGER_TRY(const auto labels, labels_to_clear(to, options, keys, nullptr));
    for (const std::string& label : labels) ACTLEDGER_CHECK(to.connection->destroy_key(label));
    ACTLEDGER_CHECK(to.connection->remove_objects(options.label(), {}));
    return make_durable(options, to.token);
}

Result<std::size_t> destroy_replaced_keys(const Options& options, std::span<const PublicKey> keys) {
    ACTLEDGER_ASSERT(!keys.empty() && keys.size() <= options.epoch);
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options, KnownWrongPin::try_again));
    ACTLEDGER_TRY(const auto labels, labels_to_clear(to, options, keys, &keys.back()));
    std::size_t destroyed = 0;
    for (const std::string& label : labels) {
        if (to.connection->find_key(label)) ++destroyed;
        ACTLEDGER_CHECK(to.connection->destroy_key(label));
    }
    ACTLEDGER_CHECK(make_durable(options, to.token));
    return destroyed;
}

}  // namespace hsm
