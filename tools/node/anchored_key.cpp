#include "tools/node/anchored_key.hpp"

#include <algorithm>

#include "hsm/errc.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/ledger_creation.hpp"

namespace node {

using ledger::Bytes;
using ledger::Result;

namespace {

/// Each once. Who signed the notes is not known yet.
std::vector<hsm::AnchoredKey> last_keys(const ledger::Suite& suite, std::span<const Bytes> notes) {
    std::vector<hsm::AnchoredKey> keys;
    for (const Bytes& note : notes) {
        const auto parsed = ledger::SignedNote::parse(ledger::as_text(note));
        if (!parsed) continue;
        const auto anchor = ledger::Anchor::parse_body(parsed->body);
        if (!anchor || anchor->keys.back().digest) continue;
        const ledger::AnchorKey& last = anchor->keys.back();
        auto key = ledger::PublicKey::from_compressed(suite.id(), last.key);
        if (!key) continue;
        const bool is_there = std::ranges::any_of(keys, [&](const hsm::AnchoredKey& one) { return one.key == *key; });
        if (!is_there) keys.push_back({*std::move(key), last.epoch});
    }
    return keys;
}

}  // namespace

std::vector<hsm::AnchoredKey> keys_by_anchors(const ledger::Suite& suite, std::span<const Bytes> on_token,
                                              std::span<const Bytes> in_folder) {
    std::vector<Bytes> all(on_token.begin(), on_token.end());
    all.insert(all.end(), in_folder.begin(), in_folder.end());
    std::vector<hsm::AnchoredKey> keys = last_keys(suite, all);
    std::ranges::stable_sort(keys, {}, &hsm::AnchoredKey::epoch);
    std::stable_partition(keys.begin(), keys.end(), [&](const hsm::AnchoredKey& one) {
        return check_not_handed_over(suite, on_token, in_folder, one.key).has_value() &&
               ledger::choose_anchor(suite, all, std::span(&one.key, 1)).has_value();
    });
    return keys;
}

Result<std::vector<Bytes>> read_anchor_folder(const config::Config& config) {
    std::error_code failed;
    if (config.hsm.anchor_folder.empty() || !std::filesystem::exists(config.hsm.anchor_folder, failed)) {
        return std::vector<Bytes>();
    }
    ACTLEDGER_TRY(const auto folder, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
    return folder->read();
}

Result<hsm::Options> anchored_token_options(const config::Config& config, const hsm::PinSource& pin_otherwise) {
    ACTLEDGER_TRY(hsm::Options options, token_options(config, pin_otherwise));
    ACTLEDGER_TRY(const std::vector<Bytes> on_token, hsm::read_anchors(options));
    ACTLEDGER_TRY(const std::vector<Bytes> in_folder, read_anchor_folder(config));
    for (hsm::AnchoredKey& one : keys_by_anchors(*ledger::find_suite(options.suite), on_token, in_folder)) {
        hsm::Options of_key = options;
        of_key.public_key = std::move(one.key);
        of_key.epoch = one.epoch;
        const auto there = hsm::check_key(of_key);
        if (there) return of_key;
        const std::error_code code = there.error().code;
        if (code != hsm::errc::key_not_found && code != hsm::errc::wrong_key) return there.error();
    }
    return options;
}

}  // namespace node
