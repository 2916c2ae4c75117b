#include "tools/node/lost_ledger.hpp"

#include <limits>

#include "hsm/folder_anchor_store.hpp"
#include "hsm/token.hpp"
#include "ledger/core/activation_file.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "snapshot/lost_ledger.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/known_times.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/new_log.hpp"
#include "tools/node/new_token.hpp"
#include "tools/node/other_labels.hpp"
#include "tools/node/system_clock.hpp"

namespace node {

using ledger::Bytes;
using ledger::Checkpoint;
using ledger::Error;
using ledger::PublicKey;
using ledger::Result;

namespace {

constexpr std::chrono::seconds token_patience{30};
using DeviceSalt = std::array<std::uint8_t, 32>;

std::pair<std::uint32_t, ledger::TreeSize> rank(const Checkpoint& head) {
    return {head.origin.incarnation, head.head.size};
}

/// What the files say together: of one server, signed by one key.
class Evidence {
 public:
    /// @param endorsed  the lost key, if it is known which that is; activation files must be signed by it.
    Evidence(const ledger::Suite& suite, std::optional<ledger::Digest> endorsed) : suite_(suite), endorsed_(endorsed) {}

    Result<void> read(const Survivals& survivals) {
        for (const SurvivingFile& file : survivals.activation_files) ACTLEDGER_CHECK(add_file(file, survivals.root));
        ledger::Timestamp newest;
        for (const SurvivingFile& file : survivals.licenses) {
            ACTLEDGER_TRY(const auto license, ledger::verify_license(ledger::as_bytes(file.bytes), survivals.root));
            ACTLEDGER_CHECK(add_server(file.name, license.terms.server_id));
            times.add(file.name, license.terms.issued_at);
            const bool is_endorsed = endorsed_ && suite_.hash(license.terms.server_key) == *endorsed_;
            if (key_from_file_ || (endorsed_ && !is_endorsed) || license.terms.issued_at < newest) continue;
            newest = license.terms.issued_at;
            ACTLEDGER_TRY(key, license.server_certificate.public_key(suite_.id()));
        }
        return {};
    }

    /// The old token's anchor, of which a copy outlived it.
    Result<void> add_anchor(const SignedAnchor& found) {
        ACTLEDGER_CHECK(add_salt("anchor", found.anchor.device_salt));
        add_head({found.anchor.origin, found.anchor.head}, found.note);
        return {};
    }

    std::string server_id;
    std::optional<PublicKey> key;  ///< The one that was lost; nothing: no file has it.
    std::optional<Checkpoint> known;
    std::string known_note;
    std::optional<DeviceSalt> salt;
    KnownTimes times;

 private:
    Result<void> add_file(const SurvivingFile& named, const ledger::Certificate& root) {
        ACTLEDGER_TRY(const auto file, ledger::ActivationFile::parse(named.bytes));
        ACTLEDGER_TRY(const auto proven, ledger::verify_logged_event(file, root));
        ACTLEDGER_CHECK(add_server(named.name, proven.origin.server_id));
        ACTLEDGER_TRY(const PublicKey signer, proven.server_certificate.public_key(suite_.id()));
        const auto wanted = endorsed_ ? endorsed_ : key ? std::optional(suite_.hash(key->spki())) : std::nullopt;
        if (wanted && suite_.hash(signer.spki()) != *wanted) {
            return Error{errc::file_of_other_key,
                         {},
                         {{"file", named.name},
                          {"file_key", key_text(suite_, signer)},
                          {"old_key", ledger::hex_encode(wanted->view())}}};
        }
        if (!file.device_salt) return Error{errc::file_without_salt, {}, {{"file", named.name}}};
        ACTLEDGER_CHECK(add_salt(named.name, *file.device_salt));
        times.add(named.name, proven.event.time);
        key = signer;
        key_from_file_ = true;
        add_head({proven.origin, proven.head}, file.checkpoint);
        return {};
    }

