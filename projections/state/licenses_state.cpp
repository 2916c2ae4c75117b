// How licences are written and read: only what events said, in the order in which they said it. Everything else
// follows from importing it again; what became of each licence is written too, and must come out the same.

#include <algorithm>

#include "ledger/core/anchor.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "projections/state/licenses.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {
namespace {

enum class Document : std::uint8_t { license, revocation };

std::uint64_t number_of(std::optional<LicenseIndex> index) { return index ? index->value + 1U : 0U; }

}  // namespace

void Licenses::write(StateWriter& out) const {
    std::vector<const ImportedRevocation*> revocations;
    revocations.reserve(revocations_.size());
    for (const auto& [id, imported] : revocations_) revocations.push_back(&imported);
    std::ranges::sort(revocations, {}, [](const ImportedRevocation* imported) { return imported->imported_by; });

    out.number(licenses_.size() + revocations.size());
    auto license = licenses_.begin();
    auto revocation = revocations.begin();
    while (license != licenses_.end() || revocation != revocations.end()) {
        const bool license_next = revocation == revocations.end() ||
                                  (license != licenses_.end() && license->imported_by < (*revocation)->imported_by);
        if (license_next) {
            out.number(static_cast<std::uint64_t>(Document::license)).event(license->imported_by);
            out.time(license->imported_at).text(ledger::license_terms_json(license->terms));
            ++license;
        } else {
            out.number(static_cast<std::uint64_t>(Document::revocation)).event((*revocation)->imported_by);
            out.text(ledger::revocation_json((*revocation)->revocation));
            ++revocation;
        }
    }
    out.number(retired_.size());
    for (const auto& [id, status] : retired_) out.text(id).number(static_cast<std::uint64_t>(status));
    for (const License& one : licenses_) {
        out.number(static_cast<std::uint64_t>(one.status)).number(number_of(one.successor));
        out.number(one.absorbed.size());
        for (const LicenseIndex absorbed : one.absorbed) out.number(absorbed.value);
    }
}

void Licenses::read_license_from(StateReader& in, ledger::SequenceNumber imported_by) {
    const ledger::Timestamp imported_at = in.time();
    auto terms = ledger::parse_license_terms(in.text(ledger::license_terms_bytes_max));
    in.require(terms.has_value() && !by_id_.contains(terms->license_id) && licenses_.size() < licenses_max,
               "a licence that cannot be imported");
    if (in.ok()) enter(*std::move(terms), imported_by, imported_at);
}

void Licenses::read_revocation_from(StateReader& in, ledger::SequenceNumber imported_by) {
    auto revocation = ledger::parse_revocation_json(in.text(ledger::revocation_bytes_max));
    in.require(revocation.has_value() && !revocations_.contains(revocation->revocation_id),
               "a revocation that cannot be imported");
    if (in.ok()) enter(*std::move(revocation), imported_by);
}

void Licenses::read(StateReader& in) {
    const std::uint64_t documents = in.number(in.events());
    std::optional<ledger::SequenceNumber> last;
    for (std::uint64_t i = 0; i < documents && in.ok(); ++i) {
        const auto kind = static_cast<Document>(in.number(1));
        const ledger::SequenceNumber imported_by = in.event();
        in.require(!last || *last < imported_by, "licences are not in order");
        last = imported_by;
        kind == Document::license ? read_license_from(in, imported_by) : read_revocation_from(in, imported_by);
    }
    std::uint64_t retired = in.number(in.events() * ledger::anchor_licenses_max);
    for (std::string before; retired > 0 && in.ok(); --retired) {
        std::string id = in.text(ledger::event_bytes_max);
        const auto status = static_cast<LicenseStatus>(in.number(static_cast<std::uint64_t>(LicenseStatus::revoked)));
        in.require(before < id && status != LicenseStatus::live, "retired licences are not in order");
        if (in.ok()) retire(id, status);
        before = std::move(id);
    }
    for (const License& license : licenses_) {
        bool same = in.number() == static_cast<std::uint64_t>(license.status);
        same = in.number() == number_of(license.successor) && same;
        same = in.number() == license.absorbed.size() && same;
        for (std::size_t i = 0; same && i < license.absorbed.size(); ++i) {
            same = in.number() == license.absorbed[i].value;
        }
        in.require(same, "a licence became something else");
        if (!in.ok()) return;
    }
}

}  // namespace projections
