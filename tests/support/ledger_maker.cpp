#include "tests/support/ledger_maker.hpp"

#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/certificate_issue.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/license_file.hpp"

namespace support {
namespace {

using ledger::Timestamp;

constexpr std::array component_kinds{"board_serial", "disk_serial", "mac", "machine_id", "smbios_uuid"};
constexpr std::string_view product = "vdi-desktop";
constexpr ledger::Duration millisecond{1'000};
constexpr ledger::Validity validity{Vendor::began};

/// Bytes that follow from two numbers (splitmix64).
template <std::size_t size>
std::array<std::uint8_t, size> scramble(std::uint64_t n, std::uint64_t what) {
    std::array<std::uint8_t, size> bytes{};
    std::uint64_t state = n * 0x9e37'79b9'7f4a'7c15 + what;
    for (std::size_t i = 0; i < size; i += 8) {
        state += 0x9e37'79b9'7f4a'7c15;
        std::uint64_t word = state;
        word = (word ^ word >> 30) * 0xbf58'476d'1ce4'e5b9;
        word = (word ^ word >> 27) * 0x94d0'49bb'1331'11eb;
        word ^= word >> 31;
        std::memcpy(bytes.data() + i, &word, std::min<std::size_t>(8, size - i));
    }
    return bytes;
}

Identity make_root() {
    auto key = ledger::PrivateKey::generate();
    auto certificate = ledger::make_root_certificate(key, "Test Vendor Root", validity);
    return {std::move(key), std::move(certificate)};
}

Identity make_issuer(const Identity& root, ledger::Purpose purpose, const char* name) {
    auto key = ledger::PrivateKey::generate();
    auto certificate =
        ledger::issue_purpose_certificate(root.certificate, root.key, purpose, key.public_key(), name, validity);
    return {std::move(key), std::move(certificate)};
}

ledger::Origin origin_of(const ledger::PublicKey& key) {
    return {ledger::derive_server_id(ledger::default_suite(), key), 1};
}

ledger::EventDraft by_operator(ledger::EventBody body) {
    return {{ledger::Actor::Kind::operator_, ledger::Actor::Authority::local_account, {}}, std::move(body), {}};
}

}  // namespace

Vendor::Vendor()
    : root_(make_root()),
      issuer_(make_issuer(root_, ledger::Purpose::license_issuer, "Test Licence Issuer")),
      recovery_signer_(make_issuer(root_, ledger::Purpose::recovery_signer, "Test Recovery Signer")) {}

ledger::Bytes Vendor::reendorsement_bin(const ledger::Reendorsement& reendorsement) {
    return ledger::make_reendorsement(reendorsement, {recovery_signer_.certificate}, recovery_signer_.key).value();
}

ledger::Certificate Vendor::certify_server(const ledger::PublicKey& key, std::string_view server_id) const {
    return ledger::issue_server_certificate(root_.certificate, root_.key, key, server_id);
}

ledger::Bytes Vendor::license_bin(const ledger::LicenseTerms& terms) {
    return license_bin_of(terms, issuer_.certificate, issuer_.key);
}

ledger::Bytes Vendor::revocation_bin(const ledger::Revocation& revocation) {
    return ledger::make_revocation(revocation, {issuer_.certificate}, issuer_.key).value();
}

ledger::Bytes Vendor::license_bin_of(const ledger::LicenseTerms& terms, const ledger::Certificate& issuer,
                                     ledger::Signer& key) {
    const auto lic = ledger::make_license(terms, {issuer}, key).value();
    return ledger::read_license_archive(lic).value().license_bin;
}

LedgerMaker::LedgerMaker(std::filesystem::path folder, Vendor& vendor, LedgerOptions options)
    : folder_(std::move(folder)),
      options_(options),
      key_(ledger::PrivateKey::generate()),
      origin_(origin_of(key_.public_key())),
      certificate_(vendor.certify_server(key_.public_key(), origin_.server_id)),
      frontier_(ledger::default_suite()) {
    ledger::LedgerCreated created;
    created.server_id = origin_.server_id;
    created.public_key = key_.public_key().spki();
    created.vendor_root = vendor.root().der();
    created.device_salt = scramble<32>(0, 1);
    created.software_version = "0.1.0";
    std::vector<ledger::EventDraft> first{by_operator(created)};
    if (options_.with_license) {
        first.push_back(by_operator(ledger::ServerCertified{{certificate_.der()}}));
        first.push_back(by_operator(ledger::LicenseImported{"L-1", vendor.license_bin(terms("L-1", options_.seats))}));
    }
    (void)ledger::create_log(folder_, origin_, first, last_, key_).value();
    engine_ = ledger::open_log_engine(folder_).value();
    frontier_ = ledger::Frontier::load(ledger::default_suite(), engine_->size().value(), *engine_).value();
}

ledger::LicenseTerms LedgerMaker::terms(std::string license_id, std::uint64_t quantity) const {
    ledger::LicenseTerms terms;
    terms.license_id = std::move(license_id);
    terms.product = product;
    terms.quantity = quantity;
    terms.issued_at = terms.valid_from = {Vendor::began.us + ledger::hour.us};
    terms.valid_to = ledger::no_end;
    terms.lease = options_.lease;
    terms.device = {{component_kinds.begin(), component_kinds.end()}, 3};
    terms.server_id = origin_.server_id;
    terms.server_key = key_.public_key().spki();
    terms.server_certificate = certificate_.der();
    return terms;
}

ledger::ActivationId LedgerMaker::activation_id(std::uint64_t n) { return {scramble<16>(n, 2)}; }

ledger::EventDraft LedgerMaker::activation(std::uint64_t n) const {
    ledger::SeatActivated seat;
    seat.activation_id = activation_id(n);
    seat.license_id = "L-1";
    seat.product = product;
    for (std::size_t i = 0; i < component_kinds.size(); ++i) {
        seat.components.push_back({component_kinds[i], {scramble<32>(n, 3 + i)}});
    }
    const auto key = scramble<91>(n, 20);
    seat.device_public_key.assign(key.begin(), key.end());
    const auto key_id = scramble<16>(1, 21);
    ledger::EventDraft draft{
        {ledger::Actor::Kind::device, ledger::Actor::Authority::enrolment_key, {key_id.begin(), key_id.end()}},
        std::move(seat),
        {}};
    draft.annex.push_back(
        {ledger::AnnexField::device_name, scramble<16>(n, 22), "desktop-" + std::to_string(n) + ".example"});
    return draft;
}

ledger::StoredEvent LedgerMaker::store(const ledger::EventDraft& draft, Timestamp at) {
    const ledger::Suite& suite = ledger::default_suite();
    ledger::Event event;
    event.sequence_number = ledger::next_of(frontier_.size());
    event.time = at;
    event.origin = origin_.text();
    event.actor = draft.actor;
    for (const ledger::AnnexValue& value : draft.annex) {
        event.commitments.push_back({value.field, ledger::commitment_digest(suite, value)});
    }
    event.body = draft.body;
    if (auto* seat = std::get_if<ledger::SeatActivated>(&event.body); seat != nullptr && !options_.lease.perpetual) {
        seat->lease_ends = at + ledger::day * options_.lease.days;
        seat->grace_ends = seat->lease_ends + ledger::day * options_.lease.grace_days;
    }
    ledger::StoredEvent stored;
    stored.event = ledger::encode_event(event).value();
    if (!draft.annex.empty()) stored.annex = ledger::encode_annex(draft.annex);
    if (const auto* erased = std::get_if<ledger::AnnexErased>(&event.body)) stored.erases = *erased;
    frontier_.append(suite.hash_leaf(stored.event), stored.completed);
    return stored;
}

void LedgerMaker::append(std::span<const ledger::EventDraft> drafts) { append_at(drafts, last_ + millisecond); }

void LedgerMaker::append_at(std::span<const ledger::EventDraft> drafts, Timestamp first) {
    const ledger::TreeSize before = frontier_.size();
    std::vector<ledger::StoredEvent> group;
    for (const ledger::EventDraft& draft : drafts) {
        last_ = group.empty() ? first : last_ + millisecond;
        group.push_back(store(draft, last_));
    }
    const ledger::TreeHead head = frontier_.head();
    engine_->append(before, group, {head.size, sign_head(head)}).value();
}

std::string LedgerMaker::sign_head(const ledger::TreeHead& head) {
    const ledger::Checkpoint checkpoint{origin_, head};
    return ledger::sign_note(ledger::default_suite(), checkpoint.body(), origin_.text(), key_).value();
}

ledger::Anchor LedgerMaker::anchor(const ledger::TreeHead& head, std::uint64_t reserved) const {
    ledger::Anchor anchor;
    anchor.origin = origin_;
    anchor.counter = 7;
    anchor.head = head;
    anchor.device_salt = scramble<32>(0, 1);
    anchor.keys = {{1, 1, key_.public_key().compressed(), {}}};
    anchor.licenses = {{"L-1", ledger::AnchorLicense::State::live, {}, reserved}};
    return anchor;
}

ledger::IncarnationOpened LedgerMaker::opening(std::uint32_t incarnation, std::uint64_t known_size,
                                               std::uint64_t reserved, std::uint64_t held) {
    ledger::TreeHead known{{known_size}, {scramble<32>(known_size, 30)}};
    ledger::Anchor note = anchor(known, reserved);
    note.origin.incarnation = incarnation - 1;
    ledger::IncarnationOpened opened;
    opened.incarnation = incarnation;
    opened.kept_head = last_head();
    opened.known_head = ledger::as_text(ledger::sign_anchor(ledger::default_suite(), note, key_).value());
    if (reserved > held) opened.unclaimed = {{"L-1", reserved - held}};
    return opened;
}

ledger::Reendorsement LedgerMaker::reendorsement(const ledger::PublicKey& key, const Vendor& vendor) const {
    return {"REE-1",
            {Vendor::began.us + 2 * ledger::day.us},
            origin_.server_id,
            ledger::default_suite().hash(key_.public_key().spki()),
            vendor.certify_server(key, origin_.server_id).der(),
            ledger::Checkpoint{origin_, tree_head()}};
}

ledger::IncarnationOpened LedgerMaker::hand_over(std::uint32_t incarnation, const ledger::Reendorsement& reendorsement,
                                                 Vendor& vendor) const {
    ledger::IncarnationOpened opened;
    opened.incarnation = incarnation;
    opened.reason = ledger::IncarnationOpened::Reason::reendorsed;
    opened.kept_head = last_head();
    opened.reendorsement = vendor.reendorsement_bin(reendorsement);
    opened.server_certificate = reendorsement.server_certificate;
    return opened;
}

ledger::IncarnationOpened LedgerMaker::rotation(std::uint32_t incarnation, const ledger::PublicKey& next,
                                                const Vendor& vendor) {
    const ledger::Suite& suite = ledger::default_suite();
    const ledger::KeyHandOver stated{
        {origin_, tree_head()}, suite.hash(key_.public_key().spki()), suite.hash(next.spki())};
    ledger::IncarnationOpened opened;
    opened.incarnation = incarnation;
    opened.reason = ledger::IncarnationOpened::Reason::rotated;
    opened.kept_head = last_head();
    opened.server_certificate = vendor.certify_server(next, origin_.server_id).der();
    opened.hand_over = ledger::sign_hand_over(suite, stated, key_).value();
    return opened;
}

void LedgerMaker::go_on_with(ledger::PrivateKey key, const Vendor& vendor) {
    key_ = std::move(key);
    certificate_ = vendor.certify_server(key_.public_key(), origin_.server_id);
}

void LedgerMaker::set_back(const std::filesystem::path& copy) {
    engine_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::copy(copy, folder_, std::filesystem::copy_options::recursive);
    engine_ = ledger::open_log_engine(folder_).value();
    frontier_ = ledger::Frontier::load(ledger::default_suite(), engine_->size().value(), *engine_).value();
}

std::string LedgerMaker::last_head() const { return engine_->last_head().value().note; }

std::size_t LedgerMaker::event_bytes(ledger::SequenceNumber index) const {
    return engine_->event(index).value().size();
}

std::string LedgerMaker::activation_file(ledger::SequenceNumber index) const {
    const ledger::ReleasedHead head = engine_->head_covering(ledger::size_through(index)).value();
    ledger::ActivationFile file;
    file.event = engine_->event(index).value();
    file.certificates = {certificate_.der()};
    file.annex = engine_->annex(index).value();
    file.device_salt = scramble<32>(0, 1);
    file.index = index;
    file.proof = ledger::inclusion_proof(ledger::default_suite(), index, head.size, *engine_).value();
    file.checkpoint = head.note;
    return file.text();
}

}  // namespace support