    Result<void> add_server(const std::string& name, const std::string& of) {
        if (server_id.empty()) server_id = of;
        if (server_id == of) return {};
        return Error{errc::file_of_other_server, {}, {{"file", name}, {"file_server", of}, {"server_id", server_id}}};
    }

    Result<void> add_salt(const std::string& name, const DeviceSalt& of) {
        if (!salt) salt = of;
        if (*salt == of) return {};
        return Error{errc::device_salts_differ, {}, {{"file", name}}};
    }

    void add_head(Checkpoint head, const std::string& note) {
        if (known && rank(head) <= rank(*known)) return;
        known = std::move(head);
        known_note = note;
    }

    const ledger::Suite& suite_;
    const std::optional<ledger::Digest> endorsed_;
    bool key_from_file_ = false;
};

/// The key that would be given up is not on this very token, with an anchor that is enough to go on from: the files
/// that name the key have its certificate. A token's first key under the configured label is judged once it was found.
/// @return errc::key_well_on_token
Result<void> check_key_not_well(const config::Config& config, const hsm::Options& settings, const PublicKey& key,
                                const std::vector<hsm::LabelledNote>& notes, const hsm::HasKey& has_key) {
    ACTLEDGER_TRY(const auto well,
                  find_well_key(*ledger::find_suite(settings.suite), key, notes, config.hsm.anchor_folder, has_key));
    if (!well || (well->object == settings.label() && well->anchor.keys.back().epoch == 1)) return {};
    // An earlier version's anchor has the digests of its keys alone.
    if (well->anchor.keys.size() > 1 && well->anchor.keys.front().digest) return {};
    return key_well_on_token(*well);
}

}  // namespace

Result<LostLedgerRequest> request_lost_ledger(const config::Config& config, const Survivals& survivals,
                                              const hsm::PinSource& so_pin, const hsm::PinSource& pin_otherwise) {
    const ledger::Suite& suite = ledger::default_suite();
    Evidence evidence(suite, std::nullopt);
    ACTLEDGER_CHECK(evidence.read(survivals));
    ACTLEDGER_ASSERT(evidence.key.has_value());  // there is a file at least, and each has a key
    ACTLEDGER_TRY(const auto lock, ledger::FolderLock::take(config.ledger.folder));
    ACTLEDGER_CHECK(lock->check_no_log());
    ACTLEDGER_TRY(hsm::Options settings, token_options(config, pin_otherwise));
    ACTLEDGER_TRY(hsm::Initialised hsm,
                  hsm::initialise(
                      settings, so_pin, [&](ledger::Signer& signer) { return first_anchor(suite, signer); }, {},
                      [&](const auto& notes, const hsm::HasKey& has_key) {
                          return check_key_not_well(config, settings, *evidence.key, notes, has_key);
                      }));
    const auto found = newest_anchor(suite, hsm.anchors, std::span(&hsm.public_key, 1));
    ACTLEDGER_TRY(const auto attempt, check_new_token(found, evidence.server_id));
    if (hsm.public_key == *evidence.key || (attempt && attempt->head.size.value > 0)) {
        const std::uint64_t size = attempt ? attempt->head.size.value : 0;
        return Error{errc::hsm_in_use, {}, {{"server_id", evidence.server_id}, {"anchor_size", std::to_string(size)}}};
    }
    settings.public_key = hsm.public_key;
    ACTLEDGER_TRY(const auto token, hsm::Token::open(std::move(settings)));
    ACTLEDGER_CHECK(token->wait_ready(token_patience));
    ACTLEDGER_TRY(std::string request,
                  ledger::make_reendorsement_request(
                      {evidence.server_id, suite.hash(evidence.key->spki()), evidence.known_note}, *token));
    const bool same_disk = shares_disk(hsm, config.ledger.folder);
    return LostLedgerRequest{std::move(hsm), evidence.server_id, evidence.known, std::move(request), same_disk};
}

class LostLedgerRecovery::Impl {
 public:
    Result<void> open(const config::Config& config, const hsm::PinSource& pin_otherwise, ledger::ByteView ree,
                      const Survivals& survivals) {
        ACTLEDGER_TRY(folder_, ledger::FolderLock::take(config.ledger.folder));
        ACTLEDGER_CHECK(folder_->check_no_log());
        root_ = survivals.root;
        ACTLEDGER_TRY(file_, ledger::verify_reendorsement(ree, *root_));
        const ledger::Digest& old_key = file_->reendorsement.old_key;
        evidence_.emplace(suite_, old_key);
        ACTLEDGER_CHECK(evidence_->read(survivals));
        if (!evidence_->key) {
            return Error{errc::old_key_unknown, {}, {{"old_key", ledger::hex_encode(old_key.view())}}};
        }
        ACTLEDGER_CHECK(ledger::check_reendorsement_for_ledger(
            *file_, {evidence_->server_id, {evidence_->key->spki()}, {}, std::nullopt}));
        ACTLEDGER_CHECK(open_token(config, pin_otherwise));
        ACTLEDGER_TRY(auto attempt, find_anchors());
        ACTLEDGER_CHECK(ledger::check_known_head(file_->reendorsement, evidence_->known));
        if (!evidence_->salt) ledger::fill_random(evidence_->salt.emplace());
        const SystemClock clock;
        const ledger::Timestamp now{clock.wall_us()};
        evidence_->times.add("--reendorsement", file_->reendorsement.issued_at);
        ACTLEDGER_CHECK(evidence_->times.check(now));
        lost_.emplace(snapshot::LostLedger{suite_, folder_, *file_, *root_, *evidence_->key, *evidence_->salt,
                                           evidence_->known_note, std::move(attempt), newest_seen_, ACTLEDGER_VERSION,
                                           now});
        opens_ = snapshot::origin_after(*lost_);
        first_.emplace(opens_, lost_->now, snapshot::first_events(*lost_));
        for (const SurvivingFile& license : survivals.licenses) ACTLEDGER_CHECK(first_->import(license.bytes));
        return {};
    }

