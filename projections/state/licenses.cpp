#include "projections/state/licenses.hpp"

#include <algorithm>

#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/signed_message.hpp"

namespace projections {
namespace {

/// What stands in a refusal for the document that was lost.
constexpr const char* by_anchor = "(HSM)";

}  // namespace

ledger::Result<ledger::LicenseTerms> read_license_terms(ledger::ByteView license_bin) {
    ACTLEDGER_TRY(const auto message, ledger::SignedMessage::parse(license_bin, ledger::license_bin_bytes_max));
    return ledger::parse_license_terms(ledger::as_text(message.content));
}

ledger::Result<ledger::Revocation> read_revocation(ledger::ByteView revocation_bin) {
    ACTLEDGER_TRY(const auto message, ledger::SignedMessage::parse(revocation_bin, ledger::revocation_bytes_max));
    return ledger::parse_revocation_json(ledger::as_text(message.content));
}

ledger::AnchorLicense::State anchor_state(LicenseStatus status) {
    switch (status) {
        case LicenseStatus::live:
            return ledger::AnchorLicense::State::live;
        case LicenseStatus::superseded:
            return ledger::AnchorLicense::State::superseded;
        case LicenseStatus::revoked:
            return ledger::AnchorLicense::State::revoked;
    }
    ledger::assertion_failed("a licence has one of three states", __FILE__, __LINE__);
}

void Licenses::apply(const ledger::Event& event) {
    if (const auto* imported = std::get_if<ledger::LicenseImported>(&event.body)) {
        import(*imported, event);
    } else if (const auto* revocation = std::get_if<ledger::RevocationImported>(&event.body)) {
        revoke(*revocation, event);
    } else if (const auto* opened = std::get_if<ledger::IncarnationOpened>(&event.body)) {
        remember(*opened);
    }
}

void Licenses::remember(const ledger::IncarnationOpened& opened) {
    const auto known = ledger::KnownHead::parse(opened.known_head);
    if (!known || !known->anchor) return;
    for (const ledger::AnchorLicense& kept : known->anchor->licenses) {
        if (kept.state == ledger::AnchorLicense::State::superseded) retire(kept.license_id, LicenseStatus::superseded);
        if (kept.state == ledger::AnchorLicense::State::revoked) retire(kept.license_id, LicenseStatus::revoked);
    }
}

void Licenses::retire(const std::string& license_id, LicenseStatus status) {
    const auto [known, is_new] = retired_.try_emplace(license_id, status);
    if (status == LicenseStatus::revoked) known->second = status;
    if (known->second != LicenseStatus::revoked) return;
    revoked_.try_emplace(license_id, by_anchor);
    if (const auto index = find(license_id)) licenses_[index->value].status = LicenseStatus::revoked;
}

void Licenses::import(const ledger::LicenseImported& imported, const ledger::Event& event) {
    auto terms = read_license_terms(imported.license_bin);
    if (!terms || by_id_.contains(terms->license_id) || licenses_.size() == licenses_max) return;
    enter(*std::move(terms), event.sequence_number, event.time);
}

void Licenses::enter(ledger::LicenseTerms terms, ledger::SequenceNumber imported_by, ledger::Timestamp imported_at) {
    const LicenseIndex index{static_cast<std::uint16_t>(licenses_.size())};
    License& license = licenses_.emplace_back();
    license.terms = std::move(terms);
    license.imported_by = imported_by;
    license.imported_at = imported_at;
    license.product = product_of(license.terms.product);
    by_id_.emplace(license.terms.license_id, index);

    auto& by_end = products_[license.product.value].by_end;
    const auto ends_before = [&](LicenseIndex a, LicenseIndex b) {
        const ledger::LicenseTerms& x = at(a).terms;
        const ledger::LicenseTerms& y = at(b).terms;
        return std::tie(x.valid_to, x.license_id) < std::tie(y.valid_to, y.license_id);
    };
    by_end.insert(std::ranges::upper_bound(by_end, index, ends_before), index);

    for (const std::string& older : license.terms.supersedes) supersede(index, older);
    if (revoked_.contains(license.terms.license_id)) license.status = LicenseStatus::revoked;
    const auto newer = superseded_.find(license.terms.license_id);
    if (newer != superseded_.end()) hand_over(index, newer->second);
}

void Licenses::supersede(LicenseIndex newer, const std::string& older_id) {
    if (older_id == at(newer).terms.license_id || !superseded_.try_emplace(older_id, newer).second) return;
    const auto older = find(older_id);
    if (older) hand_over(*older, newer);
}

void Licenses::hand_over(LicenseIndex older_index, LicenseIndex newer_index) {
    License& older = licenses_[older_index.value];
    if (older.status == LicenseStatus::live) older.status = LicenseStatus::superseded;
    // Seats go to whoever answers for the newer licence; two that name each other keep their own.
    const LicenseIndex heir = holder(newer_index);
    License& newer = licenses_[heir.value];
    if (older.product != newer.product || heir == older_index) return;
    older.successor = heir;
    newer.absorbed.push_back(older_index);
    newer.absorbed.insert(newer.absorbed.end(), older.absorbed.begin(), older.absorbed.end());
    older.absorbed.clear();
}

void Licenses::revoke(const ledger::RevocationImported& imported, const ledger::Event& event) {
    auto revocation = read_revocation(imported.revocation_bin);
    if (!revocation || revocations_.contains(revocation->revocation_id)) return;
    enter(*std::move(revocation), event.sequence_number);
}

void Licenses::enter(ledger::Revocation revocation, ledger::SequenceNumber imported_by) {
    for (const std::string& license_id : revocation.license_ids) {
        revoked_.try_emplace(license_id, revocation.revocation_id);
        if (const auto index = find(license_id)) licenses_[index->value].status = LicenseStatus::revoked;
    }
    for (const ledger::Digest& fingerprint : revocation.certificate_fingerprints) {
        revoked_certificates_.try_emplace(fingerprint, revocation.revocation_id);
    }
    const std::string id = revocation.revocation_id;
    revocations_.try_emplace(id, ImportedRevocation{std::move(revocation), imported_by});
}

ProductIndex Licenses::product_of(const std::string& name) {
    const ProductIndex next{static_cast<std::uint16_t>(products_.size())};
    const auto [product, is_new] = product_by_name_.try_emplace(name, next);
    if (is_new) products_.push_back({name, {}});
    return product->second;
}

std::optional<LicenseIndex> Licenses::find(std::string_view license_id) const {
    if (last_found_.value < licenses_.size() && at(last_found_).terms.license_id == license_id) return last_found_;
    const auto found = by_id_.find(license_id);
    if (found == by_id_.end()) return std::nullopt;
    last_found_ = found->second;
    return last_found_;
}

std::optional<ProductIndex> Licenses::find_product(std::string_view product) const {
    if (last_product_.value < products_.size() && product_name(last_product_) == product) return last_product_;
    const auto found = product_by_name_.find(product);
    if (found == product_by_name_.end()) return std::nullopt;
    last_product_ = found->second;
    return last_product_;
}

LicenseIndex Licenses::holder(LicenseIndex index) const {
    while (at(index).successor) index = *at(index).successor;
    return index;
}

std::optional<LicenseIndex> Licenses::holder_of(std::string_view license_id) const {
    if (const auto index = find(license_id)) return holder(*index);
    const auto newer = superseded_.find(license_id);
    if (newer == superseded_.end()) return std::nullopt;
    return holder(newer->second);
}

bool Licenses::valid_at(LicenseIndex index, ledger::Timestamp judged) const {
    const License& license = at(index);
    return license.status == LicenseStatus::live && license.terms.valid_from <= judged &&
           judged < license.terms.valid_to;
}

void Licenses::add_facts(ledger::LicenseFacts& facts) const {
    for (const auto& [id, by] : superseded_) facts.superseded.push_back({id, at(by).terms.license_id});
    for (const auto& [id, status] : retired_) {
        if (status == LicenseStatus::superseded && !find(id)) facts.superseded.push_back({id, by_anchor});
    }
    for (const auto& [id, by] : revoked_) facts.revoked_licenses.push_back({id, by});
    for (const auto& [fingerprint, by] : revoked_certificates_) facts.revoked_certificates.push_back({fingerprint, by});
}

const std::string* Licenses::revocation_of(std::string_view license_id) const {
    const auto found = revoked_.find(license_id);
    return found == revoked_.end() ? nullptr : &found->second;
}

const std::string* Licenses::revocation_of(const ledger::Digest& certificate_fingerprint) const {
    const auto found = revoked_certificates_.find(certificate_fingerprint);
    return found == revoked_certificates_.end() ? nullptr : &found->second;
}

const Licenses::ImportedRevocation* Licenses::find_revocation(std::string_view revocation_id) const {
    const auto found = revocations_.find(revocation_id);
    return found == revocations_.end() ? nullptr : &found->second;
}

}  // namespace projections
