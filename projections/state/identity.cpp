#include "projections/state/identity.hpp"

#include <algorithm>

#include "ledger/core/certificate.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {
namespace {

/// A state with more is not read again but folded: nobody loses a ledger so often.
constexpr std::uint64_t opened_max = 65'536;
constexpr std::uint64_t key_epochs_max = 4'096;

using Reason = ledger::IncarnationOpened::Reason;

/// Only of such a log is there anything that the vendor vouched for.
bool loses_all(const ledger::Incarnations& incarnations) {
    return std::ranges::find(incarnations.opened(), Reason::log_and_key_lost, &ledger::Incarnation::reason) !=
           incarnations.opened().end();
}

}  // namespace

void Identity::apply(const ledger::Event& event) {
    if (event.origin != origin_ || std::holds_alternative<ledger::IncarnationOpened>(event.body)) {
        origin_ = event.origin;
        incarnations_.apply(event);
        keys_.apply(event);
    }
    if (const auto* opened = std::get_if<ledger::IncarnationOpened>(&event.body)) {
        if (!opened->hands_over()) return;
        if (opened->reason == Reason::log_lost) remember_licenses(*opened);
        if (opened->reason == Reason::log_and_key_lost) {
            const auto file = ledger::read_reendorsement(opened->reendorsement);
            if (file && file->lost_log) vouched_ = ledger::vouched_licenses(*file);
        }
        chains_[event.sequence_number] =
            std::make_shared<const std::vector<ledger::Bytes>>(1, opened->server_certificate);
    } else if (const auto* created = std::get_if<ledger::LedgerCreated>(&event.body)) {
        if (!genesis_) {
            genesis_ = *created;
            software_ = {created->software_version, event.sequence_number};
        }
    } else if (const auto* started = std::get_if<ledger::ServerStarted>(&event.body)) {
        software_ = {started->software_version, event.sequence_number};
    } else if (const auto* certified = std::get_if<ledger::ServerCertified>(&event.body)) {
        chains_[event.sequence_number] = std::make_shared<const std::vector<ledger::Bytes>>(certified->certificates);
    }
}

void Identity::remember_licenses(const ledger::IncarnationOpened& opened) {
    const auto known = ledger::KnownHead::parse(opened.known_head);
    if (!known || !known->anchor) return;
    for (const ledger::AnchorLicense& one : known->anchor->licenses) {
        if (one.state == ledger::AnchorLicense::State::live) anchored_.push_back(one.terms_digest);
    }
}

const std::vector<ledger::Bytes>& Identity::certificates() const {
    static const std::vector<ledger::Bytes> none;
    return chains_.empty() ? none : *chains_.rbegin()->second;
}

bool Identity::hands_over(ledger::SequenceNumber index) const {
    const auto& epochs = keys_.all();
    return std::ranges::any_of(
        epochs, [&](const ledger::KeyEpoch& epoch) { return !epoch.certificate.empty() && epoch.begun_by == index; });
}

CertificateChain Identity::chain_for(ledger::SequenceNumber index) const {
    const auto after = hands_over(index) ? chains_.upper_bound(index) : chains_.lower_bound(index);
    return after == chains_.begin() ? nullptr : std::prev(after)->second;
}

ledger::SequenceNumber Identity::certified_at() const {
    return chains_.empty() ? ledger::SequenceNumber{} : chains_.rbegin()->first;
}

void Identity::write(StateWriter& out) const {
    out.text(origin_).flag(genesis_.has_value());
    if (genesis_) {
        out.number(static_cast<std::uint64_t>(genesis_->suite)).text(genesis_->server_id);
        out.bytes(genesis_->public_key).bytes(genesis_->vendor_root).fixed(genesis_->device_salt);
        out.text(genesis_->software_version);
        out.text(software_.version).event(software_.recorded_by);
    }
    out.number(chains_.size());
    for (const auto& [recorded_at, chain] : chains_) {
        out.event(recorded_at).number(chain->size());
        for (const ledger::Bytes& certificate : *chain) out.bytes(certificate);
    }
    out.number(incarnations_.first()).number(incarnations_.opened().size());
    for (const ledger::Incarnation& one : incarnations_.opened()) {
        out.number(one.number).event(one.opened_by).number(static_cast<std::uint64_t>(one.reason));
        out.text(one.known ? one.known->body() : "");
    }
    if (loses_all(incarnations_)) write_vouched(out);
    out.number(anchored_.size());
    for (const ledger::Digest& terms : anchored_) out.fixed(terms.bytes);
    out.number(keys_.all().size());
    for (const ledger::KeyEpoch& epoch : keys_.all()) {
        out.number(epoch.number).event(epoch.begun_by).number(epoch.from_incarnation).number(epoch.incarnation);
        out.bytes(epoch.key.spki()).bytes(epoch.certificate);
    }
}