    Result<snapshot::Recovered> run() {
        std::vector<ledger::AnchorStore*> stores{token_.get()};
        if (second_ != nullptr) stores.push_back(second_.get());
        ACTLEDGER_TRY(auto recovered, snapshot::recreate_log(*lost_, first_->drafts(), *token_, stores));
        // The ledger goes on; what is left of the old key's anchors the server forgets at its start.
        static_cast<void>(
            forget_given_up(suite_, evidence_->server_id, std::span(&*evidence_->key, 1), others_, *token_));
        return recovered;
    }

 private:
    friend class LostLedgerRecovery;

    Result<void> open_token(const config::Config& config, const hsm::PinSource& pin_otherwise) {
        ACTLEDGER_TRY(hsm::Options options, token_options(config, pin_otherwise));
        ACTLEDGER_TRY(token_, hsm::Token::open(std::move(options)));
        ACTLEDGER_CHECK(token_->wait_ready(token_patience));
        if (!(token_->public_key() == file_->new_key)) {
            return Error{errc::token_of_other_file,
                         {},
                         {{"token_key", key_text(suite_, token_->public_key())},
                          {"file_key", key_text(suite_, file_->new_key)}}};
        }
        if (config.hsm.anchor_folder.empty()) return {};
        ACTLEDGER_TRY(second_, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
        return {};
    }

    /// @return that of an attempt which was interrupted
    Result<std::optional<ledger::Anchor>> find_anchors() {
        ACTLEDGER_TRY(std::vector<Bytes> notes, token_->read());
        if (second_ != nullptr) {
            ACTLEDGER_TRY(const std::vector<Bytes> more, second_->read());
            notes.insert(notes.end(), more.begin(), more.end());
        }
        const auto on_token = newest_anchor(suite_, notes, std::span(&file_->new_key, 1));
        ACTLEDGER_TRY(auto attempt, check_new_token(on_token, evidence_->server_id));
        if (attempt && attempt->head.size.value > 0) {
            return Error{
                errc::key_took_over,
                {},
                {{"server_id", evidence_->server_id}, {"anchor_size", std::to_string(attempt->head.size.value)}}};
        }
        // The old key may be on the same token, under another label.
        ACTLEDGER_TRY(others_, token_->read_others());
        for (const hsm::LabelledNote& other : others_) notes.push_back(other.note);
        newest_seen_ = newest_incarnation(notes, evidence_->server_id);
        if (newest_seen_ == std::numeric_limits<std::uint32_t>::max()) return numbers_end();
        const auto old = newest_anchor(suite_, notes, std::span(&*evidence_->key, 1));
        if (old && old->anchor.origin.server_id == evidence_->server_id) ACTLEDGER_CHECK(evidence_->add_anchor(*old));
        return attempt;
    }

    /// A number that may have been used is passed over, and there is none beyond the last one.
    [[nodiscard]] Error numbers_end() const {
        const ledger::Reendorsement& file = file_->reendorsement;
        return {ledger::license_file::errc::reendorsement_number_used,
                {},
                {{"reendorsement_id", file.reendorsement_id},
                 {"incarnation", std::to_string(file.lost_log->incarnation)},
                 {"origin", ledger::Origin{evidence_->server_id, newest_seen_}.text()}}};
    }

    const ledger::Suite& suite_ = ledger::default_suite();
    std::shared_ptr<ledger::FolderLock> folder_;
    std::optional<ledger::Certificate> root_;
    std::optional<ledger::VerifiedReendorsement> file_;
    std::optional<Evidence> evidence_;
    std::unique_ptr<hsm::Token> token_;
    std::unique_ptr<hsm::FolderAnchorStore> second_;
    std::vector<hsm::LabelledNote> others_;  ///< What the token has under other labels.
    std::uint32_t newest_seen_ = 0;
    std::optional<snapshot::LostLedger> lost_;
    ledger::Origin opens_;
    std::optional<NewLog> first_;
};

Result<std::unique_ptr<LostLedgerRecovery>> LostLedgerRecovery::open(const config::Config& config,
                                                                     const hsm::PinSource& pin_otherwise,
                                                                     ledger::ByteView ree, const Survivals& survivals) {
    auto impl = std::make_unique<Impl>();
    ACTLEDGER_CHECK(impl->open(config, pin_otherwise, ree, survivals));
    return std::unique_ptr<LostLedgerRecovery>(new LostLedgerRecovery(std::move(impl)));
}

LostLedgerRecovery::LostLedgerRecovery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LostLedgerRecovery::~LostLedgerRecovery() = default;

const ledger::Reendorsement& LostLedgerRecovery::file() const { return impl_->file_->reendorsement; }
const std::optional<Checkpoint>& LostLedgerRecovery::known() const { return impl_->evidence_->known; }
const ledger::Origin& LostLedgerRecovery::opens() const { return impl_->opens_; }
ledger::Timestamp LostLedgerRecovery::begins() const { return impl_->lost_->now; }
std::vector<snapshot::LicenseLoss> LostLedgerRecovery::licenses() const { return impl_->first_->losses(); }
Result<snapshot::Recovered> LostLedgerRecovery::run() { return impl_->run(); }

Result<bool> was_recovered_by(const std::filesystem::path& folder, ledger::ByteView ree) {
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(folder));
    const auto stored = log->event({1});
    if (!stored && stored.error().code == ledger::errc::not_found) return false;
    if (!stored) return stored.error();
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(*stored));
    const auto* opened = std::get_if<ledger::IncarnationOpened>(&event.body);
    return opened != nullptr && ledger::begins_log(opened->reason) &&
           ledger::as_text(opened->reendorsement) == ledger::as_text(ree);
}

}  // namespace node
