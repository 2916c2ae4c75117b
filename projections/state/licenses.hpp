#pragma once
// projections/state/licenses.hpp: the licences that were imported, what became of them, and how those of one product
// stack. Judged by dates that the caller hands in. ADR: docs/adr/0012-license-stacking.md.

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <map>
#include <optional>

#include "ledger/core/anchor.hpp"
#include "ledger/core/event.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "ledger/license_file/revocation.hpp"

namespace ledger {
struct LicenseFacts;
}

namespace projections {

class StateReader;
class StateWriter;

/// Position of a licence in the order of import: 0-based. Never reused.
struct LicenseIndex {
    std::uint16_t value = 0;
    auto operator<=>(const LicenseIndex&) const = default;
};

/// Position of a product in the order of its first licence.
struct ProductIndex {
    std::uint16_t value = 0;
    auto operator<=>(const ProductIndex&) const = default;
};

constexpr std::size_t licenses_max = 4'096;  ///< Beyond it an import is refused, and an event passed over.

enum class LicenseStatus : std::uint8_t { live, superseded, revoked };
/// How the HSM's anchor states it.
[[nodiscard]] ledger::AnchorLicense::State anchor_state(LicenseStatus status);

struct License {
    ledger::LicenseTerms terms;
    ledger::SequenceNumber imported_by;
    ledger::Timestamp imported_at;  ///< Event time.
    ProductIndex product;
    LicenseStatus status = LicenseStatus::live;
    std::optional<LicenseIndex> successor;  ///< The licence that took this one's seats over, if one did.
    std::vector<LicenseIndex> absorbed;     ///< Licences whose seats count here, in order of import; not itself.
};

/// What a stored license_bin or revocation_bin says, without verifying it.
/// @return ledger::errc::not_canonical and other errors of parsing
[[nodiscard]] ledger::Result<ledger::LicenseTerms> read_license_terms(ledger::ByteView license_bin);
[[nodiscard]] ledger::Result<ledger::Revocation> read_revocation(ledger::ByteView revocation_bin);

/// One thread, asking included.
class Licenses {
 public:
    /// Terms come from license_bin without verifying it again: that was done at import, and is done by `actledger
    /// verify`. What cannot be read is passed over.
    void apply(const ledger::Event& event);

    [[nodiscard]] std::optional<LicenseIndex> find(std::string_view license_id) const;
    [[nodiscard]] const License& at(LicenseIndex index) const { return licenses_[index.value]; }
    [[nodiscard]] std::uint16_t size() const { return static_cast<std::uint16_t>(licenses_.size()); }
    [[nodiscard]] std::optional<ProductIndex> find_product(std::string_view product) const;
    /// Licences of the product in the order in which seats are taken: the earliest valid_to first, then the lowest id.
    [[nodiscard]] const std::vector<LicenseIndex>& of_product(ProductIndex product) const {
        return products_[product.value].by_end;
    }
    [[nodiscard]] const std::string& product_name(ProductIndex product) const { return products_[product.value].name; }
    [[nodiscard]] std::size_t product_count() const { return products_.size(); }

    /// Who answers for the seats of a licence: itself, or the last one in the chain of those that superseded it.
    [[nodiscard]] LicenseIndex holder(LicenseIndex index) const;
    /// Who answers for the seats of the licence with this id, imported or not: of one that was superseded before it
    /// came, whoever superseded it.
    [[nodiscard]] std::optional<LicenseIndex> holder_of(std::string_view license_id) const;
    /// Live, and valid_from <= judged < valid_to.
    [[nodiscard]] bool valid_at(LicenseIndex index, ledger::Timestamp judged) const;

    /// What was superseded and revoked, whether or not it was ever imported: lists that judging a licence needs.
    void add_facts(ledger::LicenseFacts& facts) const;
    /// The revocation of this licence, certificate (SHA-256 of its DER) or nullptr.
    [[nodiscard]] const std::string* revocation_of(std::string_view license_id) const;
    [[nodiscard]] const std::string* revocation_of(const ledger::Digest& certificate_fingerprint) const;
    struct ImportedRevocation {
        ledger::Revocation revocation;
        ledger::SequenceNumber imported_by;
    };
    /// By revocation id; nullptr: never imported.
    [[nodiscard]] const ImportedRevocation* find_revocation(std::string_view revocation_id) const;
    [[nodiscard]] const std::map<std::string, ImportedRevocation, std::less<>>& revocations() const {
        return revocations_;
    }

    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    struct Product {
        std::string name;
        std::vector<LicenseIndex> by_end;
    };
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
    };
    template <class Value>
    using ByName = boost::unordered_flat_map<std::string, Value, NameHash, std::equal_to<>>;

    void import(const ledger::LicenseImported& imported, const ledger::Event& event);
    void enter(ledger::LicenseTerms terms, ledger::SequenceNumber imported_by, ledger::Timestamp imported_at);
    void enter(ledger::Revocation revocation, ledger::SequenceNumber imported_by);
    void supersede(LicenseIndex newer, const std::string& older_id);
    void hand_over(LicenseIndex older, LicenseIndex newer);
    void revoke(const ledger::RevocationImported& imported, const ledger::Event& event);
    void remember(const ledger::IncarnationOpened& opened);
    void retire(const std::string& license_id, LicenseStatus status);
    ProductIndex product_of(const std::string& name);
    void read_license_from(StateReader& in, ledger::SequenceNumber imported_by);
    void read_revocation_from(StateReader& in, ledger::SequenceNumber imported_by);

    std::deque<License> licenses_;  // references stay good
    std::vector<Product> products_;
    // Most ask for what the one before them asked for: looked at before the maps are.
    mutable LicenseIndex last_found_;
    mutable ProductIndex last_product_;
    ByName<LicenseIndex> by_id_;
    ByName<ProductIndex> product_by_name_;
    std::map<std::string, LicenseIndex, std::less<>> superseded_;  // licence id -> the first that superseded it
    std::map<std::string, std::string, std::less<>> revoked_;      // licence id -> the first revocation's id
    std::map<ledger::Digest, std::string> revoked_certificates_;   // the same
    std::map<std::string, ImportedRevocation, std::less<>> revocations_;
    // What an anchor knew of documents that a loss took: superseded or revoked.
    std::map<std::string, LicenseStatus, std::less<>> retired_;
};

}  // namespace projections