void Identity::read(StateReader& in) {
    origin_ = in.text(ledger::event_bytes_max);
    if (in.flag()) {
        ledger::LedgerCreated& created = genesis_.emplace();
        created.suite = static_cast<ledger::SuiteId>(in.number(std::numeric_limits<std::uint16_t>::max()));
        created.server_id = in.text(ledger::event_bytes_max);
        created.public_key = in.bytes(ledger::event_bytes_max);
        created.vendor_root = in.bytes(ledger::event_bytes_max);
        in.fixed(created.device_salt);
        created.software_version = in.text(ledger::event_bytes_max);
        software_.version = in.text(ledger::event_bytes_max);
        software_.recorded_by = in.event();
    }
    const std::uint64_t chains = in.number(in.events());
    for (std::uint64_t i = 0; i < chains && in.ok(); ++i) {
        const ledger::SequenceNumber recorded_at = in.event();
        in.require(chains_.empty() || chains_.rbegin()->first < recorded_at, "chains are not in order");
        std::vector<ledger::Bytes> chain(static_cast<std::size_t>(in.number(ledger::chain_certificates_max)));
        for (ledger::Bytes& certificate : chain) certificate = in.bytes(ledger::certificate_bytes_max);
        chains_[recorded_at] = std::make_shared<const std::vector<ledger::Bytes>>(std::move(chain));
    }
    read_incarnations(in);
    if (loses_all(incarnations_)) read_vouched(in);
    anchored_.resize(static_cast<std::size_t>(in.number(ledger::anchor_licenses_max)));
    for (ledger::Digest& terms : anchored_) in.fixed(terms.bytes);
    read_keys(in);
}

void Identity::write_vouched(StateWriter& out) const {
    out.flag(vouched_.has_value());
    if (!vouched_) return;
    out.text(vouched_->by).time(vouched_->at).number(vouched_->live.size());
    for (const auto& live : vouched_->live) out.text(live.license_id).fixed(live.terms_digest.bytes);
}

void Identity::read_vouched(StateReader& in) {
    if (!in.flag()) return;
    ledger::VouchedLicenses& vouched = vouched_.emplace();
    vouched.by = in.text(ledger::license_name_bytes_max);
    vouched.at = in.time();
    vouched.live.resize(static_cast<std::size_t>(in.number(ledger::vouched_licenses_max)));
    for (auto& live : vouched.live) {
        live.license_id = in.text(ledger::license_name_bytes_max);
        in.fixed(live.terms_digest.bytes);
    }
}

void Identity::read_keys(StateReader& in) {
    constexpr std::uint64_t number_max = std::numeric_limits<std::uint32_t>::max();
    std::vector<ledger::KeyEpoch> epochs;
    const std::uint64_t count = in.number(key_epochs_max);
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        const auto number = static_cast<std::uint32_t>(in.number(number_max));
        const ledger::SequenceNumber begun_by = in.event();
        const auto from_incarnation = static_cast<std::uint32_t>(in.number(number_max));
        const auto incarnation = static_cast<std::uint32_t>(in.number(number_max));
        const ledger::Bytes spki = in.bytes(ledger::certificate_bytes_max);
        ledger::Bytes certificate = in.bytes(ledger::certificate_bytes_max);
        auto key = ledger::PublicKey::from_spki(genesis_ ? genesis_->suite : ledger::SuiteId::unknown, spki);
        const bool follows = number > (epochs.empty() ? 0 : epochs.back().number);
        in.require(key.has_value() && follows, "a key of the server's is none");
        if (!in.ok()) return;
        epochs.push_back({number, begun_by, from_incarnation, incarnation, *std::move(key), std::move(certificate)});
    }
    if (in.ok()) keys_ = ledger::KeyEpochs::restored(std::move(epochs), incarnations_.present());
}

void Identity::read_incarnations(StateReader& in) {
    constexpr std::uint64_t number_max = std::numeric_limits<std::uint32_t>::max();
    const auto first = static_cast<std::uint32_t>(in.number(number_max));
    std::vector<ledger::Incarnation> opened(static_cast<std::size_t>(in.number(std::min(in.events(), opened_max))));
    for (std::size_t i = 0; i < opened.size() && in.ok(); ++i) {
        ledger::Incarnation& one = opened[i];
        one.number = static_cast<std::uint32_t>(in.number(number_max));
        one.opened_by = in.event();
        in.require(i == 0 || opened[i - 1].opened_by < one.opened_by, "incarnations are not in order");
        one.reason = static_cast<Reason>(in.number(static_cast<std::uint64_t>(Reason::log_and_key_lost)));
        const std::string known = in.text(ledger::known_head_bytes_max);
        if (known.empty()) continue;
        auto checkpoint = ledger::Checkpoint::parse_body(known);
        in.require(checkpoint.has_value(), "a head that was known is no checkpoint");
        if (checkpoint) one.known = *std::move(checkpoint);
    }
    if (in.ok()) incarnations_ = ledger::Incarnations::restored(first, std::move(opened));
}

}  // namespace projections
