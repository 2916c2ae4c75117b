#include "tools/node/found_anchor.hpp"

#include <algorithm>

#include "hsm/anchor_reading.hpp"
#include "hsm/errc.hpp"
#include "ledger/store_read/restored_mark.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/other_labels.hpp"

namespace node {

using ledger::Error;
using ledger::Result;

Result<void> check_no_successor(const ledger::Suite& suite, std::span<const ledger::Bytes> notes,
                                const ledger::PublicKey& key, const ledger::PublicKey* expected) {
    for (const ledger::Bytes& note : notes) {
        const auto parsed = ledger::SignedNote::parse(ledger::as_text(note));
        if (!parsed) continue;
        const auto anchor = ledger::Anchor::parse_body(parsed->body);
        if (!anchor || anchor->keys.back().is(suite, key)) continue;
        if (expected != nullptr && anchor->keys.back().is(suite, *expected)) continue;
        if (!anchor->names(suite, key)) continue;
        return Error{errc::hand_over_missing,
                     {},
                     {{"origin", anchor->origin.text()}, {"size", std::to_string(anchor->head.size.value)}}};
    }
    return {};
}

Result<void> check_not_handed_over(const ledger::Suite& suite, std::span<const ledger::Bytes> on_token,
                                   std::span<const ledger::Bytes> in_folder, const ledger::PublicKey& key) {
    if (!ledger::choose_anchor(suite, on_token, std::span(&key, 1))) {
        ACTLEDGER_CHECK(check_no_successor(suite, on_token, key));
    }
    return check_no_successor(suite, in_folder, key);
}

namespace {

/// The key itself is there, under another label.
std::optional<Error> find_elsewhere(const hsm::Options& options) {
    const ledger::Suite& suite = *ledger::find_suite(options.suite);
    const auto others = hsm::read_other_anchors(options);
    if (!others) return std::nullopt;
    for (const hsm::LabelledNote& other : *others) {
        auto anchor = ledger::verify_anchor(suite, other.note, *options.public_key);
        if (!anchor) continue;
        hsm::Options there = options;
        there.uri.object = other.label;
        if (hsm::check_key(there)) return key_of_other_object({other.label, *std::move(anchor)});
    }
    return std::nullopt;
}

}  // namespace

Error explain_missing_key(Error missing, const hsm::Options& options, hsm::FolderAnchorStore* second) {
    const bool other_key = missing.code == hsm::errc::wrong_key;
    if ((missing.code != hsm::errc::key_not_found && !other_key) || !options.public_key) return missing;
    if (auto elsewhere = find_elsewhere(options)) return *std::move(elsewhere);
    if (other_key) return missing;
    const ledger::Suite& suite = *ledger::find_suite(options.suite);
    std::vector<ledger::Bytes> notes;
    if (auto on_token = hsm::read_anchors(options)) notes = *std::move(on_token);
    if (second != nullptr) {
        if (const auto more = second->read()) notes.insert(notes.end(), more->begin(), more->end());
    }
    auto judged = check_no_successor(suite, notes, *options.public_key);
    return judged ? std::move(missing) : std::move(judged).error();
}

namespace {

/// Nothing among the notes is an anchor in a form that is not known here.
Result<void> check_versions(std::span<const ledger::Bytes> notes) {
    for (const ledger::Bytes& note : notes) {
        const auto parsed = ledger::SignedNote::parse(ledger::as_text(note));
        if (!parsed) continue;
        if (const auto version = ledger::Anchor::unknown_version(parsed->body)) {
            return Error{hsm::errc::anchor_version_unknown, {}, {{"version", *version}}};
        }
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<hsm::Token>> open_ledger_token(const hsm::Options& options, hsm::FolderAnchorStore* second) {
    constexpr std::chrono::seconds patience{30};
    // A token that is away may come; a key that is not there, or another PIN, does not.
    if (auto there = hsm::check_key(options); !there && there.error().code != hsm::errc::token_not_found) {
        return explain_missing_key(std::move(there).error(), options, second);
    }
    ACTLEDGER_TRY(auto token, hsm::Token::open(options));
    if (auto ready = token->wait_ready(patience); !ready) {
        return explain_missing_key(std::move(ready).error(), options, second);
    }
    return token;
}

Result<FoundAnchor> find_anchor(const ledger::Suite& suite, hsm::Token& token, hsm::FolderAnchorStore* second,
                                const ledger::LogReader* log) {
    ACTLEDGER_TRY(std::vector<ledger::Bytes> notes, token.read());
    ACTLEDGER_TRY(auto others, token.read_others());
    const std::span key(&token.public_key(), 1);
    const auto on_token_chosen = ledger::choose_anchor(suite, notes, key);
    ACTLEDGER_CHECK(
        check_not_gone_on({suite, token.public_key(), on_token_chosen ? &*on_token_chosen : nullptr, log}, others));
    const std::size_t on_token = notes.size();
    std::vector<ledger::Bytes> more;
    if (second != nullptr) {
        ACTLEDGER_TRY(more, second->read());
    }
    ACTLEDGER_CHECK(check_not_handed_over(suite, notes, more, token.public_key()));
    notes.insert(notes.end(), more.begin(), more.end());
    auto chosen = ledger::choose_anchor(suite, notes, key);
    if (!chosen) {
        ACTLEDGER_CHECK(check_versions(notes));
        const std::string fingerprint = ledger::hex_encode(suite.hash(token.public_key().spki()).view());
        return Error{hsm::errc::anchor_lost,
                     "no anchor on the token is valid",
                     {{"token", token.status().token_label}, {"key", "SHA-256 " + fingerprint}}};
    }
    const auto is_it = [&](const ledger::Bytes& note) {
        const auto anchor = ledger::verify_anchor(suite, note, token.public_key());
        return anchor && *anchor == *chosen;
    };
    const auto it = std::ranges::find_if(notes, is_it);
    ACTLEDGER_ASSERT(it != notes.end());  // one of them was chosen
    const auto has_it = [&](auto first, auto last) { return std::find(first, last, *it) != last; };
    const auto in_folder = notes.begin() + static_cast<std::ptrdiff_t>(on_token);
    const bool everywhere = has_it(notes.begin(), in_folder) && (second == nullptr || has_it(in_folder, notes.end()));
    const bool settled = everywhere && std::ranges::all_of(notes, [&](const ledger::Bytes& note) {
                             if (note == *it) return true;
                             const std::string server =
                                 hsm::server_named_by(note);  // another server's is nobody's to replace
                             return !server.empty() && server != chosen->origin.server_id;
                         });
    return FoundAnchor{*std::move(chosen), ledger::Bytes(*it), settled, std::move(others)};
}

Result<void> check_standing(ledger::AnchorStanding standing, const ledger::Anchor& anchor, const ledger::Origin& origin,
                            ledger::TreeSize log_size) {
    const ledger::Fact anchor_size{"anchor_size", std::to_string(anchor.head.size.value)};
    switch (standing) {
        case ledger::AnchorStanding::foreign:
            return Error{
                errc::anchor_foreign, {}, {{"anchor_origin", anchor.origin.text()}, {"log_origin", origin.text()}}};
        case ledger::AnchorStanding::behind:
            return Error{errc::log_behind_anchor, {}, {{"log_size", std::to_string(log_size.value)}, anchor_size}};
        case ledger::AnchorStanding::unfinished:
            return Error{errc::recovery_unfinished, {}, {{"origin", origin.text()}}};
        case ledger::AnchorStanding::inconsistent:
            return Error{errc::log_contradicts_anchor, {}, {anchor_size}};
        case ledger::AnchorStanding::equal:
        case ledger::AnchorStanding::ahead:
            break;
    }
    return {};
}

Result<void> check_confirmed(const std::filesystem::path& folder, ledger::TreeSize log_size) {
    ACTLEDGER_TRY(const bool restored, ledger::is_as_restored(folder, log_size));
    if (!restored) return {};
    return Error{errc::restored_unconfirmed, {}, {{"log_size", std::to_string(log_size.value)}}};
}

Result<void> check_whole(const ledger::Suite& suite, const ledger::LogReader& log, const std::filesystem::path& folder,
                         const ledger::Origin& origin, const ledger::Incarnations& incarnations,
                         const ledger::Anchor& anchor) {
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    ACTLEDGER_TRY(const auto standing, compare_with_anchor(suite, log, origin, incarnations, anchor));
    ACTLEDGER_CHECK(check_standing(standing, anchor, origin, size));
    return check_confirmed(folder, size);
}

}  // namespace node
