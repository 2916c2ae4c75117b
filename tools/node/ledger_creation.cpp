#include "tools/node/ledger_creation.hpp"

#include <sys/stat.h>

#include "hsm/errc.hpp"
#include "hsm/folder_anchor_store.hpp"
#include "hsm/token.hpp"
#include "ledger/core/anchor.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/store_write/log_engine.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/system_clock.hpp"

namespace node {

using ledger::Error;
using ledger::Result;

namespace {

/// What the token says where the key of the ledger that is there was looked for.
Error without_key(Error found, const config::Config& config) {
    for (const auto code : {hsm::errc::token_not_found, hsm::errc::key_not_found, hsm::errc::wrong_key}) {
        if (found.code == code) return {errc::key_of_other_ledger, {}, {{"folder", config.ledger.folder.string()}}};
    }
    return found;
}

/// The anchor that event 0 is made under. One that has seen a ledger means that the ledger is missing, not new.
Result<ledger::Anchor> unused_anchor(const ledger::Suite& suite, const hsm::Initialised& hsm) {
    const auto anchor = ledger::choose_anchor(suite, hsm.anchors, std::span(&hsm.public_key, 1));
    if (!anchor) {
        return Error{hsm::errc::anchor_lost,
                     "no anchor on the token is valid",
                     {{"token", hsm.token_label}, {"key", hsm.key_label}}};
    }
    if (anchor->head.size.value > 0) {
        return Error{
            errc::hsm_in_use,
            {},
            {{"server_id", anchor->origin.server_id}, {"anchor_size", std::to_string(anchor->head.size.value)}}};
    }
    return *anchor;
}

/// The note with the greatest tree, by its own word; nothing if none is an anchor.
std::optional<ledger::Anchor> longest(const std::vector<ledger::Bytes>& notes) {
    std::optional<ledger::Anchor> found;
    for (const ledger::Bytes& note : notes) {
        const auto parsed = ledger::SignedNote::parse(ledger::as_text(note));
        if (!parsed) continue;
        auto anchor = ledger::Anchor::parse_body(parsed->body);
        if (!anchor || (found && anchor->head.size < found->head.size)) continue;
        found = *std::move(anchor);
    }
    return found;
}

/// Where there is no log, an anchor in the folder is of a ledger that is lost, or of another server: the one that would
/// be made has none yet. @return errc::anchor_folder_in_use
Result<void> check_folder_unused(const config::Config& config) {
    if (config.hsm.anchor_folder.empty()) return {};
    ACTLEDGER_TRY(const auto folder, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
    const std::vector<std::string> servers = folder->servers();
    if (servers.empty()) return {};
    ACTLEDGER_TRY(const auto notes, folder->read());
    const auto anchor = longest(notes);  // none of those may be of a version that this program knows
    return Error{errc::anchor_folder_in_use,
                 {},
                 {{"folder", config.hsm.anchor_folder.string()},
                  {"server_id", anchor ? anchor->origin.server_id : servers.front()},
                  {"anchor_size", anchor ? std::to_string(anchor->head.size.value) : "?"}}};
}

/// Anchors whose key is gone are of a ledger that went on under another one. Who signed them is not known here: they
/// are only ever a reason not to make a key.
Error key_gone(const std::vector<ledger::Bytes>& notes) {
    const auto anchor = longest(notes);
    return {errc::hsm_in_use,
            "anchors without their key",
            {{"server_id", anchor ? anchor->origin.server_id : "?"},
             {"anchor_size", std::to_string(anchor ? anchor->head.size.value : 0)}}};
}

Result<void> make_log(const config::Config& config, const ledger::Suite& suite, hsm::Token& token,
                      const ledger::Certificate& root, ledger::Anchor anchor) {
    ledger::LedgerCreated genesis{.suite = suite.id(),
                                  .server_id = anchor.origin.server_id,
                                  .public_key = token.public_key().spki(),
                                  .vendor_root = root.der(),
                                  .device_salt = anchor.device_salt,
                                  .software_version = ACTLEDGER_VERSION};
    const ledger::EventDraft draft{
        {ledger::Actor::Kind::operator_, ledger::Actor::Authority::local_account, {}}, std::move(genesis), {}};
    const SystemClock clock;
    ACTLEDGER_TRY(const ledger::ReleasedHead head, ledger::create_log(config.ledger.folder, anchor.origin,
                                                                      std::span(&draft, 1), {clock.wall_us()}, token));
    ACTLEDGER_TRY(const auto checkpoint, ledger::SignedCheckpoint::parse(head.note));

    anchor.counter += 1;
    anchor.head = checkpoint.checkpoint.head;
    ACTLEDGER_TRY(const ledger::Bytes note, ledger::sign_anchor(suite, anchor, token));
    ACTLEDGER_CHECK(token.replace(note));
    if (config.hsm.anchor_folder.empty()) return {};
    ACTLEDGER_TRY(const auto second, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
    return second->replace(note);
}

bool on_one_disk(const std::filesystem::path& a, const std::filesystem::path& b) {
    struct stat status_a {};
    struct stat status_b {};
    return ::stat(a.c_str(), &status_a) == 0 && ::stat(b.c_str(), &status_b) == 0 && status_a.st_dev == status_b.st_dev;
}

}  // namespace

Result<ledger::Bytes> first_anchor(const ledger::Suite& suite, ledger::Signer& signer) {
    ledger::Anchor anchor;
    anchor.origin = {ledger::derive_server_id(suite, signer.public_key()), 1};
    anchor.head = {{0}, suite.empty_root()};
    ledger::fill_random(anchor.device_salt);
    anchor.keys = {{1, 1, signer.public_key().compressed(), {}}};
    return ledger::sign_anchor(suite, anchor, signer);
}

bool shares_disk(const hsm::Initialised& hsm, const std::filesystem::path& folder) {
    return hsm.files && on_one_disk(*hsm.files, folder);
}

Result<hsm::Options> token_options(const config::Config& config, const hsm::PinSource& pin_otherwise) {
    hsm::Options options;
    ACTLEDGER_TRY(options.uri, hsm::Uri::parse(config.hsm.uri));
    options.pin = hsm::choose_pin_source(config.hsm.pin_file, options.uri.pin_source);
    if (!options.pin.given()) options.pin = pin_otherwise;
    options.module = config.hsm.module;
    options.state_folder = config.ledger.folder;
    options.deadlines.sign = config.hsm.deadline;
    return options;
}

Result<hsm::Options> ledger_token_options(const config::Config& config, const Facts& facts,
                                          const hsm::PinSource& pin_otherwise) {
    ACTLEDGER_TRY(hsm::Options options, token_options(config, pin_otherwise));
    options.public_key = facts.keys.present().key;
    options.epoch = facts.keys.present().number;
    return options;
}

Result<hsm::Options> present_token_options(const config::Config& config, const hsm::PinSource& pin_otherwise) {
    const auto log = ledger::open_log_reader(config.ledger.folder);
    if (!log && log.error().code == ledger::errc::log_not_found) return token_options(config, pin_otherwise);
    if (!log) return log.error();
    ACTLEDGER_TRY(const Facts facts, read_facts(**log));
    return ledger_token_options(config, facts, pin_otherwise);
}

Result<Creation> create_ledger(const config::Config& config, const ledger::Certificate& root,
                               const hsm::PinSource& so_pin, const hsm::PinSource& pin_otherwise) {
    const ledger::Suite& suite = ledger::default_suite();
    std::error_code failed;
    std::filesystem::create_directories(config.ledger.folder, failed);
    if (failed) return Error{ledger::errc::storage_failed, failed.message()};

    ACTLEDGER_TRY(hsm::Options token_settings, token_options(config, pin_otherwise));
    const auto existing = ledger::open_log_reader(config.ledger.folder);
    if (!existing && existing.error().code != ledger::errc::log_not_found) return existing.error();
    std::optional<Facts> facts;
    if (existing) {
        // The ledger's key is looked for; no token and no key is made in its place.
        ACTLEDGER_TRY(facts, read_facts(**existing));
        ACTLEDGER_CHECK(ledger::check_root(root, facts->root));
        ACTLEDGER_TRY(token_settings, ledger_token_options(config, *facts, pin_otherwise));
    }
    if (!existing) ACTLEDGER_CHECK(check_folder_unused(config));
    auto hsm = hsm::initialise(
        token_settings, so_pin, [&](ledger::Signer& signer) { return first_anchor(suite, signer); },
        [](const std::vector<ledger::Bytes>& orphans) -> Result<void> { return key_gone(orphans); });
    if (!hsm) return existing ? without_key(std::move(hsm).error(), config) : std::move(hsm).error();
    Creation creation{*std::move(hsm), {}, false, false};
    creation.server_id = ledger::derive_server_id(suite, creation.hsm.public_key);
    creation.same_disk = shares_disk(creation.hsm, config.ledger.folder);

    if (facts) {
        creation.server_id = facts->origin.server_id;
        return creation;
    }

    token_settings.public_key = creation.hsm.public_key;
    ACTLEDGER_TRY(const auto token, hsm::Token::open(std::move(token_settings)));
    ACTLEDGER_CHECK(token->wait_ready(std::chrono::seconds(30)));
    ACTLEDGER_TRY(ledger::Anchor anchor, unused_anchor(suite, creation.hsm));
    ACTLEDGER_CHECK(make_log(config, suite, *token, root, std::move(anchor)));
    creation.made_ledger = true;
    return creation;
}

}  // namespace node
